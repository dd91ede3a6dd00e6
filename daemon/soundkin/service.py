"""The one door: everything that a frontend may ask of the engine. Bridge and CLI come in here and nowhere else."""

from __future__ import annotations

import math
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from soundkin.errors import BadArgumentError, QueryError, UnknownSampleError
from soundkin.examples import absence, absolute, check_example, is_whole, uses_what_is_known
from soundkin.interfaces import Analyser, Library
from soundkin.model import (
    KNOWN,
    Analysis,
    Answer,
    FileStamp,
    Like,
    Problem,
    Query,
    Root,
    Sample,
    SampleId,
    State,
    Status,
)
from soundkin.scan import stat_file

if TYPE_CHECKING:
    from soundkin.ingest import Ingest
    from soundkin.model import Vector
    from soundkin.search import DuplicateGroup, Example, KitSlot, Searcher

_REMEMBERED_ANALYSES = 256


class FolderFollower(Protocol):
    """Whoever has to know which folders are followed now (the watcher)."""

    def __call__(self, roots: Sequence[str]) -> None: ...


class SampleService:
    """Questions and wishes, from any thread."""

    def __init__(
        self,
        library: Library,
        searcher: Searcher,
        analyser: Analyser,
        *,
        ingest: Ingest | None = None,
        report: Callable[[SampleService], Status] | None = None,
        follow: FolderFollower | None = None,
        pause_when: Sequence[str] = (),
    ) -> None:
        self._library = library
        self._searcher = searcher
        self._analyser = analyser
        self._ingest = ingest
        self._report = report
        self._follow = follow
        self._pause_when = frozenset(pause_when)
        self._recent: OrderedDict[tuple[str, FileStamp, float | None, float | None], Analysis] = OrderedDict()
        self._recent_lock = Lock()

    # ---- questions ----

    def find(self, query: Query) -> Answer:
        """Answer a question. Reads audio (slow) only for sounds that the library does not hold.

        Raises `QueryError` naming the value that is wrong, `AnalysisError` for audio that cannot be read.
        """
        like = [self._resolve(each, query) for each in query.like]
        unlike = [self._resolve(each, query) for each in query.unlike]
        return self._searcher.find(query, like, unlike)

    def kit(self, query: Query, each: int, locked: Collection[int] = ()) -> tuple[KitSlot, ...]:
        """Up to `each` alternates for every example of the question, no sample twice. Raises as `find` does."""
        return self._searcher.kit(query, [self._resolve(like, query) for like in query.like], each, locked)

    def duplicates(self, within: float | None = None, matching: str = "") -> tuple[DuplicateGroup, ...]:
        """Groups of near-identical samples, those that waste most room first. Raises `QueryError`."""
        return self._searcher.duplicates(within, matching)

    def quick(self, query: Query) -> bool:
        """Whether the question can be answered without reading audio."""
        return all(self._is_quick(each, query) for each in (*query.like, *query.unlike))

    def sample(self, sample_id: SampleId) -> Sample:
        """One sample by id, present or not. Raises `UnknownSampleError`."""
        sample = self._library.samples([sample_id], KNOWN).get(sample_id)
        if sample is None:
            raise UnknownSampleError(f"no sample has the id {sample_id}")
        return sample

    def by_path(self, path: str) -> Sample | None:
        """One sample by path, present or not; None where the library has none."""
        return self._library.by_path(path, KNOWN)

    def search(self, text: str, limit: int, matching: str = "") -> list[Sample]:
        """Samples whose path holds every word of `text` and that match a filter, by path. Raises `QueryError`."""
        return search_in(self._library, text, limit, matching)

    def problems(self) -> list[Problem]:
        """Files that could not be analysed."""
        return self._library.problems()

    def count(self) -> int:
        """How many samples can be found right now."""
        return self._library.count()

    def failed(self) -> int:
        """How many files could not be analysed."""
        return self._library.problem_count()

    def roots(self) -> tuple[Root, ...]:
        """The followed folders."""
        return self._library.roots()

    def status(self) -> Status:
        """What the daemon is doing."""
        if self._report is None:
            raise QueryError("no daemon is attached to this service")
        return self._report(self)

    # ---- wishes ----

    def add_root(self, path: str) -> Root:
        """Follow a folder. Raises `BadArgumentError` where it is none."""
        root = self._library.add_root(existing_folder(path))
        self._roots_changed()
        return root

    def remove_root(self, path: str) -> int:
        """Stop following a folder and forget its rows (its files are left alone); how many samples left."""
        count = self._library.remove_root(followed_folder(path, self._library.roots()))
        self._roots_changed()
        return count

    def rescan(self) -> None:
        """Compare all folders with the library soon; returns at once."""
        if self._ingest is not None:
            self._ingest.request_scan()

    def pause(self) -> None:
        """Stop analysing until `resume`; questions are answered all the same."""
        if self._ingest is not None:
            self._ingest.pause("asked")

    def resume(self) -> None:
        """Go on analysing."""
        if self._ingest is not None:
            self._ingest.resume("asked")

    def transport(self, state: str) -> None:
        """The DAW is "playing", "recording" or "stopped": analysis makes room as the settings say."""
        if self._ingest is None:
            return
        if state in self._pause_when:
            self._ingest.pause("transport")
        else:
            self._ingest.resume("transport")

    def committed(self, sample_id: SampleId) -> None:
        """A hit was used: questions that prefer novelty pass it over for a while. Raises `UnknownSampleError`."""
        self._searcher.committed(self.sample(sample_id).id)

    # ---- how ----

    def _roots_changed(self) -> None:
        if self._follow is not None:
            self._follow([root.path for root in self._library.roots()])
        self.rescan()

    def _is_quick(self, like: Like, query: Query) -> bool:
        if like.path is None:
            return is_whole(like)
        sample = self._library.by_path(absolute(like.path), KNOWN)
        return sample is not None and uses_what_is_known(like, sample, query)

    def _resolve(self, like: Like, query: Query) -> Example:
        """The vector of one example; the library's own where it has one, else by reading the audio."""
        from soundkin.search import Example

        check_example(like)
        if like.vector is not None:
            return Example(self._given(like.vector), like.weight, None)
        path = absolute(like.path or "")
        sample = self.sample(like.id) if like.id is not None else self._library.by_path(path, KNOWN)
        path = sample.path if sample is not None else path
        if self._ingest is not None:
            self._ingest.favour(os.path.dirname(path))
        if sample is not None and uses_what_is_known(like, sample, query):
            stored = self._library.vectors([sample.id]).get(sample.id)
            if stored is not None:
                return Example(stored, like.weight, sample.id)
        if sample is not None and sample.state is not State.PRESENT and (like.path is None or stat_file(path) is None):
            raise absence(like, sample)
        self._refuse_two_spaces()
        analysis = self._analyse(path, like.start_s, like.end_s)
        return Example(analysis.vector, like.weight, sample.id if sample is not None else None)

    def _refuse_two_spaces(self) -> None:
        """While old vectors still serve, nothing that is analysed now can be compared with them."""
        if self._library.serving_version != self._library.params.version:
            raise QueryError(
                "the library is being analysed anew after an update; until that is done (`soundkin status`), only "
                "whole samples that were in it before can be asked about"
            )

    def _given(self, numbers: tuple[float, ...]) -> Vector:
        import numpy as np

        expected = self._library.serving_params.num_dimensions
        if len(numbers) != expected:
            raise BadArgumentError(f"a vector of {len(numbers)} numbers, expected {expected}")
        if not all(math.isfinite(number) for number in numbers):
            raise BadArgumentError("a vector with a number that is not finite")
        return np.asarray(numbers, dtype=np.float32)

    def _analyse(self, path: str, start_s: float | None, end_s: float | None) -> Analysis:
        file = stat_file(path)
        if file is None:
            raise UnknownSampleError(f"{path!r} is not in the library and not a readable file here")
        key = (path, file.stamp, start_s, end_s)
        with self._recent_lock:
            if key in self._recent:
                self._recent.move_to_end(key)
                return self._recent[key]
        try:
            analysis = self._analyser.analyse_now(path, start_s, end_s)
        except OSError as error:
            raise QueryError(f"{path!r} cannot be read: {error.strerror or error}") from error
        with self._recent_lock:
            self._recent[key] = analysis
            while len(self._recent) > _REMEMBERED_ANALYSES:
                self._recent.popitem(last=False)
        return analysis


def existing_folder(path: str) -> str:
    """The real path of a folder, links resolved, as roots are kept. Raises `BadArgumentError` where it is none."""
    folder = os.path.realpath(os.path.expanduser(path))
    if not os.path.isdir(folder):
        raise BadArgumentError(f"{path!r} is not a folder")
    return folder


def followed_folder(path: str, roots: Sequence[Root]) -> str:
    """The path of the root that a person means; it need not exist any more."""
    return path if path in {root.path for root in roots} else os.path.realpath(os.path.expanduser(path))


def search_in(library: Library, text: str, limit: int, matching: str) -> list[Sample]:
    """As `SampleService.search`, for whoever has nothing but the library."""
    if not matching:
        return library.search(text, limit)
    from soundkin.search import listed

    return listed(library, text, limit, matching, time.time())
