"""What the SQLite library costs: bytes a file, writing, and every bulk read, at a size of your choice.

    python benchmarks/library.py [ROWS] [DIMENSIONS]

Rows are made up; vectors are random. The first line of the table is the yardstick: the same rows put into one plain
SQLite table with the same vectors as BLOBs.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import numpy as np

from soundkin.library import SqliteLibrary, backups, open_library
from soundkin.library.inspection import inspect_library
from soundkin.model import PRESENT, Analysis, Aspect, Facts, FeatureParams, FileStamp, Kind, SampleId

BATCH = 64
FACTS = Facts(0.5, 44_100, 2, 16, -12.3, True, -0.5, 110.0, 0.9, None, None, None, Kind.ONESHOT)


def analyses(rows: int, dimensions: int) -> Iterator[list[Analysis]]:
    """Batches as ingest stores them, in the order of a scan."""
    random = np.random.default_rng(0)
    for start in range(0, rows, BATCH):
        n = min(BATCH, rows - start)
        vectors = random.standard_normal((n, dimensions)).astype(np.float32)
        hashes = random.bytes(16 * n)
        yield [
            Analysis(
                path=path_of(start + i),
                stamp=FileStamp(40_000 + i, 1_700_000_000_123_456_789 + i),
                content_hash=hashes[16 * i : 16 * i + 16],
                facts=FACTS,
                vector=vectors[i],
            )
            for i in range(n)
        ]


def path_of(number: int) -> str:
    """Packs of 500 files in the folders of vendors."""
    return f"/samples/Vendor {number // 10_000:03d}/Pack {number // 500:04d}/Drums/kick_{number:07d}.wav"


def timed(what: str, work: Callable[[], object], per: int = 1, unit: str = "") -> None:
    """Print how long it took, for each of `per`."""
    start = time.perf_counter()
    work()
    print(f"  {what:44}{1000 * (time.perf_counter() - start) / per:12.3f} ms {unit}")


def plain(path: Path, rows: int, dimensions: int) -> None:
    """The yardstick."""
    db = apsw.Connection(str(path))
    db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    db.execute("CREATE TABLE file (id INTEGER PRIMARY KEY, path TEXT UNIQUE, size, mtime_ns, hash, vector BLOB)")
    for batch in analyses(rows, dimensions):
        with db:
            db.executemany(
                "INSERT INTO file (path, size, mtime_ns, hash, vector) VALUES (?, ?, ?, ?, ?)",
                ((a.path, a.stamp.size, a.stamp.mtime_ns, a.content_hash, a.vector.tobytes()) for a in batch),
            )
    db.close()


def fill(library: SqliteLibrary, rows: int, dimensions: int) -> None:
    """One transaction a batch."""
    for batch in analyses(rows, dimensions):
        library.put(batch)


def reads(library: SqliteLibrary, rows: int) -> None:
    """Every bulk read, and those of one question."""
    ids = [SampleId(int(i)) for i in np.random.default_rng(1).integers(1, rows + 1, 64)]
    timed("stamps of everything", lambda: library.stamps("/samples"))
    timed("the same in order, as tuples", lambda: list(library.rows_in_order("/samples")))
    timed("all vectors", lambda: [len(block) for block, _ in library.all_vectors()])
    timed("all columns of facts", lambda: [len(block.ids) for block in library.fact_blocks(None, PRESENT)])
    timed("64 samples with their facts", lambda: library.samples(ids))
    timed("64 vectors", lambda: library.vectors(ids))
    timed("a word that no path holds", lambda: library.search("zzzz", 10))
    timed("count", library.count)


def care(library: SqliteLibrary, path: Path, folder: Path) -> None:
    """Disks that come and go, backups, the doctor."""
    timed("the whole root goes offline", lambda: library.set_online(1, False))
    timed("and comes back", lambda: library.set_online(1, True))
    timed("backup", lambda: backups.take(library, folder, time.time()))
    timed("open beside it", lambda: open_library(path, library.params).close())
    timed("thorough examination", lambda: inspect_library(path))


def main(rows: int, dimensions: int) -> None:
    """Print the table."""
    params = FeatureParams(1, dimensions, (Aspect("all", 0, dimensions),))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        print(f"{rows} files, {dimensions} dimensions")
        timed("plain table, a batch of 64", lambda: plain(folder / "plain.db", rows, dimensions), -(-rows // BATCH))
        path = folder / "library.db"
        library = open_library(path, params)
        library.add_root("/samples")
        timed("put, a batch of 64", lambda: fill(library, rows, dimensions), -(-rows // BATCH))
        library.note_index_saved(library.generation())
        reads(library, rows)
        care(library, path, folder / "backups")
        library.close()
        each, length = path.stat().st_size / rows, len(path_of(0))
        print(f"  {each:.0f} bytes a file, {each - length:.0f} besides its path of {length}")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [300_000, 48][len(given) :]))
