"""A `CandidateSource` as on another machine: it hands out copies of a few vectors, and all of them only when asked."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soundkin.interfaces import CandidateLibrary, Candidates, QueryPoint, SampleFilter
from soundkin.model import KNOWN, FeatureParams, SampleId, State
from soundkin.model.filters import Term
from soundkin.search.matching import fits
from soundkin.vectors import View, assembled


@dataclass(slots=True)
class RemoteCandidates:
    """Looks at every sample for every question; `sent` counts the vectors that went over the wire."""

    library: CandidateLibrary
    overlooks: int = 0
    """Where an approximate answer will do, every so manieth of the nearest is left out; 0: none."""
    sent: int = 0

    @property
    def params(self) -> FeatureParams:
        return self.library.serving_params

    def generation(self) -> int:
        return self.library.generation()

    def nearest(self, point: QueryPoint, wanted: SampleFilter, count: int, *, exact: bool) -> Candidates:
        ids, vectors, among = self._wanted(wanted)
        difference = vectors.astype(np.float64) - point.vector
        distances = np.sqrt((difference**2 * self._factors(point)).sum(axis=1))
        order = np.argsort(distances, kind="stable")
        if point.within is not None:
            order = order[distances[order] <= point.within * (1 + 1e-6)]
        total = len(order)
        exact = exact or not self.overlooks
        seen = order if exact else order[np.arange(total) % self.overlooks != self.overlooks - 1]
        taken = seen[:count]
        asked = [place for place, each in enumerate(ids.tolist()) if each in point.asked]
        everything = exact and len(taken) == total
        beyond = math.inf if everything else float(distances[taken[-1]]) * (1 - 1e-6) if exact else 0.0
        taken = np.union1d(taken, np.array(asked, np.intp))
        return self._sent(ids[taken], vectors[taken], among, beyond, None if everything else total)

    def matching(self, wanted: SampleFilter) -> Candidates:
        ids, vectors, among = self._wanted(wanted)
        return self._sent(ids, vectors, among, math.inf, None)

    def folders(self, view: View) -> NDArray[np.int32]:
        ids = [SampleId(each) for each in view.ids().tolist()]
        there = self.library.samples(ids, KNOWN)
        names = [os.path.dirname(there[each].path) if each in there else "" for each in ids]
        numbers = {name: number for number, name in enumerate(sorted(set(names)))}
        return np.array([numbers[name] for name in names], np.int32)

    def fitting(self, terms: Sequence[Term], states: Collection[State], now_s: float) -> NDArray[np.int64]:
        there = self.library.samples([SampleId(each) for each in self.library.ids_in(states).tolist()], states)
        return np.array(sorted(each for each in there if fits(terms, there[each], now_s)), np.int64)

    def vectors(self, ids: Collection[int], states: Collection[State]) -> dict[int, NDArray[np.float32]]:
        there = self.library.samples([SampleId(each) for each in ids], states)
        return {int(each): vector for each, vector in self.library.vectors(list(there)).items()}

    def _sent(
        self, ids: NDArray[np.int64], vectors: NDArray[np.float32], among: int, beyond: float, total: int | None
    ) -> Candidates:
        self.sent += len(ids)
        view = assembled(self.params, [(ids, vectors)])
        way = "" if beyond == math.inf else "server"
        return Candidates(view, np.flatnonzero(view.alive()), among, beyond, total, way)

    def _wanted(self, wanted: SampleFilter) -> tuple[NDArray[np.int64], NDArray[np.float32], int]:
        """Ids and vectors of what is wanted, and how many there are in the wanted states."""
        blocks = list(self.library.all_vectors(wanted.states))
        ids = np.concatenate([np.zeros(0, np.int64), *(each for each, _ in blocks)])
        vectors = np.concatenate([np.zeros((0, self.params.num_dimensions), np.float32), *(each for _, each in blocks)])
        samples = self.library.samples([SampleId(each) for each in ids.tolist()], wanted.states)
        keep = [
            each in samples and each not in wanted.excluded and fits(wanted.terms, samples[each], wanted.now_s)
            for each in map(SampleId, ids.tolist())
        ]
        mask = np.array(keep, np.bool_)
        return ids[mask], vectors[mask], len(ids)

    def _factors(self, point: QueryPoint) -> NDArray[np.float64]:
        out = np.ones(self.params.num_dimensions)
        if point.scale is not None:
            for aspect, factor in zip(self.params.aspects, point.scale, strict=True):
                out[aspect.start : aspect.stop] = factor
        return out
