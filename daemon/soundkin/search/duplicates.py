"""Groups of near-identical sounds: every pair within a distance is found, without comparing all with all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soundkin.model import PRESENT, DuplicateGroup, Sample, SampleId, State
from soundkin.questions import effort
from soundkin.search.near import Grid

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from soundkin.interfaces import SampleSource

    Places = NDArray[np.intp]

_READ = 1024


def report(
    library: SampleSource, groups: Sequence[NDArray[np.int32]], states: Collection[State] = PRESENT
) -> list[DuplicateGroup]:
    """The groups with their samples and contents, those with most to spare first; what left the states is left out."""
    known, contents = _read(library, [SampleId(each) for group in groups for each in group.tolist()], states)
    out = []
    for group in groups:
        samples = sorted(
            (known[SampleId(each)] for each in group.tolist() if SampleId(each) in known),
            key=lambda sample: (sample.state is not State.PRESENT, len(sample.path), sample.path),
        )
        if len(samples) > 1:
            out.append(_group(samples, contents))
    return sorted(out, key=lambda group: (-group.spare_bytes, group.samples[0].path))


def _group(samples: Sequence[Sample], contents: Mapping[SampleId, tuple[int, bytes]]) -> DuplicateGroup:
    """Samples with the sizes of their files, 0 of those that are missing, and their contents numbered from 1."""
    found = [contents.get(sample.id, (0, b"")) for sample in samples]
    numbers: dict[bytes | SampleId, int] = {}
    keys = (content or each.id for each, (_, content) in zip(samples, found, strict=True))  # b"": not known
    numbered = [numbers.setdefault(key, len(numbers) + 1) for key in keys]
    sizes = (0 if each.state is State.MISSING else size for each, (size, _) in zip(samples, found, strict=True))
    return DuplicateGroup(tuple(samples), tuple(sizes), tuple(numbered))


def _read(
    library: SampleSource, ids: Sequence[SampleId], states: Collection[State]
) -> tuple[dict[SampleId, Sample], dict[SampleId, tuple[int, bytes]]]:
    """The samples, and the sizes and hashes of their files."""
    known: dict[SampleId, Sample] = {}
    contents: dict[SampleId, tuple[int, bytes]] = {}
    for start in range(0, len(ids), _READ):
        effort.insist("A report of duplicates")
        part = library.samples(ids[start : start + _READ], states)
        known |= part
        contents |= library.file_contents(list(part))
    return known, contents


def groups_within(vectors: NDArray[np.float32], radius: float) -> list[Places]:
    """Connected groups of two and more rows of (n, d), linked where their distance is at most `radius`.

    Raises as `effort.insist`.
    """
    firsts, same = _copies(vectors)
    found = _connected(vectors[firsts], radius)[same]
    order = np.argsort(found, kind="stable")
    cuts = np.flatnonzero(np.diff(found[order])) + 1
    return [group for group in np.split(order, cuts) if len(group) > 1]


def _copies(vectors: NDArray[np.float32]) -> tuple[Places, Places]:
    """One row of each set of equal ones, and for every row the place of its own among these."""
    whole = np.ascontiguousarray(vectors + np.float32(0))
    rows = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()
    _, firsts, same = np.unique(rows, return_index=True, return_inverse=True)
    return firsts, same


def _connected(vectors: NDArray[np.float32], radius: float) -> Places:
    """For every row the number of its group, shape (n,)."""
    grid, everything = Grid(vectors, radius), np.arange(len(vectors))
    group = everything.copy()
    for rows, places, others in grid.near(everything, np.ones(len(vectors), np.bool_)):
        _join(group, rows[places], others)
    return _roots(group, everything)


def _join(group: Places, left: Places, right: Places) -> None:
    """Put the two groups of every pair together: each points to the smaller one, until none does to another."""
    while True:
        left, right = _roots(group, left), _roots(group, right)
        apart = left != right
        if not apart.any():
            return
        left, right = left[apart], right[apart]
        np.minimum.at(group, np.maximum(left, right), np.minimum(left, right))


def _roots(group: Places, rows: Places) -> Places:
    """The first row of each one's group; ways to it become short."""
    found = group[rows]
    while (group[found] != found).any():
        found = group[found]
    group[rows] = found
    return found
