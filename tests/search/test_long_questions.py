"""Questions that could take for ever: walked once, cut off truthfully, given up at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from search_reference import brute_force
from search_world import PARAMS, LibraryOfSamples, World, make_world, sounds, world_of
from soundkin.errors import GivenUpError, TooLongError
from soundkin.ingest.index_sync import catch_up
from soundkin.model import PRESENT, Answer, FeatureParams, Like, Query, Sample, SampleId, State
from soundkin.questions import effort
from soundkin.questions.effort import Effort, TurnOverError
from soundkin.search import InMemoryCandidates, ranking
from soundkin.search.duplicates import groups_within
from soundkin.search.near import Grid
from soundkin.search.novelty import Heat
from soundkin.search.question import make_question

UNFILLED: list[dict[str, object]] = [
    {"per_folder": 1},
    {"fold_duplicates": True},
    {"per_folder": 1, "fold_duplicates": True},
    {"per_folder": 2, "fold_duplicates": True, "novelty": 0.5},
    {"fold_duplicates": True, "weights": {"timbre": 3.0}},
]


@pytest.fixture(autouse=True)
def scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a library of many samples."""
    monkeypatch.setattr(ranking, "FEW_ROWS", 0)


def steps(count: int, then: Callable[[], bool] = lambda: True, longest_s: float = 3.0) -> Effort:
    """An effort that lasts for this number of steps."""
    clock = iter([0.0] * count)
    return Effort(longest_s, wanted=then, clock=lambda: next(clock, 1e9))


def ask(world: World, **shape: object) -> Answer:
    return world.searcher.find(Query((Like(id=SampleId(1)),), **shape), [world.example(1)])  # type: ignore[arg-type]


def ids(answer: Answer) -> list[int]:
    return [int(hit.sample.id) for hit in answer.neighbours]


# ---- walked once -----------------------------------------------------------------------------------------------------


@contextmanager
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many rows each call measures."""
    counts: list[int] = []
    measure = ranking.Ranking.measure

    def counting(self: ranking.Ranking, rows: NDArray[np.intp]) -> object:
        counts.append(len(rows))
        return measure(self, rows)

    with monkeypatch.context() as patch:
        patch.setattr(ranking.Ranking, "measure", counting)
        yield counts


@pytest.mark.parametrize("shape", UNFILLED)
@pytest.mark.parametrize("count", [500, 2000])
def test_what_cannot_be_filled_measures_each_sample_about_once(
    monkeypatch: pytest.MonkeyPatch, shape: dict[str, object], count: int
) -> None:
    world = make_world(count)
    with measured(monkeypatch) as counts:
        ask(world, k=40, **shape)  # there are 35 folders
    assert sum(counts) <= 1.5 * count


class Reading(LibraryOfSamples):
    """Notes how many samples are read, in how many goes, and of how many ids paths are read."""

    read = 0
    goes = 0
    paths = 0

    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        self.read += len(ids)
        self.goes += 1
        return super().samples(ids, states)

    def ids_by_path(
        self, text: str, states: Collection[State], among: Sequence[SampleId] | None = None
    ) -> Iterator[list[SampleId]]:
        for ids in super().ids_by_path(text, states, among):
            self.paths += len(ids)
            yield ids


def of_reading(count: int) -> tuple[World, Reading]:
    world = make_world(count)
    library = Reading(**{name: getattr(world.library, name) for name in ("rows", "sounds_of", "log")})
    candidates = InMemoryCandidates(library, world.index)
    return world_of(library, world.index, candidates, world.now_s), library


@pytest.mark.parametrize("shape", UNFILLED)
def test_few_samples_are_read_for_a_quota_that_cannot_be_filled(shape: dict[str, object]) -> None:
    world, library = of_reading(3000)
    ask(world, filter="in:vocals")  # which reads the facts
    library.read = library.goes = 0
    answer = ask(world, k=64, filter="in:vocals", **shape)
    assert library.read <= max(128, 2 * len(answer.neighbours))
    assert library.goes < 8


@pytest.mark.parametrize("shape", UNFILLED)
def test_questions_that_are_walked_to_their_end_agree_with_brute_force(shape: dict[str, object]) -> None:
    world = make_world(900, seed=8)
    query = Query((Like(id=SampleId(1)),), k=900, **shape)  # type: ignore[arg-type]
    found = world.searcher.find(query, [world.example(1)])
    places = [(int(hit.sample.id), hit.distance, hit.stands_for) for hit in found.neighbours]
    assert places == brute_force(world, query, [world.example(1)])[0]
    assert found.unfinished == ""


def test_a_list_that_nothing_matches_reads_no_sample() -> None:
    world, library = of_reading(3000)
    ask(world, filter="dur>0")  # which reads the facts
    library.read = 0
    assert world.searcher.listed("", 64, "dur>1000") == []
    assert library.read == library.paths == 0
    assert len(world.searcher.listed("", 64, "dur>0.5 name:kick")) == 64
    assert library.read <= 130


def test_a_list_shows_what_the_index_has_not_heard_of() -> None:
    world, library = of_reading(50)
    assert world.searcher.listed("", 64, "name:kick dur>0")
    library.put({1200: sounds(1)[0]})  # a kick, by its number
    changed = library.rows[SampleId(6)]
    library.rows[SampleId(6)] = replace(changed, facts=replace(changed.facts, duration_s=99.0))
    library.put({})
    assert 1200 in [sample.id for sample in world.searcher.listed("", 64, "name:kick")]


def test_of_many_that_fit_paths_are_read_as_far_as_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    world, library = of_reading(3000)
    few = world.searcher.listed("", 64, "name:kick dur>0.5")
    library.paths = 0
    monkeypatch.setattr("soundkin.search.listing._FEW", 10)
    assert world.searcher.listed("", 64, "name:kick dur>0.5") == few
    assert library.paths < 3000


# ---- near ------------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1000),
    count=st.integers(0, 300),
    dimensions=st.sampled_from([1, 3, 5, 24]),
    radius=st.sampled_from([0.0, 0.05, 0.5, 2.0, 50.0]),
    asked=st.integers(0, 300),
)
def test_the_grid_names_every_pair_within_the_radius_and_no_other(
    seed: int, count: int, dimensions: int, radius: float, asked: int
) -> None:
    rng = np.random.default_rng(seed)
    vectors = sounds(count, seed, FeatureParams(1, dimensions, ())) if count else np.zeros((0, dimensions), np.float32)
    rows = rng.permutation(count)[:asked]
    alive = rng.random(count) < 0.8
    found: set[tuple[int, int]] = set()
    order: list[int] = []
    for piece, places, near in Grid(vectors, radius).near(rows, alive):
        assert (np.diff(places) >= 0).all()
        order += piece.tolist()
        found |= set(zip(piece[places].tolist(), near.tolist(), strict=True))
    assert order == [row for row in rows.tolist() if alive[row]]
    far = np.sqrt(((vectors[:, None].astype(float) - vectors[None]) ** 2).sum(axis=2)).astype(np.float32)
    assert found == {(a, b) for a in order for b in range(count) if alive[b] and far[a, b] <= np.float32(radius)}


def test_ten_times_the_samples_are_not_a_hundred_times_the_pairs_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    pairs = Grid._pairs

    def counting(self: Grid, rows: object, starts: NDArray[np.intp], stops: NDArray[np.intp], alive: object) -> object:
        looked.append(int((stops - starts).sum()))
        return pairs(self, rows, starts, stops, alive)  # type: ignore[arg-type]

    monkeypatch.setattr(Grid, "_pairs", counting)
    params = FeatureParams(1, 48, ())
    rng = np.random.default_rng(1)
    shape = rng.normal(size=(14, params.num_dimensions)) / 3.7
    vectors = (rng.normal(size=(20_000, 14)) * 3 @ shape * 3).astype(np.float32)
    groups_within(vectors, 0.75)
    assert sum(looked) < len(vectors) ** 2 / 100


def test_thousands_of_copies_are_one_group_without_a_look_at_their_pairs() -> None:
    one = sounds(3)
    vectors = np.repeat(one, [30_000, 5, 1], axis=0)
    groups = groups_within(vectors, 0.1)
    assert sorted(len(group) for group in groups) == [5, 30_000]


# ---- cut off ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", UNFILLED[:3])
def test_an_answer_that_runs_out_of_time_has_the_nearest_says_so_and_goes_on_with_the_next_page(
    shape: dict[str, object],
) -> None:
    world = make_world(900, seed=8)
    whole = ids(ask(world, k=900, **shape))
    found: list[int] = []
    snapshot, said = None, 0
    for turn in range(200):
        with effort.given(steps(4 + turn % 3)):
            part = ask(world, k=900 - len(found), offset=len(found), snapshot=snapshot, **shape)
        found += ids(part)
        assert found == whole[: len(found)]
        snapshot = part.snapshot
        if not part.unfinished:
            break
        said += 1
        assert part.unfinished.startswith(f"stopped after 3 s with the nearest {len(found)} of 900 hits")
    assert said > 0
    assert found == whole


def test_what_is_cut_off_is_not_told_as_the_whole() -> None:
    world = make_world(900, seed=8)
    with effort.given(steps(4)):
        answer = ask(world, k=600, fold_duplicates=True)
    assert len(answer.neighbours) < 600
    assert answer.unfinished
    assert answer.total == 899


def test_a_kit_or_a_report_that_runs_out_of_time_is_an_error() -> None:
    world = make_world(900, seed=8)
    with effort.given(steps(3)), pytest.raises(TooLongError, match="kit"):
        world.searcher.kit(Query((Like(id=SampleId(1)),) * 9), [world.example(n) for n in range(1, 10)], 4)
    with effort.given(steps(3)), pytest.raises(TooLongError):
        world.searcher.duplicates(3.0)
    with effort.given(steps(1)), pytest.raises(TooLongError):
        world.searcher.listed("", 5, "dur>0.5")


@pytest.mark.parametrize("shape", [shape for shape in UNFILLED if "novelty" not in shape])
@pytest.mark.parametrize("error", [GivenUpError, TurnOverError])
def test_a_question_that_is_given_up_stops_and_leaves_nothing_behind(
    shape: dict[str, object], error: type[Exception]
) -> None:
    world = make_world(900, seed=8)
    whole = ids(ask(world, k=900, **shape))
    first = ask(world, k=5, **shape)
    for after in range(1, 30, 4):
        left = iter(range(after))
        clock = iter([0.0] * after)
        ends = (
            Effort(wanted=lambda left=left: next(left, None) is not None)  # type: ignore[misc]
            if error is GivenUpError
            else Effort(turn_s=0.05, clock=lambda: 0.0, worked=lambda clock=clock: next(clock, 1e9))  # type: ignore[misc]
        )
        try:
            with effort.given(ends):
                ask(world, k=895, offset=5, snapshot=first.snapshot, **shape)
            break
        except error:
            continue
    rest = ask(world, k=895, offset=5, snapshot=first.snapshot, **shape)
    assert ids(first) + ids(rest) == whole


def test_a_question_given_up_before_its_first_hit_takes_no_place_among_the_answers() -> None:
    world = make_world(300)
    first = ask(world, k=5)
    for _ in range(100):
        with effort.given(Effort(wanted=lambda: False)), pytest.raises(GivenUpError):
            ask(world, k=5, filter="dur<3")
    assert ask(world, k=5, offset=5, snapshot=first.snapshot).snapshot == first.snapshot


def test_folding_takes_in_what_came_between_two_pages() -> None:
    world = make_world(300)
    first = ask(world, k=10, fold_duplicates=True)
    near = world.library.sounds_of[first.neighbours[0].sample.id] + np.float32(0.001)
    world.library.put({5000: near})
    catch_up(world.library, world.index)
    rest = ask(world, k=300, offset=10, snapshot=first.snapshot, fold_duplicates=True)
    assert 5000 not in ids(rest)


@pytest.mark.parametrize("shape", [{}, {"novelty": 1.0}, {"weights": {"timbre": 2.0}}])
def test_a_walk_through_the_whole_order_measures_each_sample_about_once_and_is_in_order(
    monkeypatch: pytest.MonkeyPatch, shape: dict[str, object]
) -> None:
    world = make_world(3000)
    query = Query((Like(id=SampleId(1)),), **shape)  # type: ignore[arg-type]
    question = make_question(query, [world.example(1)], [], PARAMS)
    view = world.index.view()
    heat = Heat(np.array([5, 9], np.int32), np.array([1.0, 0.5]))
    with measured(monkeypatch) as counts:
        order = ranking.Ranking(view, question, np.arange(3000), heat)
        blocks = list(order.walk(10, lambda rows: np.zeros(len(rows), np.bool_)))
    assert len(blocks) > 4
    assert sum(counts) <= 1.2 * 3000
    whole = order.ordered(order.rows, 3000)
    assert np.concatenate([block.ids for block in blocks]).tolist() == whole.ids.tolist()
