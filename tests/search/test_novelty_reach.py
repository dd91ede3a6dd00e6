"""How far novelty moves a sample that was just returned: by the distance of the 64th hit."""

from __future__ import annotations

import pytest

from search_world import World, make_world
from soundkin.model import Like, Query, SampleId

ALL = 299


def asked(world: World, k: int, novelty: float = 0.0) -> list[tuple[int, float]]:
    query = Query((Like(id=SampleId(1)),), k=k, novelty=novelty)
    return [(int(each.sample.id), each.distance) for each in world.searcher.find(query, [world.example(1)]).neighbours]


@pytest.mark.parametrize("novelty", [1.0, 0.5])
def test_a_sample_just_returned_stands_where_one_farther_by_the_distance_of_the_64th_hit_does(novelty: float) -> None:
    plain = asked(make_world(300), ALL)
    world = make_world(300)
    warm = {number for number, _ in asked(world, 16)}
    reach = plain[63][1]
    moved = sorted(plain, key=lambda hit: hit[1] + novelty * reach * (hit[0] in warm))
    assert asked(world, ALL, novelty) == moved
