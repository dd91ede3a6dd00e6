"""Many files wait packed: the queue hands them out as it does a few, in a fraction of the memory."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable, Iterable

import pytest

from soundkin.folders.packed import PackedFiles
from soundkin.ingest.queue import AnalysisQueue, Turn
from soundkin.model import DiskFile, FileStamp

Step = Callable[[AnalysisQueue, bool], object]


def files_of(folders: Iterable[str], count: int, chance: random.Random) -> list[DiskFile]:
    """Some files of each folder, by name."""
    return [
        DiskFile(
            f"{folder}/{name:02}.wav",
            FileStamp(chance.randrange(3), chance.randrange(4), chance.randrange(2), name),
            b"hash" * chance.randrange(2),
            chance.random() < 0.5,
        )
        for folder in folders
        for name in sorted(chance.sample(range(30), count))
    ]


def a_push(chance: random.Random) -> Step:
    folders = sorted(chance.sample(["/a", "/a/b", "/a b", "/usb/x", "/usb/y", "/usb/Ä\udcff"], chance.randrange(1, 5)))
    files, turn = files_of(folders, chance.randrange(1, 20), chance), chance.choice([Turn.FRESH, *Turn])
    if chance.random() < 0.3:
        files += files_of(folders, 3, chance)  # the same folders once more, out of order
    return lambda queue, packed: queue.push(PackedFiles(files) if packed else files, turn)


def some_taken(chance: random.Random) -> Step:
    count, settled = chance.randrange(1, 12), chance.random()

    def take(queue: AnalysisQueue, packed: bool) -> list[DiskFile]:
        out = [file for _, file in zip(range(count), queue, strict=False)]
        queue.settle([file.path for number, file in enumerate(out) if number < settled * len(out)])
        return out

    return take


def a_step(chance: random.Random) -> Step:
    """Something that happens to a queue; what it returns is to be the same either way."""
    word = chance.choice(["/a", "/usb", "/usb/x", "/usb/y/1", "/a/b"])
    back = [f"/usb/x/{name:02}.wav" for name in range(chance.randrange(12))]
    others: list[Step] = [
        lambda queue, packed: queue.hold(word, lambda path: path.startswith(word), back),
        lambda queue, packed: queue.release(word),
        lambda queue, packed: queue.drop(lambda path: path.startswith(word)),
        lambda queue, packed: queue.put_back(back),
        lambda queue, packed: sorted(queue.out),
        lambda queue, packed: queue.recall(),
    ]
    which = chance.randrange(16)
    return others[which] if which < len(others) else a_push(chance) if which < 11 else some_taken(chance)


@pytest.mark.parametrize("seed", range(100))
def test_packed_files_come_as_others_do(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr("soundkin.ingest.queue._MANY", 1)
    monkeypatch.setattr("soundkin.folders.packed._MOST", 1 + seed % 7)
    chance = random.Random(seed)
    packed, plain = AnalysisQueue(), AnalysisQueue()
    for number in range(60):
        step = a_step(chance)
        assert step(packed, True) == step(plain, False), number
        assert len(packed) == len(plain), number
    assert list(packed) == list(plain)


def test_of_packed_files_those_of_a_favoured_folder_come_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soundkin.ingest.queue._MANY", 1)
    queue = AnalysisQueue()
    queue.push(PackedFiles(files_of(["/a", "/b", "/b/c", "/d"], 2, random.Random(1))))
    assert queue.favour("/b") == 4
    one = files_of(["/d"], 2, random.Random(2))[0]
    queue.push([one], Turn.URGENT)
    rest = [file.path.rsplit("/", 1)[0] for file in queue]
    assert rest[:5] == ["/b", "/b", "/b/c", "/b/c", "/d"]
    assert rest.count("/a") == 2


def test_files_found_again_are_not_queued_again_nor_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soundkin.ingest.queue._MANY", 1)
    files = files_of([f"/{number:03}" for number in range(50)], 20, random.Random(3))
    queue = AnalysisQueue()
    assert queue.push(PackedFiles(files)) == 1000
    assert queue.push(PackedFiles(files[5:])) == 0
    assert len(queue._bulk) == len(queue) == 1000


def test_a_file_of_a_large_scan_waits_in_a_fraction_of_what_an_object_takes() -> None:
    chance = random.Random(4)
    tracemalloc.start()
    objects = files_of([f"/samples/vendor/pack {number:04}/drums" for number in range(400)], 25, chance)
    as_objects, _ = tracemalloc.get_traced_memory()
    queue = AnalysisQueue()
    queue.push(PackedFiles(objects))
    del objects
    packed, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(queue) == 10_000
    assert packed < as_objects / 3
