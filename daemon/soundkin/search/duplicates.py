"""Groups of near-identical sounds: every pair within a distance is found, without comparing all with all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from soundkin.model import PRESENT, SampleId, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from soundkin.model import Sample
    from soundkin.search.shelf import Shelf

    Pairs = NDArray[np.intp]

_AXES = 6


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Samples of which each is near-identical with at least one other of the group."""

    samples: tuple[Sample, ...]
    """The one to keep, by our guess, first: one that is present, shortest path, then by name."""
    sizes: tuple[int, ...]
    """Bytes of each file; 0 where it is missing."""

    @property
    def spare_bytes(self) -> int:
        """Room that all but the first take."""
        return sum(self.sizes[1:])


def report(
    library: Shelf, groups: Sequence[NDArray[np.int32]], states: Collection[State] = PRESENT
) -> list[DuplicateGroup]:
    """The groups with their samples and sizes, those that waste most room first; what left the states is left out."""
    known = library.samples([SampleId(each) for group in groups for each in group.tolist()], states)
    out = []
    for group in groups:
        samples = sorted(
            (known[SampleId(each)] for each in group.tolist() if SampleId(each) in known),
            key=lambda sample: (sample.state is not State.PRESENT, len(sample.path), sample.path),
        )
        if len(samples) > 1:
            out.append(DuplicateGroup(tuple(samples), tuple(_size(library, sample) for sample in samples)))
    return sorted(out, key=lambda group: (-group.spare_bytes, group.samples[0].path))


def _size(library: Shelf, sample: Sample) -> int:
    if sample.state is State.MISSING:
        return 0
    known = library.stamps(sample.path).get(sample.path)
    return known.stamp.size if known else 0


def groups_within(vectors: NDArray[np.float32], radius: float) -> list[NDArray[np.intp]]:
    """Connected groups of two and more rows of (n, d), linked where their distance is at most `radius`."""
    parent = np.arange(len(vectors))
    for left, right in _close_pairs(vectors, radius):
        for a, b in zip(left.tolist(), right.tolist(), strict=True):
            _join(parent, a, b)
    roots = np.array([_root(parent, each) for each in range(len(parent))], np.intp)
    order = np.argsort(roots, kind="stable")
    cuts = np.flatnonzero(np.diff(roots[order])) + 1
    return [group for group in np.split(order, cuts) if len(group) > 1]


def _close_pairs(vectors: NDArray[np.float32], radius: float) -> Iterator[tuple[Pairs, Pairs]]:
    """Pairs of rows within the radius.

    A projection on a direction of unit length never stretches a distance. Along the direction of largest spread each
    row is compared with the few that follow within `radius`, the next directions rule out most of these, and what
    is left is measured.
    """
    if len(vectors) < 2:
        return
    shadows = _projections(vectors)
    order = np.argsort(shadows[:, 0], kind="stable")
    shadows = shadows[order]
    slack = np.float32(radius * (1 + 1e-5) + 1e-4)
    active = np.arange(len(order))
    step = 1
    while len(active):
        active = active[active + step < len(order)]
        active = active[shadows[active + step, 0] - shadows[active, 0] <= slack]
        close = active
        for axis in range(1, shadows.shape[1]):
            close = close[np.abs(shadows[close + step, axis] - shadows[close, axis]) <= slack]
        if len(close):
            yield from _measured(vectors, order[close], order[close + step], radius)
        step += 1


def _measured(vectors: NDArray[np.float32], left: Pairs, right: Pairs, radius: float) -> Iterator[tuple[Pairs, Pairs]]:
    difference = vectors[left].astype(np.float64) - vectors[right]
    distances = np.sqrt(np.sum(difference * difference, axis=1)).astype(np.float32)
    near = distances <= np.float32(radius)
    if near.any():
        yield left[near], right[near]


def _projections(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Coordinates along the directions of largest spread, shape (n, at most 6), by the covariance of a part."""
    part = vectors[:: max(1, len(vectors) // 20_000)].astype(np.float64)
    centre = part.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov(part - centre, rowvar=False).reshape(vectors.shape[1], -1))
    axes = directions[:, ::-1][:, : min(_AXES, vectors.shape[1])]
    return np.asarray((vectors - centre.astype(np.float32)) @ axes.astype(np.float32), np.float32)


def _root(parent: NDArray[np.intp], each: int) -> int:
    while parent[each] != each:
        parent[each] = parent[parent[each]]
        each = int(parent[each])
    return each


def _join(parent: NDArray[np.intp], a: int, b: int) -> None:
    a, b = _root(parent, a), _root(parent, b)
    parent[max(a, b)] = min(a, b)
