"""A scan on a disk that fills up, and an index file that cannot be written: said, survived, and gone on with."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from fakes_analysis import FakeAnalyser
from faulty_disk import NAME, Disk, FaultyVFS
from library_health import findings
from library_samples import PARAMS
from soundkin.config import ScanSettings
from soundkin.errors import StaleIndexError
from soundkin.index import VoyagerIndex, cache
from soundkin.ingest.index_sync import IndexSync, catch_up
from soundkin.ingest.loop import Ingest
from soundkin.library import open_library
from soundkin.model import Like, Query
from soundkin.search import InMemoryCandidates, Searcher
from soundkin.service import SampleService

OLD_S = 1_000_000


class House:
    """Everything real but the analyser and the clock; the library and the index in `data`."""

    def __init__(self, samples: Path, data: Path, vfs: str | None = None) -> None:
        self.samples = samples
        self.now = 0.0
        self.cache = data / "index.cache"
        self.library = open_library(data / "library.db", PARAMS, vfs=vfs)
        self.library.add_root(str(samples))
        self.index = VoyagerIndex(PARAMS, self.library.uid)
        self.index_sync = IndexSync(self.library, self.index, self.cache)
        self.analyser = FakeAnalyser(PARAMS)
        self.ingest = Ingest(self.library, self.analyser, self.index_sync, ScanSettings(), clock=lambda: self.now)
        searcher = Searcher(
            self.library, InMemoryCandidates(self.library, self.index), lambda distance: 1 / (1 + distance)
        )
        self.service = SampleService(self.library, searcher, self.analyser)

    def files(self, folder: str, count: int) -> None:
        for number in range(count):
            path = self.samples / folder / f"{number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{folder}{number}")
            os.utime(path, (OLD_S, OLD_S))

    def work(self, *states: str) -> None:
        """Take turns until ingest is in one of the states, each taking a moment."""
        for _ in range(5_000):
            self.now += 0.01
            self.ingest.step(0)
            if self.ingest.progress().state in states:
                return
        raise AssertionError(f"still {self.ingest.progress()}")

    def scan(self) -> None:
        self.ingest.request_scan()
        self.ingest.step(0)
        self.work("idle")

    def answers(self) -> bool:
        """Whether a question about any sample is answered rightly."""
        sample = self.library.search("", 1)[0]
        hits = self.service.find(Query(like=(Like(id=sample.id),), k=3, include_self=True)).neighbours
        return hits[0].sample.path == sample.path and hits[0].distance < 1e-3

    def close(self) -> None:
        self.index.close()
        self.library.close()


@contextmanager
def house(samples: Path, data: Path, vfs: str | None = None) -> Iterator[House]:
    data.mkdir(exist_ok=True)
    built = House(samples, data, vfs)
    try:
        yield built
    finally:
        built.close()


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    vfs = FaultyVFS(disk)
    yield disk
    vfs.unregister()


def test_a_full_disk_stops_analysis_says_so_keeps_answering_and_resumes_with_room(tmp_path: Path, disk: Disk) -> None:
    with house(tmp_path / "samples", tmp_path / "data", NAME) as full:
        full.files("first", 20)
        full.scan()
        full.files("second", 500)
        disk.fail("write", 0, error="enospc", times=10**9)
        full.ingest.request_scan()
        full.work("full")
        assert any("no room" in note for note in full.ingest.notes)
        for _ in range(100):
            full.now += 1
            full.ingest.step(0)
            assert full.ingest.progress().state == "full"
        assert len(full.analyser.analysed) <= 20 + 64, "nothing new is begun meanwhile"
        assert full.answers()
        disk.mend()
        full.now += 5.0
        full.work("idle")
        assert full.library.count() == 520
        assert len(full.analyser.analysed) == 520, "nothing is analysed twice"
        assert full.ingest.notes == ()
        assert full.answers()


def test_moves_and_losses_met_on_a_full_disk_are_caught_up_with_when_there_is_room(tmp_path: Path, disk: Disk) -> None:
    with house(tmp_path / "samples", tmp_path / "data", NAME) as full:
        full.files("first", 80)
        full.scan()
        (full.samples / "first").rename(full.samples / "other")
        (full.samples / "other/7.wav").unlink()
        disk.fail("write", 0, error="enospc", times=10**9)
        for name in ("first", "other"):
            full.ingest.hint(str(full.samples / name))
        full.now += 1
        full.work("full")
        assert full.answers()
        disk.mend()
        full.now += 5.0
        full.work("idle")
        assert {Path(sample.path).parent.name for sample in full.library.search("", 100)} == {"other"}
        assert full.library.count() == 79
        assert len(full.analyser.analysed) == 80
        assert full.ingest.notes == ()


def raising(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def torn(file: object, *_: object) -> int:
    file.write(b"half of it")  # type: ignore[attr-defined]
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


FAULTS: dict[str, tuple[str, Callable[..., object]]] = {
    "short write, disk full": ("_write_body", torn),
    "EIO while writing": ("_write_body", raising(errno.EIO)),
    "failed fsync": ("os.fsync", raising(errno.EIO)),
    "failed rename": ("os.replace", raising(errno.EACCES)),
    "failed flush of the folder": ("sync_folder", raising(errno.EIO)),
    "failed flush of the graph": ("graph_file.os.fsync", raising(errno.ENOSPC)),
    "disk full while packing the graph": ("graph_file.gzip.open", raising(errno.ENOSPC)),
    "no room for voyager's file": ("graph.Graph.save", raising(errno.ENOSPC)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_index_file_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    name, effect = FAULTS[fault]
    with house(tmp_path / "samples", tmp_path / "data") as built:
        built.files("first", 30)
        built.scan()
        assert built.index_sync.save()
        before = built.index.generation
        built.files("second", 30)
        built.scan()
        with monkeypatch.context() as patch:
            if name.startswith("os."):
                patch.setattr(cache, "os", _os_with(**{name[3:]: effect}))
            elif "." in name:
                patch.setattr(f"soundkin.index.{name}", effect)
            else:
                patch.setattr(cache, name, effect)
            assert not built.index_sync.save()
        assert built.answers()
        assert not list(built.cache.parent.glob(".index*")), "no half file stays"
        loaded = VoyagerIndex.load(built.cache, PARAMS, built.library.uid, built.library.stored_vectors())
        assert loaded.generation in {before, built.index.generation}
        assert built.library.changes_since(loaded.generation) is not None, "what it lacks is still on the list"
        catch_up(built.library, loaded)
        assert len(loaded) == 60
        loaded.close()
        assert built.index_sync.save()
        saved = VoyagerIndex.load(built.cache, PARAMS, built.library.uid, built.library.stored_vectors())
        assert (saved.generation, len(saved)) == (built.library.generation(), 60)
        saved.close()


def _os_with(**changed: object) -> object:
    import types

    module = types.ModuleType("os")
    vars(module).update(vars(os), **changed)
    return module


def test_an_index_cut_off_at_any_place_is_never_served(tmp_path: Path) -> None:
    with house(tmp_path / "samples", tmp_path / "data") as built:
        built.files("first", 40)
        built.scan()
        assert built.index_sync.save()
        whole = built.cache.read_bytes()
        rng = np.random.default_rng(4)
        for _ in range(60):
            torn_bytes = bytearray(whole)
            place = int(rng.integers(len(whole)))
            if rng.random() < 0.5:
                del torn_bytes[place:]
            else:
                torn_bytes[place] ^= 1 << int(rng.integers(8))
            built.cache.write_bytes(torn_bytes)
            try:
                loaded = VoyagerIndex.load(built.cache, PARAMS, built.library.uid, built.library.stored_vectors())
            except StaleIndexError:
                continue
            vectors = built.library.vectors([sample.id for sample in built.library.search("", 100)])
            assert len(loaded) == len(vectors)  # a byte of the padding, which means nothing
            for id_, vector in vectors.items():
                stored = loaded.view().vector(id_)
                assert stored is not None
                np.testing.assert_array_equal(stored, vector)
            loaded.close()


def _small_disk(folder: Path) -> bool:
    folder.mkdir()
    if sys.platform != "linux":
        return False
    words = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def test_on_a_disk_that_is_really_full_the_same_holds(tmp_path: Path) -> None:
    small = tmp_path / "small"
    if not _small_disk(small):
        pytest.skip("a small disk can only be mounted by root")
    try:
        with house(tmp_path / "samples", small / "data") as full:
            full.files("first", 20)
            full.scan()
            assert full.index_sync.save()
            ballast = small / "ballast"
            with pytest.raises(OSError, match="No space"):
                ballast.write_bytes(bytes(4_000_000))
            full.files("second", 400)
            full.ingest.request_scan()
            full.work("full")
            assert full.answers()
            assert not full.index_sync.save() or full.index.generation == full.library.generation()
            ballast.unlink()
            full.now += 5.0
            full.work("idle")
            assert full.library.count() == 420
            assert len(full.analyser.analysed) == 420
            assert full.index_sync.save()
            assert findings(full.library) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)
