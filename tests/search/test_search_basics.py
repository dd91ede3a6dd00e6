"""The plain question, end to end over index and searcher."""

from __future__ import annotations

import numpy as np

from search_world import make_world
from soundkin.model import Like, Query, SampleId


def test_the_neighbours_of_a_sample_are_those_that_brute_force_finds() -> None:
    world = make_world(500)
    answer = world.searcher.find(Query((Like(id=SampleId(7)),), k=10), [world.example(7)])
    vectors = np.array(list(world.library.sounds_of.values()), np.float64)
    order = np.argsort(np.linalg.norm(vectors - vectors[6], axis=1), kind="stable") + 1
    expected = [int(each) for each in order if each != 7][:10]
    assert [each.sample.id for each in answer.neighbours] == expected
    assert (answer.total, answer.query_id) == (499, 7)
