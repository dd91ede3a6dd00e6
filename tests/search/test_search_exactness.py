"""Every way of answering but voyager's gives exactly what brute force gives."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes_candidates import RemoteCandidates
from search_reference import brute_force
from search_world import PARAMS, World, make_world, sounds, world_of
from soundkin.ingest.index_sync import catch_up
from soundkin.model import Answer, Like, Query, SampleId, State
from soundkin.search import Example, InMemoryCandidates, ranking

COUNT = 400
FILTERS = (
    "", "dur<1.5", "dur:0.2-2 kind:oneshot", "bpm:120~", "key:Am", "note:C2-C6 -in:Vocals", "loud:-20..-6",
    "in:Drums ext:wav", "name:rim", "-name:loop", "sr:44100", "added<20d", "-key:Am -kind:loop", 'in:"Drums Loops"',
    "in:größe", "name:ähm", "note:A", "dur>100",
    "is:present", "is:any", "is:any dur<1.5 -in:Vocals", "is:missing", "is:offline name:rim", "is:absent",
    "-is:missing",
)  # fmt: skip


@cache
def shared_world() -> World:
    return make_world(COUNT, seed=3)


@cache
def thinned_world() -> World:
    """With every seventh sample missing and every fifth of the others offline."""
    world = make_world(COUNT, seed=3)
    world.library.take([*range(7, COUNT, 7)], State.MISSING)
    world.library.take([each for each in range(5, COUNT, 5) if each % 7], State.OFFLINE)
    catch_up(world.library, world.index)
    return world


@pytest.fixture
def world() -> World:
    return shared_world()


def queries() -> st.SearchStrategy[Query]:
    return st.builds(
        Query,
        like=st.just((Like(id=SampleId(1)),)),
        k=st.integers(1, 40),
        offset=st.integers(0, 20),
        filter=st.sampled_from(FILTERS),
        weights=st.one_of(
            st.just({}),
            st.fixed_dictionaries({"timbre": st.floats(0, 4), "pitch": st.sampled_from([0.0, 1.0, 4.0])}),
        ),
        within=st.one_of(st.none(), st.floats(0, 8)),
        per_folder=st.one_of(st.none(), st.integers(1, 3)),
        fold_duplicates=st.booleans(),
        exclude=st.lists(st.integers(1, COUNT + 50).map(SampleId), max_size=5).map(tuple),
        include_self=st.booleans(),
        novelty=st.sampled_from([0.0, 0.5, 1.0]),
    )


EXAMPLES = st.lists(st.tuples(st.integers(1, COUNT), st.sampled_from([0.25, 1.0, 3.0])), min_size=1, max_size=3)


def places(answer: Answer) -> list[tuple[int, float, int]]:
    return [(int(each.sample.id), each.distance, each.stands_for) for each in answer.neighbours]


@pytest.mark.parametrize("few", [4096, 0], ids=["all measured", "matrix scan"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries(), likes=EXAMPLES, unlikes=st.one_of(st.just([]), EXAMPLES), used=st.integers(1, COUNT))
def test_any_shape_of_question_gets_the_answer_of_brute_force(
    monkeypatch: pytest.MonkeyPatch,
    few: int,
    query: Query,
    likes: list[tuple[int, float]],
    unlikes: list[tuple[int, float]],
    used: int,
) -> None:
    monkeypatch.setattr(ranking, "FEW_ROWS", few)
    agrees_with_brute_force(make_fresh(thinned_world()), query, likes, unlikes, used)


@settings(max_examples=60, deadline=None)
@given(query=queries(), likes=EXAMPLES, unlikes=st.one_of(st.just([]), EXAMPLES), used=st.integers(1, COUNT))
def test_candidates_from_another_machine_give_the_same_answers(
    query: Query, likes: list[tuple[int, float]], unlikes: list[tuple[int, float]], used: int
) -> None:
    world = thinned_world()
    source = RemoteCandidates(world.library)
    agrees_with_brute_force(world_of(world.library, world.index, source, world.now_s), query, likes, unlikes, used)


def agrees_with_brute_force(
    world: World, query: Query, likes: list[tuple[int, float]], unlikes: list[tuple[int, float]], used: int
) -> None:
    world.searcher.committed(SampleId(used))
    like = [world.example(number, weight) for number, weight in likes]
    unlike = [world.example(number, weight) for number, weight in unlikes]
    expected, total = brute_force(world, query, like, unlike, {used: 1.0})
    answer = world.searcher.find(query, like, unlike)
    assert places(answer) == expected[query.offset : query.offset + query.k]
    assert answer.total == total


@pytest.mark.parametrize("novelty", [0.0, 0.05, 0.1, 0.2, 1.0])
def test_what_is_pushed_away_makes_room_for_samples_that_were_not_among_the_first_candidates(novelty: float) -> None:
    world = thinned_world()
    query = Query((Like(),), (Like(),), k=7, novelty=novelty)
    for number in range(1, 30):
        far = world_of(world.library, world.index, RemoteCandidates(world.library), world.now_s)
        likes, unlikes = [(number, 1.0)], [(number + 100, 3.0), (number + 200, 2.0)]
        like, unlike = ([far.example(*each) for each in some] for some in (likes, unlikes))
        first = brute_force(far, query, like, unlike)[0][0]
        agrees_with_brute_force(far, query, likes, unlikes, used=first[0])


def test_what_a_hit_stands_for_is_counted_though_it_lies_behind_the_last_hit() -> None:
    world = make_world(0)
    steps = np.arange(40, dtype=np.float32)
    line = np.zeros((80, PARAMS.num_dimensions), np.float32)
    line[:, 0] = np.concatenate([steps * 0.02, steps * 0.02 + 0.45])  # many within the 0.5 that fold, some behind
    world.library.put(dict(enumerate(line, start=1)))
    catch_up(world.library, world.index)
    far = world_of(world.library, world.index, RemoteCandidates(world.library), world.now_s)
    for k in (1, 2, 3):
        query = Query((Like(),), k=k, fold_duplicates=True, include_self=True)
        agrees_with_brute_force(far, query, [(1, 1.0)], [], used=80)


def test_few_vectors_come_from_another_machine_for_few_hits() -> None:
    world = make_world(COUNT, seed=3)
    source = RemoteCandidates(world.library)
    far = world_of(world.library, world.index, source, world.now_s)
    for number in range(1, 40):
        query = Query((Like(),), k=5, filter="dur<3")
        assert places(far.searcher.find(query, [world.example(number)])) == places(
            world.searcher.find(query, [world.example(number)])
        )
    assert source.sent < 39 * 60


def test_an_approximate_source_is_asked_again_exactly_where_that_shows_and_the_plan_says_who_chose() -> None:
    world = make_world(COUNT, seed=3)
    far = world_of(world.library, world.index, RemoteCandidates(world.library, overlooks=10), world.now_s)
    like = [world.example(5)]
    few, exact = (each.searcher.find(Query((Like(),), k=20), like) for each in (far, world))
    assert few.plan.startswith("server: ")
    assert few.total == exact.total == COUNT - 1
    assert len({each.sample.id for each in few.neighbours} & {each.sample.id for each in exact.neighbours}) in (18, 19)
    everything = Query((Like(),), k=COUNT, offset=0)
    assert places(far.searcher.find(everything, like)) == places(world.searcher.find(everything, like))
    for shape in ({"weights": {"timbre": 2.0}}, {"filter": "dur<2"}, {"per_folder": 1}, {"within": 4.0}):
        query = Query((Like(),), k=9, **shape)
        assert places(far.searcher.find(query, like)) == places(world.searcher.find(query, like))


def make_fresh(world: World) -> World:
    """The same library and index under a searcher that has seen nothing."""
    return world_of(world.library, world.index, InMemoryCandidates(world.library, world.index), world.now_s)


def test_answers_stay_exact_where_single_precision_loses_the_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "FEW_ROWS", 0)
    world = make_world(0)
    far_off = (sounds(300, seed=2) * 0.02 + 300).astype(np.float32)  # distances of 0.1, lengths of 1,500
    world.library.put(dict(enumerate(far_off, start=1)))
    catch_up(world.library, world.index)
    for number in range(1, 40):
        for query in (Query((Like(),), k=10), Query((Like(),), k=10, within=0.1)):
            like = [world.example(number)]
            unlike = [world.example(number + 200, 3.0)]
            assert places(world.searcher.find(query, like)) == brute_force(world, query, like)[0][:10]
            assert places(world.searcher.find(query, like, unlike)) == brute_force(world, query, like, unlike)[0][:10]


def test_a_sample_whose_facts_no_longer_match_is_not_returned(world: World) -> None:
    like = [world.example(5)]
    fresh = make_fresh(world)
    query = Query((Like(),), k=10, filter="dur<2")
    gone = fresh.searcher.find(query, like).neighbours[3].sample
    longer = replace(gone, facts=replace(gone.facts, duration_s=3.0))
    world.library.rows[gone.id] = longer  # stored, but not yet told to the index
    try:
        hits = fresh.searcher.find(query, like).neighbours
    finally:
        world.library.rows[gone.id] = gone
    assert (gone.id in [hit.sample.id for hit in hits], len(hits)) == (False, 10)


def test_a_sound_that_is_not_in_the_library_is_answered_alike(world: World) -> None:
    foreign = [Example(sounds(1, seed=99)[0])]
    query = Query((Like(path="elsewhere"),), k=25, weights={"timbre": 2.0})
    assert places(world.searcher.find(query, foreign)) == brute_force(world, query, foreign)[0][:25]


def test_equal_weights_change_nothing(world: World) -> None:
    like = [world.example(5)]
    plain = world.searcher.find(Query((Like(id=SampleId(5)),)), like)
    doubled = {aspect.name: 2.0 for aspect in PARAMS.aspects}
    weighted = world.searcher.find(Query((Like(id=SampleId(5)),), weights=doubled), like)
    assert places(plain) == places(weighted)


def test_weights_reach_samples_that_the_default_metric_ranks_last(world: World) -> None:
    like = [world.example(5)]
    query = Query((Like(id=SampleId(5)),), k=20, weights={"timbre": 0.0, "envelope": 0.0, "pitch": 4.0})
    expected, _ = brute_force(world, query, like)
    default, _ = brute_force(world, Query(query.like), like)
    rank = {key: place for place, (key, _, _) in enumerate(default)}
    assert max(rank[key] for key, _, _ in expected[:20]) > 40  # else the test would prove nothing
    assert places(world.searcher.find(query, like)) == expected[:20]


def test_a_blend_moves_from_one_sound_to_the_other(world: World) -> None:
    a, b = 10, 300
    for weight, nearest in ((0.999, a), (0.001, b)):
        like = [world.example(a, weight), world.example(b, 1 - weight)]
        answer = world.searcher.find(Query((Like(), Like()), include_self=True, k=1), like)
        assert np.allclose(
            world.library.sounds_of[answer.neighbours[0].sample.id], world.library.sounds_of[SampleId(nearest)]
        )


def test_unlike_pushes_its_surroundings_down_and_nothing_else_up(world: World) -> None:
    like, unlike = [world.example(10)], [world.example(11)]
    before = places(world.searcher.find(Query((Like(),), k=COUNT), like))
    after = places(world.searcher.find(Query((Like(),), (Like(),), k=COUNT), like, unlike))
    assert 11 not in [key for key, _, _ in after]
    distance = {key: far for key, far, _ in before}
    assert all(distance[key] == far for key, far, _ in after)  # what is told is the distance to what was asked for


def test_the_planner_says_which_way_it_took(world: World) -> None:
    like = [world.example(5)]
    said = {
        "small library": Query((Like(),)),
        "weights": Query((Like(),), weights={"timbre": 2.0}),
        "filter": Query((Like(),), filter="dur<1"),
        "per folder": Query((Like(),), per_folder=1),
    }
    for word, query in said.items():
        assert word in world.searcher.find(query, like).plan
    assert world.index.view().count <= 4_096
