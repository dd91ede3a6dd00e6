"""What every `CandidateSource` promises: asked of the one in memory and of one as it would be on another machine."""

from __future__ import annotations

import math
import os
from dataclasses import replace

import numpy as np
import pytest

from fakes_candidates import RemoteCandidates
from search_world import PARAMS, LibraryOfSamples, made_up_sample, sounds
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import catch_up
from soundkin.interfaces import Candidates, CandidateSource, QueryPoint, SampleFilter
from soundkin.model import ABSENT, KNOWN, PRESENT, Change, Facts, SampleId, State
from soundkin.search import InMemoryCandidates, parse_filter
from soundkin.search.matching import fits

pytestmark = pytest.mark.usefixtures("small_graphs")

COUNT = 300
MISSING, OFFLINE = range(10, 40), range(40, 80)
NOW = 2e9
FACTS = Facts(duration_s=99.0, sample_rate=8000, channels=1)


@pytest.fixture
def library() -> LibraryOfSamples:
    library = LibraryOfSamples()
    library.put(dict(enumerate(sounds(COUNT), start=1)))
    library.take(MISSING, State.MISSING)
    library.take(OFFLINE, State.OFFLINE)
    return library


@pytest.fixture
def index(library: LibraryOfSamples) -> VoyagerIndex:
    index = VoyagerIndex(PARAMS, "uid")
    catch_up(library, index)
    assert index.settle(60)
    return index


@pytest.fixture(params=["memory", "remote", "remote, approximate"])
def source(request: pytest.FixtureRequest, library: LibraryOfSamples, index: VoyagerIndex) -> CandidateSource:
    if request.param == "memory":
        return InMemoryCandidates(library, index)
    return RemoteCandidates(library, overlooks=7 if "approximate" in request.param else 0)


def point(
    number: int, scale: tuple[float, ...] = (), within: float | None = None, asked: frozenset[int] = frozenset()
) -> QueryPoint:
    return QueryPoint(sounds(COUNT)[number - 1], np.array(scale) if scale else None, within, asked)


def wanted(text: str = "", states: frozenset[State] = PRESENT, excluded: frozenset[int] = frozenset()) -> SampleFilter:
    return SampleFilter(parse_filter(text), states, excluded, NOW)


def ids_of(found: Candidates) -> list[int]:
    ids, alive, _ = found.view.gather(found.rows)
    assert alive.all()
    assert (np.diff(found.rows) > 0).all()
    return sorted(ids.tolist())


def distances(asked: QueryPoint, ids: list[int]) -> np.ndarray:
    """From the asked point, by definition."""
    factors = np.ones(PARAMS.num_dimensions)
    if asked.scale is not None:
        for aspect, factor in zip(PARAMS.aspects, asked.scale, strict=True):
            factors[aspect.start : aspect.stop] = factor
    rows = sounds(COUNT)[np.array(ids, np.intp) - 1].astype(np.float64)
    return np.asarray(np.sqrt(((rows - asked.vector) ** 2 * factors).sum(axis=1)))


def test_a_source_says_what_its_vectors_are_and_which_state_it_answers_from(
    source: CandidateSource, library: LibraryOfSamples
) -> None:
    assert (source.params, source.generation()) == (PARAMS, library.generation())


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (PRESENT, {*range(1, 10), *range(80, COUNT + 1)}),
        (ABSENT, {*MISSING, *OFFLINE}),
        (KNOWN, {*range(1, COUNT + 1)}),
        (frozenset({State.MISSING}), {*MISSING}),
    ],
)
def test_all_that_match_come_with_their_own_vectors(
    source: CandidateSource, states: frozenset[State], expected: set[int]
) -> None:
    found = source.matching(wanted("dur<2", states, frozenset({1, 5, 15, 45})))
    short = {each for each in expected - {1, 5, 15, 45} if made_up_sample(each).facts.duration_s < 2}
    assert set(ids_of(found)) == short
    assert (found.beyond, found.total, found.among) == (math.inf, None, len(expected))
    ids, _, vectors = found.view.gather(found.rows)
    np.testing.assert_array_equal(vectors, sounds(COUNT)[ids - 1])


@pytest.mark.parametrize("text", ["", "kind:oneshot", "-name:kick in:drums"])
@pytest.mark.parametrize("scale", [(), (2.0, 0.0, 1.0)])
@pytest.mark.parametrize("count", [1, 20, 1000])
def test_the_nearest_are_there_and_nothing_nearer_than_beyond_is_left_out(
    source: CandidateSource, text: str, scale: tuple[float, ...], count: int
) -> None:
    asked = point(100, scale)
    everything = ids_of(source.matching(wanted(text)))
    found = source.nearest(asked, wanted(text), count, exact=True)
    ids = ids_of(found)
    left_out = sorted({*everything} - {*ids})
    assert {*ids} <= {*everything}
    assert len(ids) >= min(count, len(everything))
    assert (found.beyond == math.inf) == (not left_out) == (found.total is None) == (found.way == "")
    if left_out:
        assert distances(asked, left_out).min() >= found.beyond
        assert found.total == len(everything)


def test_an_approximate_answer_promises_nothing_but_how_many_are_wanted(
    source: CandidateSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soundkin.search.planner.SMALL_LIBRARY", 0)
    found = source.nearest(point(100), wanted(excluded=frozenset({100, 15, 9999})), 10, exact=False)
    assert found.among == 230
    ids = ids_of(found)
    assert len(ids) >= 10
    assert not {100, *MISSING, *OFFLINE} & {*ids}
    if found.way:
        assert found.total == 229


def test_what_was_asked_about_is_among_the_candidates_where_it_is_wanted(
    source: CandidateSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soundkin.search.planner.SMALL_LIBRARY", 0)
    far = int(np.argmax(distances(point(100), [*range(80, COUNT + 1)]))) + 80
    for exact in (True, False):
        asked = point(100, asked=frozenset({far, 15}))
        assert far in ids_of(source.nearest(asked, wanted(), 3, exact=exact))
        assert 15 not in ids_of(source.nearest(asked, wanted(), 3, exact=exact))
        assert far not in ids_of(source.nearest(asked, wanted(excluded=frozenset({far})), 3, exact=exact))


def test_what_is_within_reach_is_there_whatever_else_is_left_out(source: CandidateSource) -> None:
    everything = ids_of(source.matching(wanted()))
    radius = float(np.median(distances(point(100), everything)))
    asked = point(100, within=radius)
    near = {each for each in everything if distances(asked, [each])[0] <= radius}
    found = source.nearest(asked, wanted(), 1000, exact=True)
    assert near <= {*ids_of(found)}
    assert found.beyond == math.inf


def test_vectors_by_id_are_those_of_the_asked_states(source: CandidateSource) -> None:
    ids = [100, 15, 45, 9999]
    for states, there in ((PRESENT, {100}), (KNOWN, {100, 15, 45}), (frozenset({State.OFFLINE}), {45})):
        found = source.vectors(ids, states)
        assert set(found) == there
        for each, vector in found.items():
            np.testing.assert_array_equal(vector, sounds(COUNT)[each - 1])


def test_samples_that_go_and_come_are_followed(
    source: CandidateSource, library: LibraryOfSamples, index: VoyagerIndex
) -> None:
    assert 200 in ids_of(source.matching(wanted("dur>0")))
    library.take([200], State.MISSING)
    library.drop([201, 15])
    catch_up(library, index)
    assert not {200, 201} & {*ids_of(source.matching(wanted("dur>0")))}
    assert 200 in ids_of(source.matching(wanted("dur>0", ABSENT)))
    assert 15 not in ids_of(source.matching(wanted("dur>0", KNOWN)))
    library.put({201: sounds(COUNT)[200]})
    catch_up(library, index)
    assert 201 in ids_of(source.matching(wanted("dur>0")))
    assert source.generation() == library.generation()


def test_rows_have_the_number_of_their_folder(source: CandidateSource, library: LibraryOfSamples) -> None:
    for states in (PRESENT, KNOWN):
        found = source.matching(wanted("", states))
        numbers = source.folders(found.view)
        assert len(numbers) == found.view.rows
        ids, _ = found.view.labels(found.rows)
        folders = [os.path.dirname(library.rows[SampleId(each)].path) for each in ids.tolist()]
        pairs = set(zip(folders, numbers[found.rows].tolist(), strict=True))
        assert len(pairs) == len(set(folders)) == len({number for _, number in pairs}) > 5


@pytest.mark.parametrize("text", ["dur<2 name:kick", "in:vocals -sr:44100", "added<20d", ""])
def test_ids_that_fit_are_told_from_others_present_or_not_and_as_they_are_now(
    source: CandidateSource, library: LibraryOfSamples, text: str
) -> None:
    terms = tuple(parse_filter(text))
    for changed in (False, True):
        if changed:
            row = library.rows[SampleId(90)]
            library.rows[SampleId(90)] = replace(row, path=row.path.replace("Vocals", "Kicks"), facts=FACTS)
            library.log.append(Change(SampleId(90), False))
            library.drop([91, 92, 93])
        for states in (PRESENT, ABSENT, KNOWN):
            there = [row for _, row in sorted(library.rows.items()) if row.state in states]
            assert source.fitting(terms, states, NOW).tolist() == [row.id for row in there if fits(terms, row, NOW)]
