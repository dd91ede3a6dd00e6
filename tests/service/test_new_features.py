"""When Soundkin comes with other features, a library is analysed again while the old vectors still answer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakes_analysis import FakeAnalyser
from soundkin.config import ScanSettings
from soundkin.errors import QueryError, StaleIndexError
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import IndexSync
from soundkin.ingest.loop import Ingest
from soundkin.library import SqliteLibrary, open_library
from soundkin.model import Aspect, FeatureParams, Like, Query
from soundkin.search import InMemoryCandidates, Searcher
from soundkin.service import SampleService

OLD = FeatureParams(1, 4, (Aspect("timbre", 0, 4),))
NEW = FeatureParams(2, 6, (Aspect("timbre", 0, 3), Aspect("envelope", 3, 6)))


class Run:
    """One start of Soundkin with certain features over the same data."""

    def __init__(self, folder: Path, params: FeatureParams) -> None:
        self.library: SqliteLibrary = open_library(folder / "library.db", params)
        self.analyser = FakeAnalyser(params)
        cache = folder / "index.cache"
        try:
            self.index = VoyagerIndex.load(
                cache, self.library.serving_params, self.library.uid, self.library.stored_vectors()
            )
        except StaleIndexError:
            self.index = VoyagerIndex(self.library.serving_params, self.library.uid)
        self.index_sync = IndexSync(self.library, self.index, cache)
        self.index_sync.update()
        self.ingest = Ingest(self.library, self.analyser, self.index_sync, ScanSettings(settle_s=0))
        self.service = SampleService(
            self.library,
            Searcher(self.library, InMemoryCandidates(self.library, self.index), lambda distance: 1 / (1 + distance)),
            self.analyser,
        )

    def distances(self, path: str) -> dict[str, float]:
        answer = self.service.find(Query(like=(Like(path=path),), k=100))
        return {hit.sample.path: hit.distance for hit in answer.neighbours}

    def end(self) -> None:
        self.ingest.finish()
        self.index_sync.save()
        self.index.close()
        self.library.close()


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    (tmp_path / "s").mkdir()
    made = []
    for number in range(12):
        path = tmp_path.resolve() / f"s/{number}.wav"
        path.write_bytes(f"sound {number}".encode())
        os.utime(path, (1e9, 1e9))
        made.append(str(path))
    first = Run(tmp_path, OLD)
    first.service.add_root(str(tmp_path / "s"))
    first.ingest.run_until_idle()
    first.end()
    return made


def test_old_answers_serve_until_every_sample_is_analysed_anew(tmp_path: Path, paths: list[str]) -> None:
    run = Run(tmp_path, OLD)
    before = run.distances(paths[0])
    run.end()

    run = Run(tmp_path, NEW)
    assert run.distances(paths[0]) == before
    run.analyser._on_file = lambda path: during.append(run.distances(paths[0]))
    during: list[dict[str, float]] = []
    summary = run.ingest.run_until_idle()
    assert summary.analysed == 12
    assert all(each == before for each in during)
    assert len(during) == 12

    after = run.distances(paths[0])
    assert set(after) == set(before)
    assert after != before
    expected = FakeAnalyser(NEW)
    mine, other = (expected.vector(Path(path).read_bytes()) for path in paths[:2])
    assert after[paths[1]] == pytest.approx(float(((mine - other) ** 2).sum() ** 0.5), rel=1e-5)
    run.end()


def test_a_sound_from_outside_is_refused_with_a_sentence_while_old_vectors_serve(
    tmp_path: Path, paths: list[str]
) -> None:
    stranger = tmp_path / "stranger.wav"
    stranger.write_bytes(b"sound 3")
    run = Run(tmp_path, NEW)
    with pytest.raises(QueryError, match="analysed again"):
        run.distances(str(stranger))
    run.ingest.run_until_idle()
    assert run.distances(str(stranger))[paths[3]] == pytest.approx(0, abs=1e-6)
    run.end()


def test_re_analysis_that_is_broken_off_goes_on_where_it_was(tmp_path: Path, paths: list[str]) -> None:
    run = Run(tmp_path, NEW)
    run.analyser._on_file = lambda path: run.ingest.stop() if len(run.analyser.analysed) == 5 else None
    run.ingest.run()
    begun = len(run.analyser.analysed)
    run.end()
    assert begun < 12

    run = Run(tmp_path, NEW)
    run.ingest.run_until_idle()
    assert len(run.analyser.analysed) == 12 - begun
    assert len(run.distances(paths[0])) == 11
    run.end()
