"""Ingest over the real library and index, real files and a fake analyser, on a clock in the test's hands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakes_analysis import FakeAnalyser
from library_samples import PARAMS
from soundkin.config import ScanSettings
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import IndexSync
from soundkin.ingest.loop import Ingest
from soundkin.library import open_library
from soundkin.model import Like, Query
from soundkin.search import InMemoryCandidates, Searcher
from soundkin.service import SampleService

OLD_S = 1_000_000


class Follower:
    """Ingest over the real library and index, its clock in the test's hands."""

    def __init__(self, data: Path, *roots: Path, **settings: object) -> None:
        self.now = 0.0
        self.library = open_library(data / "library.db", PARAMS, clock=self.wall)
        for root in roots:
            self.library.add_root(str(root))
        self.index = VoyagerIndex(PARAMS, self.library.uid)
        index_sync = IndexSync(self.library, self.index, data / "index.cache")
        self.analyser = FakeAnalyser(PARAMS)
        self.ingest = Ingest(
            self.library,
            self.analyser,
            index_sync,
            ScanSettings(**settings),  # type: ignore[arg-type]
            clock=lambda: self.now,
            wall=self.wall,
        )
        searcher = Searcher(
            self.library, InMemoryCandidates(self.library, self.index), lambda distance: 1 / (1 + distance)
        )
        self.service = SampleService(self.library, searcher, self.analyser)

    def wall(self) -> float:
        """Seconds since the epoch."""
        return OLD_S * 2 + self.now

    def scan(self) -> int:
        """One pass over everything; how many files it analysed."""
        before = len(self.analyser.analysed)
        self.ingest.run_until_idle()
        return len(self.analyser.analysed) - before

    def hear(self, *paths: Path) -> int:
        """Follow hints until nothing is left to do; how many files were analysed."""
        before = len(self.analyser.analysed)
        for path in paths:
            self.ingest.hint(str(path))
        for _ in range(10_000):
            self.now += 0.6
            self.ingest.step(0)
            if self.ingest.progress().state == "idle":
                return len(self.analyser.analysed) - before
        raise AssertionError("no rest")

    def paths(self) -> set[str]:
        return {sample.path for sample in self.library.search("", 1_000_000)}

    def wrong(self) -> list[str]:
        """Samples whose vector is not that of the bytes that lie at their paths now."""
        samples = self.library.search("", 1_000_000)
        vectors = self.library.vectors([sample.id for sample in samples])
        return [
            sample.path
            for sample in samples
            if not (vectors[sample.id] == self.analyser.vector(Path(sample.path).read_bytes())).all()
        ]

    def finds(self, path: str) -> bool:
        """Whether the sample answers as its own nearest."""
        hits = self.service.find(Query(like=(Like(path=path),), k=1, include_self=True)).neighbours
        return [hit.sample.path for hit in hits] == [path]

    def close(self) -> None:
        self.index.close()
        self.library.close()


@contextmanager
def following(data: Path, *roots: Path, **settings: object) -> Iterator[Follower]:
    data.mkdir(exist_ok=True)
    follower = Follower(data, *roots, **settings)
    try:
        yield follower
    finally:
        follower.close()


def make(path: Path | str, content: str | bytes = b"", mtime: float = OLD_S) -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content or os.fsencode(str(path)))
    os.utime(path, (mtime, mtime))
    return path
