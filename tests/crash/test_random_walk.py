"""A long random walk over real folders: what the library knows in the end is what a fresh scan of the same disk finds.

Files are made, changed, replaced, swapped, touched, moved and taken away, disks are unplugged and plugged in, and the
process dies between any two turns of its work. SOUNDKIN_WALK_STEPS=10000 is the long version, SOUNDKIN_WALK_SEED=N
walks one walk again.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from library_health import findings
from real_analyser import DirectAnalyser
from soundkin.analysis.params import PARAMS
from soundkin.config import ScanSettings
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import IndexSync
from soundkin.ingest.loop import Ingest
from soundkin.library import SqliteLibrary, open_library

STEPS = int(os.environ.get("SOUNDKIN_WALK_STEPS", "250"))
SEED = int(os.environ.get("SOUNDKIN_WALK_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
EVERY = 250
"""Steps between two comparisons."""
MOST_FILES = 120
ROOTS = 3
DAY_S = 86_400.0


class Soundkin:
    """Library, index and ingest in this process; the analysis is the real one."""

    def __init__(self, data: Path, now: list[float]) -> None:
        self.data = data
        self.now = now
        data.mkdir(exist_ok=True)
        self.library: SqliteLibrary = open_library(data / "library.db", PARAMS, clock=self.wall)
        self.index = VoyagerIndex(PARAMS, self.library.uid, with_graph=False)
        self.analyser = DirectAnalyser()
        index_sync = IndexSync(self.library, self.index, data / "index.cache")
        settings = ScanSettings(settle_s=0, interval_s=DAY_S)
        self.ingest = Ingest(
            self.library, self.analyser, index_sync, settings, clock=lambda: self.now[0], wall=self.wall
        )

    def wall(self) -> float:
        return 2_000_000.0 + self.now[0]

    def follow(self, *roots: Path) -> None:
        for root in roots:
            self.library.add_root(str(root))

    def rest(self) -> None:
        """Take turns until nothing is left to do, what could not be read included."""
        for _ in range(20_000):
            self.now[0] += 0.6
            self.ingest.step(0)
            if self.ingest.progress().state == "idle":
                return
        raise AssertionError("no rest")

    def scan(self) -> None:
        self.library.retry_unread()
        self.ingest.run_until_idle()
        self.rest()

    def known(self) -> dict[str, Any]:
        """Everything that is known of each file that is there."""
        rows = {
            path: row
            for root in self.library.roots()
            for path, row in self.library.stamps(root.path).items()
            if not row.missing
        }
        vectors = self.library.vectors([row.id for row in rows.values()])
        facts = {id_: sample.facts for id_, sample in self.library.samples([row.id for row in rows.values()]).items()}
        return {
            path: (
                row.stamp,
                row.content_hash.hex(),
                row.feature_version,
                row.failed,
                vectors[row.id].tobytes() if row.id in vectors else b"",
                facts.get(row.id),
            )
            for path, row in rows.items()
        }

    def indexed(self) -> dict[int, bytes]:
        view = self.index.view()
        ids = [
            int(id_) for block in view.blocks for id_ in np.asarray(block.ids[: block.used])[block.alive[: block.used]]
        ]
        return {id_: vector.tobytes() for id_ in ids if (vector := view.vector(id_)) is not None}

    def close(self) -> None:
        self.index.close()
        self.library.close()


class Walk:
    """The disk, what happens to it, and the Soundkin that follows."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.roots = [folder / f"disk {number}" for number in range(ROOTS)]
        self.away = folder / "away"
        self.away.mkdir()
        for root in self.roots:
            root.mkdir()
        self.now = [0.0]
        self.generation = 0
        self.done: Counter[str] = Counter()
        self.soundkin = Soundkin(folder / "data 0", self.now)
        self.soundkin.follow(*self.roots)

    # ---- what may happen ----

    def files(self) -> list[Path]:
        return sorted(path for root in self.roots if root.exists() for path in root.rglob("*.wav"))

    def folders(self) -> list[Path]:
        plugged = [root for root in self.roots if root.exists()]
        return sorted([*plugged, *(path for root in plugged for path in root.rglob("*") if path.is_dir())])

    def place(self) -> Path | None:
        folders = self.folders()
        if not folders:
            return None
        folder = self.chance.choice(folders)
        if self.chance.random() < 0.2 and len(folder.parts) < len(self.folder.parts) + 4:
            folder = folder / f"f{self.chance.randrange(4)}"
            folder.mkdir(exist_ok=True)
        return folder / f"{self.chance.randrange(300):03}.wav"

    def sound(self, frames: int | None = None) -> bytes:
        """A short tone, one of few lengths so that many files have equal sizes."""
        frames = frames or self.chance.choice((400, 600, 800))
        hz, level = self.chance.uniform(60, 4000), self.chance.uniform(3_000, 20_000)
        t = np.arange(frames) / 22_050
        y = (level * np.sin(2 * np.pi * hz * t) * np.exp(-t * self.chance.uniform(1, 60))).astype("<i2")
        header = b"RIFF" + struct.pack("<I", 36 + 2 * frames) + b"WAVEfmt "
        header += struct.pack("<IHHIIHH", 16, 1, 1, 22_050, 44_100, 2, 16) + b"data" + struct.pack("<I", 2 * frames)
        return header + y.tobytes()

    def make(self) -> list[Path]:
        path = self.place()
        if path is None or len(self.files()) >= MOST_FILES:
            return self.delete()
        path.write_bytes(b"this is no sound" if self.chance.random() < 0.05 else self.sound())
        return [path]

    def change(self) -> list[Path]:
        return self._each(lambda path: path.write_bytes(self.sound()))

    def replace(self) -> list[Path]:
        """Another sound of equal size and date, as `cp -p` over it leaves."""

        def over(path: Path) -> None:
            status = path.stat()
            frames = (status.st_size - 44) // 2
            draft = path.with_suffix(".tmp")
            draft.write_bytes(self.sound(frames) if frames > 0 else path.read_bytes())
            os.utime(draft, ns=(status.st_atime_ns, status.st_mtime_ns))
            if self.chance.random() < 0.5:
                draft.replace(path)
            else:
                shutil.copyfile(draft, path)
                draft.unlink()
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

        return self._each(over)

    def swap(self) -> list[Path]:
        files = self.files()
        if len(files) < 2:
            return []
        one, other = self.chance.sample(files, 2)
        if self.chance.random() < 0.5:
            os.utime(one, ns=(0, 10**18))
            os.utime(other, ns=(0, 10**18))
        aside = one.with_suffix(".aside")
        one.rename(aside)
        os.replace(other, one)
        os.replace(aside, other)
        return [one, other]

    def touch(self) -> list[Path]:
        return self._each(lambda path: os.utime(path, ns=(0, self.chance.randrange(10**18))))

    def chmod(self) -> list[Path]:
        return self._each(lambda path: path.chmod(self.chance.choice((0o600, 0o644, 0o444))))

    def copy(self) -> list[Path]:
        target = self.place()
        if target is None:
            return []
        self._each(lambda path: None if path == target else shutil.copy2(path, target))
        return [target]

    def move(self) -> list[Path]:
        target = self.place()
        if target is None:
            return []
        return [*self._each(lambda path: os.replace(path, target)), target]

    def rename_folder(self) -> list[Path]:
        folders = [folder for folder in self.folders() if folder not in self.roots]
        if not folders:
            return []
        folder = self.chance.choice(folders)
        target = folder.with_name(f"g{self.chance.randrange(1000)}")
        if target.exists():
            return []
        folder.rename(target)
        return [folder, target]

    def delete(self) -> list[Path]:
        return self._each(Path.unlink)

    def unplug(self) -> list[Path]:
        plugged = [root for root in self.roots if root.exists() and not (self.away / root.name).exists()]
        if len(plugged) < 2:
            return self.plug()
        root = self.chance.choice(plugged)
        root.rename(self.away / root.name)
        if self.chance.random() < 0.3:
            root.mkdir()  # its mount point stays, empty
            (self.away / f"{root.name}.point").touch()
        return [root]

    def plug(self) -> list[Path]:
        unplugged = [root for root in self.roots if (self.away / root.name).exists()]
        if not unplugged:
            return []
        root = self.chance.choice(unplugged)
        self._plug(root)
        return [root]

    def _plug(self, root: Path) -> None:
        if root.exists():
            shutil.rmtree(root)  # what was put into the empty mount point is below the disk now
        (self.away / f"{root.name}.point").unlink(missing_ok=True)
        (self.away / root.name).rename(root)

    def kill(self) -> list[Path]:
        """The process ends as by signal 9: what is on the disk at this moment is all that is left."""
        for _ in range(self.chance.randrange(6)):
            self.now[0] += 0.3
            self.soundkin.ingest.step(0)
        self.generation += 1
        fresh = self.folder / f"data {self.generation}"
        shutil.copytree(self.soundkin.data, fresh)
        self._begin_again(fresh)
        return []

    def restart(self) -> list[Path]:
        self._begin_again(self.soundkin.data)
        return []

    def rescan(self) -> list[Path]:
        self.soundkin.ingest.request_scan()
        return []

    def _begin_again(self, data: Path) -> None:
        old = self.soundkin
        old.close()
        if data != old.data:
            shutil.rmtree(old.data)
        self.soundkin = Soundkin(data, self.now)

    def _each(self, work: Callable[[Path], object]) -> list[Path]:
        files = self.files()
        if not files:
            return []
        path = self.chance.choice(files)
        work(path)
        return [path]

    # ---- the walk ----

    def step(self) -> None:
        weights: dict[Callable[[], list[Path]], int] = {
            self.make: 20,
            self.change: 8,
            self.replace: 8,
            self.swap: 8,
            self.touch: 6,
            self.chmod: 4,
            self.copy: 6,
            self.move: 10,
            self.rename_folder: 5,
            self.delete: 7,
            self.unplug: 3,
            self.plug: 4,
            self.kill: 3,
            self.restart: 1,
            self.rescan: 4,
        }
        (deed,) = self.chance.choices(list(weights), list(weights.values()))
        self.done[deed.__name__] += 1
        for path in deed():
            if self.chance.random() < 0.7:  # some events are lost
                self.soundkin.ingest.hint(str(path))
        for _ in range(self.chance.randrange(5)):
            self.now[0] += self.chance.uniform(0, 2)
            self.soundkin.ingest.step(0)

    def compare(self) -> None:
        """What it knows after a scan, and what a fresh one learns from the same disk."""
        for root in self.roots:
            if (self.away / root.name).exists():
                self._plug(root)
        self.soundkin.scan()
        fresh = Soundkin(self.folder / "fresh", [0.0])
        try:
            fresh.follow(*self.roots)
            fresh.scan()
            known, expected = self.soundkin.known(), fresh.known()
            assert known.keys() == expected.keys()
            assert {path for path in known if known[path] != expected[path]} == set()
            assert len(expected) == len(self.files())
            assert findings(self.soundkin.library) == []
            assert [root.online for root in self.soundkin.library.roots()] == [True] * ROOTS
            served = {
                int(id_): row.tobytes()
                for ids, rows in self.soundkin.library.all_vectors()
                for id_, row in zip(ids, rows, strict=True)
            }
            assert self.soundkin.indexed() == served
            assert self.soundkin.library.problem_count() == fresh.library.problem_count()
            assert self.soundkin.library.unread_count() == 0
        finally:
            fresh.close()
            shutil.rmtree(fresh.data)


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    made = Walk(tmp_path.resolve(), SEED)
    yield made
    made.soundkin.close()


@pytest.mark.timeout(3600)
def test_after_a_random_walk_the_library_knows_what_a_fresh_scan_of_the_disk_finds(walk: Walk) -> None:
    for number in range(1, STEPS + 1):
        walk.step()
        if number % EVERY == 0 or number == STEPS:
            try:
                walk.compare()
            except BaseException as error:
                error.add_note(f"SOUNDKIN_WALK_SEED={SEED}, at step {number}: {dict(walk.done)}")
                raise
    print(f"seed {SEED}, {STEPS:,} steps: {dict(walk.done)}")
