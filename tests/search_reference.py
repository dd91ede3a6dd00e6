"""The answer to a question by brute force, written from docs/search.md and sharing no code with the searcher."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from search_world import World
from soundkin.model import Query, SampleId
from soundkin.model.filters import states_in
from soundkin.search import Example, parse_filter
from soundkin.search.matching import fits

Place = tuple[int, float, int]  # id, distance, stands for


def brute_force(
    world: World,
    query: Query,
    like: Sequence[Example],
    unlike: Sequence[Example] = (),
    heat: Mapping[int, float] | None = None,
    near_identical: float = 0.5,
) -> tuple[list[Place], int]:
    """Every place of the answer, in order, and how many samples the question could return."""
    factors = _factors(world, query)
    weights = np.array([each.weight for each in like])
    point = (weights @ np.array([each.vector for each in like], np.float64) / weights.sum()).astype(np.float32)
    asked = {each.sample_id for each in like}
    struck_out = set(query.exclude) | {each.sample_id for each in unlike} - asked
    struck_out |= set() if query.include_self else asked
    terms = parse_filter(query.filter)
    pool = {
        int(key): vector
        for key, vector in world.library.sounds_of.items()
        if key not in struck_out
        and world.library.rows[key].state in states_in(terms)
        and fits(terms, world.library.rows[key], world.now_s[0])
    }
    far = {key: _distance(vector, point, factors) for key, vector in pool.items()}
    if query.within is not None:
        far = {key: distance for key, distance in far.items() if distance <= np.float32(query.within)}
    pushed = {key: float(far[key]) + _pushed(pool[key], point, unlike, factors) for key in far}
    if query.novelty and heat and pushed:
        reach = float(np.float32(sorted(pushed.values())[:64][-1]))
        pushed = {key: score + query.novelty * reach * heat.get(key, 0.0) for key, score in pushed.items()}
    scores = {key: np.float32(score) for key, score in pushed.items()}
    order = sorted(far, key=lambda key: (scores[key], key not in asked, key))
    return _shaped(world, query, order, far, pool, near_identical), len(far)


def _factors(world: World, query: Query) -> NDArray[np.float64]:
    aspects = world.library.params.aspects
    weights = np.array([query.weights.get(each.name, 1.0) for each in aspects])
    weights = weights / weights.mean()
    return np.concatenate([np.full(each.stop - each.start, w) for each, w in zip(aspects, weights, strict=True)])


def _distance(a: NDArray[np.float32], b: NDArray[np.float32], factors: NDArray[np.float64]) -> np.float32:
    return np.float32(np.sqrt(np.sum((a.astype(float) - b.astype(float)) ** 2 * factors)))


def _pushed(
    vector: NDArray[np.float32], point: NDArray[np.float32], unlike: Sequence[Example], factors: NDArray[np.float64]
) -> float:
    pushed = 0.0
    for each in unlike:
        span, near = _distance(point, each.vector, factors), _distance(vector, each.vector, factors)
        pushed += each.weight * max(0.0, float(span) - float(near))
    return pushed


def _shaped(
    world: World,
    query: Query,
    order: Sequence[int],
    far: Mapping[int, np.float32],
    pool: Mapping[int, NDArray[np.float32]],
    near_identical: float,
) -> list[Place]:
    ones = np.ones(world.library.params.num_dimensions)
    claimed: set[int] = set()
    folders: Counter[str] = Counter()
    out = []
    for key in order:
        stands_for = 1
        if query.fold_duplicates:
            if key in claimed:
                continue
            mine = {
                each
                for each in order
                if each not in claimed and _distance(pool[each], pool[key], ones) <= np.float32(near_identical)
            }
            claimed |= mine
            stands_for = len(mine)
        folder = os.path.dirname(world.library.rows[SampleId(key)].path)
        if query.per_folder is not None and folders[folder] >= query.per_folder:
            continue
        folders[folder] += 1
        out.append((key, float(far[key]), stands_for))
    return out
