"""The one door: everything that a frontend may ask of the engine. Bridge and CLI come in here and nowhere else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from soundkin.disks import Lanes
from soundkin.disks.asked_disks import AskedDisks
from soundkin.errors import BadArgumentError, DaemonNotRunningError, QueryError
from soundkin.interfaces import FileAnalyser, ServiceLibrary
from soundkin.model import KNOWN, Answer, Contradiction, Problem, Query, Resolved, Root, Sample, SampleId, Status
from soundkin.names.spelling import meant
from soundkin.questions.limits import (
    check_age,
    check_kit,
    check_kit_question,
    check_list,
    check_question,
    check_transport,
    check_within,
)
from soundkin.service.examples import Examples, sample_by_id

if TYPE_CHECKING:
    from soundkin.ingest.loop import Ingest
    from soundkin.model import DuplicateGroup, KitSlot
    from soundkin.search import Example


class Search(Protocol):
    """Ranks samples; questions come with the vectors of their examples."""

    def find(self, query: Query, like: Sequence[Example], unlike: Sequence[Example], /) -> Answer:
        """The nearest samples. Raises `QueryError`."""
        ...

    def kit(
        self, query: Query, sources: Sequence[Example], each: int, locked: Collection[int], /
    ) -> tuple[KitSlot, ...]:
        """Alternates for every source. Raises `QueryError`."""
        ...

    def duplicates(self, within: float | None, matching: str, /) -> tuple[DuplicateGroup, ...]:
        """Groups of near-identical samples. Raises `QueryError`."""
        ...

    def listed(self, text: str, limit: int, matching: str, /) -> list[Sample]:
        """Samples by the words of their paths and a filter. Raises `QueryError`."""
        ...

    def committed(self, sample_id: SampleId, /) -> None:
        """A hit was put to use."""
        ...


class FolderFollower(Protocol):
    """Called with the folders that are followed from now on (by the watcher)."""

    def __call__(self, roots: Sequence[str]) -> None: ...


class SampleService:
    """Questions and wishes, from any thread. `clock`: seconds since the epoch."""

    def __init__(
        self,
        library: ServiceLibrary,
        search: Search,
        analyser: FileAnalyser,
        *,
        ingest: Ingest | None = None,
        report: Callable[[SampleService], Status] | None = None,
        follow: FolderFollower | None = None,
        pause_when: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._library = library
        self._search = search
        self._disks = AskedDisks(ingest.lanes if ingest is not None else Lanes())
        favour = ingest.favour if ingest is not None else _nobody_cares
        self._examples = Examples(library, analyser, self._disks, favour)
        self._ingest = ingest
        self._clock = clock
        self._report = report
        self._follow = follow
        self._pause_when = frozenset(pause_when)

    # ---- questions ----

    def find(self, query: Query) -> Answer:
        """Answer a question. Reads audio (slow) only for sounds that the library does not hold.

        Raises `QueryError` naming the value that is wrong, `AnalysisError` for audio that cannot be read.
        """
        check_question(query)
        return self.answer(self.resolve(query))

    def kit(self, query: Query, each: int, locked: Collection[int] = ()) -> tuple[KitSlot, ...]:
        """Up to `each` alternates for every example of the question, no sample twice. Raises as `find` does."""
        check_kit_question(query, each, locked)
        return self.answer_kit(self.resolve(query), each, locked)

    def resolve(self, query: Query) -> Resolved:
        """Look the examples of a question up, once; no audio is read. Raises `QueryError`."""
        return self._examples.resolve(query)

    def answer(self, resolved: Resolved) -> Answer:
        """As `find`, for a question that was looked up. What cannot be answered is refused before audio is read."""
        from soundkin.search import checked_terms

        checked_terms(resolved.query)
        like, unlike = self._examples.read(resolved.like), self._examples.read(resolved.unlike)
        return self._search.find(resolved.query, like, unlike)

    def answer_kit(self, resolved: Resolved, each: int, locked: Collection[int] = ()) -> tuple[KitSlot, ...]:
        """As `kit`, for a question that was looked up."""
        from soundkin.search import parse_filter

        check_kit(len(resolved.like), each, locked)
        parse_filter(resolved.query.filter)
        return self._search.kit(resolved.query, self._examples.read(resolved.like), each, locked)

    def duplicates(self, within: float | None = None, matching: str = "") -> tuple[DuplicateGroup, ...]:
        """Groups of near-identical samples, those with most bytes to spare first. Raises `QueryError`."""
        check_within(within)
        return self._search.duplicates(within, matching)

    def sample(self, sample_id: SampleId) -> Sample:
        """One sample by id, present or not. Raises `UnknownSampleError`."""
        return sample_by_id(self._library, sample_id)

    def by_path(self, path: str) -> Sample | None:
        """One sample by path, present or not; None where the library has none."""
        return self._library.by_path(path, KNOWN)

    def search(self, text: str, limit: int, matching: str = "") -> list[Sample]:
        """Samples whose path holds every word of `text` and that match a filter, by path. Raises `QueryError`."""
        check_list(text, limit, matching)
        return self._search.listed(text, limit, matching) if matching else self._library.search(text, limit)

    def problems(self) -> list[Problem]:
        """Files that are not audio, are cut off, or could not be read."""
        return self._library.problems()

    def contradictions(self) -> list[Contradiction]:
        """Samples whose sound speaks strongly against their name or folder, the surest first."""
        return self._library.contradictions()

    def missing(self) -> list[str]:
        """Files that are missing and whose rows are kept, by their last paths."""
        return sorted(self._library.missing())

    def count(self) -> int:
        """How many samples can be found right now."""
        return self._library.count()

    def unheard(self) -> Mapping[str, int]:
        """How many files, by ending, hold sounds and cannot be heard."""
        return self._library.unheard()

    def failed(self) -> int:
        """How many files are not audio."""
        return self._library.problem_count()

    def unread(self) -> int:
        """How many files could not be read for a reason outside them."""
        return self._library.unread_count()

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
        """Follow a folder. Raises `BadArgumentError` where it is none, `NoAnswerError` where its disk hangs."""
        root = self._library.add_root(self._disks.ask(path, lambda: existing_folder(path)))
        self._roots_changed()
        return root

    def remove_root(self, path: str) -> int:
        """Stop following a folder and forget its rows (its files are left alone); how many samples left."""
        roots = self._library.roots()
        folder = self._disks.ask(path, lambda: followed_folder(path, roots))
        count = self._library.remove_root(folder)
        if self._ingest is not None:
            self._ingest.forsake(folder)
        self._roots_changed()
        return count

    def forget(self, older_than_s: float) -> int:
        """Remove what is kept about files missing for at least this time; how many. Raises `BadArgumentError`."""
        check_age(older_than_s)
        return self._library.forget_missing(self._clock() - older_than_s)

    def rescan(self, *, retry: bool = False) -> None:
        """Compare all folders with the library soon; returns at once. `retry`: try unread files again now.

        Raises `DaemonNotRunningError`.
        """
        works = self._works()
        if retry:
            self._library.retry_unread()
        works.request_scan()

    def pause(self) -> None:
        """Stop analysing until `resume`; questions are answered all the same. Raises `DaemonNotRunningError`."""
        self._works().pause("asked")

    def resume(self) -> None:
        """Go on analysing. Raises `DaemonNotRunningError`."""
        self._works().resume("asked")

    def transport(self, state: str) -> None:
        """The DAW is "playing", "recording" or "stopped": analysis pauses as the settings say.

        Raises `DaemonNotRunningError`.
        """
        check_transport(state)
        if state in self._pause_when:
            self._works().pause("transport")
        else:
            self._works().resume("transport")

    def committed(self, sample_id: SampleId) -> None:
        """A hit was used: questions that prefer novelty pass it over for a while. Raises `UnknownSampleError`."""
        self._search.committed(self.sample(sample_id).id)

    # ---- how ----

    def _roots_changed(self) -> None:
        if self._follow is not None:
            self._follow([root.path for root in self._library.roots()])
        if self._ingest is not None:
            self._ingest.request_scan()

    def _works(self) -> Ingest:
        if self._ingest is None:
            raise DaemonNotRunningError("no daemon is at work here; `soundkin start` or `soundkin up` begins one")
        return self._ingest


def _nobody_cares(folder: str) -> None:
    """No scan is running that could turn to a folder first."""


def existing_folder(path: str) -> str:
    """The real path of a folder, links resolved, as roots are kept. Raises `BadArgumentError` where it is none."""
    folder = os.path.realpath(_from_the_root(path))
    if not os.path.isdir(folder):
        raise BadArgumentError(f"{path!r} is not a folder")
    return folder


def followed_folder(path: str, roots: Sequence[Root]) -> str:
    """The path of the root that a person means; it need not exist any more."""
    path = meant(path)
    return path if path in {root.path for root in roots} else os.path.realpath(_from_the_root(path))


def _from_the_root(path: str) -> str:
    """A folder's path with the home folder spelled out. One that depends on where a process happens to be is refused.

    Raises `BadArgumentError`.
    """
    if not path:
        raise BadArgumentError("expected a folder's path, got an empty string")
    folder = os.path.expanduser(meant(path))
    if not os.path.isabs(folder):
        raise BadArgumentError(f"{path!r}: expected a folder's absolute path")
    return folder
