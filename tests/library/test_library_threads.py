"""Several threads and several processes on one library."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import apsw
import pytest

from library_health import findings
from library_samples import PARAMS, ROOT, analysed, under
from soundkin.errors import LibraryError
from soundkin.library import SqliteLibrary, changes, connections, open_library, reading
from soundkin.model import PRESENT, FileStamp, Move, SampleId

BATCH = 8


def in_threads(*work: Callable[[], None]) -> None:
    """Run all at once; the first error of any is raised here."""
    errors: list[BaseException] = []

    def guarded(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_readers_see_whole_batches_while_one_thread_writes(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library.db", PARAMS)
    library.add_root(ROOT)
    done = threading.Event()

    def write() -> None:
        for batch in range(60):
            library.put([analysed(under(f"{batch}-{n}.wav"), batch * BATCH + n) for n in range(BATCH)])
            if batch % 7 == 0:
                library.mark_missing([SampleId(batch * BATCH + n + 1) for n in range(BATCH)], 1.0)
        done.set()

    def read() -> None:
        rounds = 0
        while not done.is_set() or rounds == 0:
            rounds += 1
            assert library.count() % BATCH == 0
            ids = [int(id_) for block, _ in library.all_vectors() for id_ in block]
            assert len(ids) % BATCH == 0
            assert len(library.stamps(ROOT)) % BATCH == 0
            assert len(library.changes_since(0) or []) % BATCH == 0
            assert sum(len(block.ids) for block in library.fact_blocks(None, PRESENT)) % BATCH == 0

    in_threads(write, read, read)
    assert library.count() == 60 * BATCH - 9 * BATCH
    assert findings(library) == []
    library.close()


def test_two_writers_take_turns(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library.db", PARAMS)
    library.add_root(ROOT)

    def write(name: str) -> None:
        for number in range(40):
            library.put([analysed(under(f"{name}{number}.wav"), number)])

    in_threads(partial(write, "a"), partial(write, "b"))
    assert library.count() == 80
    assert library.generation() == 80
    library.close()


def test_two_programs_write_the_same_library_in_turns(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    daemon, command = open_library(path, PARAMS), open_library(path, PARAMS)
    daemon.add_root(ROOT)

    def write(library: SqliteLibrary, name: str) -> None:
        for number in range(40):
            library.put([analysed(under(f"{name}{number}.wav"), number)])

    in_threads(partial(write, daemon, "a"), partial(write, command, "b"))
    assert daemon.count() == command.count() == 80
    daemon.close()
    command.close()


def test_a_read_sees_one_state_of_the_library_however_long_it_takes(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library.db", PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under("a.wav"), 1)])
    with library._database.reading() as db:
        before = changes.generation(db), reading.count(db)
        library.remove_root(ROOT)
        assert (changes.generation(db), reading.count(db)) == before
    assert library.count() == 0
    library.close()


def test_a_read_does_not_wait_for_a_write_in_progress(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    library = open_library(path, PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under("a.wav"), 1)])
    other = apsw.Connection(str(path))
    other.execute("BEGIN EXCLUSIVE")
    assert library.count() == 1
    assert library.by_path(under("a.wav")) is not None
    other.execute("ROLLBACK")
    other.close()
    library.close()


def test_a_writer_that_never_lets_go_is_an_error_and_not_a_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_MS", 10)
    path = tmp_path / "library.db"
    library = open_library(path, PARAMS)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryError, match="in use by another program"):
        library.add_root(ROOT)
    other.execute("ROLLBACK")
    other.close()
    library.add_root(ROOT)
    library.close()


def test_readers_are_reused_and_not_made_for_every_question(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library.db", PARAMS)
    for _ in range(50):
        library.count()

    def ask() -> None:
        for _ in range(20):
            library.count()

    in_threads(*[ask] * 4)
    assert len(library._database._readers) <= 5
    library.close()


def test_an_abandoned_iterator_gives_its_connection_back(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library.db", PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under("a.wav"), 1)])
    for _ in range(20):
        vectors = iter(library.all_vectors())
        next(vectors)
        del vectors
    assert len(library._database._readers) <= 2
    library.close()


def test_closing_while_an_iterator_is_open_ends_it_with_a_sentence(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library.db", PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under("a.wav"), 1)])
    blocks = library.fact_blocks(None, PRESENT)
    next(blocks)
    library.close()
    with pytest.raises(LibraryError, match="closed"):
        next(blocks)


def test_closing_amid_questions_and_writes_ends_each_with_a_sentence(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library.db", PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under(f"{n}.wav"), n) for n in range(500)])
    busy = threading.Barrier(7)
    ends: list[str] = []

    def ask(question: Callable[[], object]) -> None:
        question()
        busy.wait()
        try:
            while True:
                question()
        except LibraryError as error:
            ends.append(str(error))

    ids = [SampleId(id_) for id_ in range(1, 101)]
    questions: list[Callable[[], object]] = [
        lambda: library.vectors(ids),
        lambda: [len(block) for block, _ in library.all_vectors()],
        lambda: library.stamps(ROOT),
        lambda: library.search("9", 50),
        lambda: library.put([analysed(under("0.wav"), 0)]),
        lambda: library.mark_missing([SampleId(1)], 5.0),
    ]
    threads = [threading.Thread(target=ask, args=(question,)) for question in questions]
    for thread in threads:
        thread.start()
    busy.wait()
    library.close()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert len(ends) == len(questions)
    assert all("closed" in end for end in ends), ends


CHILD = """
import sys
from pathlib import Path
from library_samples import PARAMS, ROOT, analysed, under
from soundkin.library import open_library
from soundkin.model import FileStamp, Move, SampleId

library = open_library(Path(sys.argv[1]), PARAMS)
library.add_root(ROOT)
number = int(sys.argv[2])
while True:
    library.put([analysed(under(f"{number}-{n}.wav"), number * 8 + n) for n in range(8)])
    first = library.stamps(under(f"{number}-0.wav"))[under(f"{number}-0.wav")].id
    library.mark_missing([first], 5.0)
    print(number, flush=True)
    number += 1
"""


def test_a_killed_writer_loses_no_finished_batch_and_half_writes_none(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    random_ = random.Random(20)
    reported, begun = -1, 0
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), str(begun)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert child.stdout is not None
        for _ in range(random_.randrange(1, 25)):
            reported = int(child.stdout.readline())
        child.kill()
        reported = max([reported, *(int(line) for line in child.stdout.read().splitlines() if line)])
        child.stdout.close()
        child.wait()
        begun = check_batches(path, reported)


def check_batches(path: Path, reported: int) -> int:
    """All batches reported are there, at most one more is, and every one is whole; the next number to write."""
    library: SqliteLibrary = open_library(path, PARAMS)
    assert findings(library) == []
    batches: dict[int, list[bool]] = {}
    for name, known in library.stamps(ROOT).items():
        batches.setdefault(int(Path(name).name.split("-")[0]), []).append(known.missing)
    assert set(range(reported + 1)) <= set(batches)
    assert set(batches) <= set(range(reported + 2))
    for number, missing in batches.items():
        assert len(missing) == BATCH
        assert sum(missing) == 1 or number > reported
    todo = {change.id: change.removed for change in library.changes_since(0) or []}
    ids = {int(id_) for block, _ in library.all_vectors() for id_ in block}
    assert {id_ for id_, removed in todo.items() if not removed} == ids
    library.move([Move(known.id, name, FileStamp(1, 1)) for name, known in library.missing().items()])
    assert library.count() == len(batches) * BATCH
    library.mark_missing([known.id for name, known in library.stamps(ROOT).items() if "-0." in name], 5.0)
    library.close()
    return max(batches) + 1
