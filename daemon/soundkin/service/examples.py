"""What the examples of a question stand for: looked up in the library first, then read where that is not enough."""

from __future__ import annotations

import os
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError, QueryError, UnknownPathError, UnknownSampleError
from soundkin.folders.openable import first_read
from soundkin.model import KNOWN, Resolved, ResolvedExample, State
from soundkin.questions import effort
from soundkin.questions.limits import absolute, check_examples, check_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from soundkin.disks.asked_disks import AskedDisks
    from soundkin.interfaces import FileAnalyser, ServiceLibrary
    from soundkin.model import Analysis, FileStamp, Like, Query, Sample, SampleId, Vector
    from soundkin.search import Example

_REMEMBERED_ANALYSES = 256


class Examples:
    """Looks examples up and reads what has to be read. `favour` is called with the folder of each example."""

    def __init__(
        self, library: ServiceLibrary, analyser: FileAnalyser, disks: AskedDisks, favour: Callable[[str], None]
    ) -> None:
        self._library = library
        self._disks = disks
        self._favour = favour
        self._recent = RecentAnalyses(analyser)

    def resolve(self, query: Query) -> Resolved:
        """Look every example up in the library; no other file is touched. Raises `QueryError`."""
        check_examples(query)
        return Resolved(
            query,
            tuple(self._looked_up(like, query) for like in query.like),
            tuple(self._looked_up(like, query) for like in query.unlike),
        )

    def read(self, resolved: Sequence[ResolvedExample]) -> list[Example]:
        """The examples with their vectors; audio is read where none is known. Raises `QueryError`, `AnalysisError`."""
        from soundkin.search import Example

        return [
            Example(self._vector(each), each.like.weight, each.sample.id if each.sample else None) for each in resolved
        ]

    def _looked_up(self, like: Like, query: Query) -> ResolvedExample:
        if like.vector is not None:
            return ResolvedExample(like, None, self._given(like.vector))
        effort.insist("Looking its examples up")
        sample = self._sample(like)
        self._favour(os.path.dirname(sample.path if sample else like.path or ""))
        vector = None
        if sample is not None and _uses_what_is_known(like, sample, query):
            vector = self._library.vectors([sample.id]).get(sample.id)
        return ResolvedExample(like, sample, vector)

    def _sample(self, like: Like) -> Sample | None:
        """What the library holds of an example. Raises `UnknownSampleError` for an id that it does not hold."""
        if like.id is not None:
            return sample_by_id(self._library, like.id)
        return self._library.by_path(absolute(like.path or ""), KNOWN)

    def _given(self, numbers: tuple[float, ...]) -> Vector:
        import numpy as np

        expected = self._library.serving_params.num_dimensions
        if len(numbers) != expected:
            raise BadArgumentError(f"a vector of {len(numbers)} numbers, expected {expected}")
        return np.asarray(numbers, dtype=np.float32)

    def _vector(self, example: ResolvedExample) -> Vector:
        if example.vector is not None:
            return example.vector
        like, sample = example.like, example.sample
        absent = sample is not None and sample.state is not State.PRESENT
        if sample is not None and absent and like.path is None:
            raise absence(like, sample)
        path = sample.path if sample is not None else absolute(like.path or "")
        try:
            place = sample.root if sample is not None else None
            file = self._disks.ask(path, lambda: first_read(path, self._followed, known=sample is not None), place)
        except UnknownPathError:
            if sample is not None and absent:
                raise absence(like, sample) from None
            raise
        self._refuse_two_spaces()
        return self._recent.analysis(file.path, file.stamp, like.start_s, like.end_s).vector

    def _followed(self) -> list[str]:
        return [root.path for root in self._library.roots()]

    def _refuse_two_spaces(self) -> None:
        """While old vectors still serve, nothing that is analysed now can be compared with them."""
        if self._library.serving_params.version != self._library.params.version:
            raise QueryError(
                "the library is being analysed again after an update; until that is done (`soundkin status`), only "
                "whole samples that were in it before can be asked about"
            )


class RecentAnalyses:
    """Analyses of single files; the newest are kept, so that the same question reads a file once."""

    def __init__(self, analyser: FileAnalyser) -> None:
        self._analyser = analyser
        self._kept: OrderedDict[tuple[str, FileStamp, float | None, float | None], Analysis] = OrderedDict()
        self._lock = Lock()

    def analysis(self, path: str, stamp: FileStamp, start_s: float | None, end_s: float | None) -> Analysis:
        """Of a file as it is now, or of a part of it. Raises `QueryError`, `AnalysisError`."""
        key = (path, stamp, start_s, end_s)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        try:
            analysis = self._analyser.analyse_now(path, start_s, end_s)
        except OSError as error:
            raise QueryError(f"{path!r} cannot be read: {error.strerror or error}") from error
        with self._lock:
            self._kept[key] = analysis
            while len(self._kept) > _REMEMBERED_ANALYSES:
                self._kept.popitem(last=False)
        return analysis


def sample_by_id(library: ServiceLibrary, sample_id: SampleId) -> Sample:
    """One sample, its file present or not. Raises `UnknownSampleError`."""
    check_id(sample_id)
    sample = library.samples([sample_id], KNOWN).get(sample_id)
    if sample is None:
        raise UnknownSampleError(f"no sample has the id {sample_id}")
    return sample


def _uses_what_is_known(like: Like, sample: Sample, query: Query) -> bool:
    """Whether a sample's stored vector is what is meant; one that is absent has to be asked for by an `is:` term."""
    if sample.state is State.PRESENT or not like.is_whole:
        return like.is_whole
    from soundkin.search import names_states

    return names_states(query.filter)


def absence(like: Like, sample: Sample) -> UnknownSampleError:
    """Why an example cannot be asked about, and how it can."""
    name = f"sample {like.id}" if like.id is not None else repr(like.path)
    if not like.is_whole:
        return UnknownSampleError(f"{name} is {sample.state}: only the whole of it can be asked about")
    return UnknownSampleError(
        f"{name} is {sample.state}: to ask by what is known of it, put is:present, is:any or another is: term into "
        "the filter"
    )
