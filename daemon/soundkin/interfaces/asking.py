"""The one door: what every frontend may ask of the engine and wish of it. Types only.

`SampleService` opens it in the same process, the bridge's client over OSC; both answer alike and raise the same
errors with the same words. Every method may raise a `SoundkinError` and may be called from any thread of its process
(the client's by one at a time).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from soundkin.model import (
        Answer,
        Contradiction,
        DuplicateGroup,
        KitSlot,
        Problem,
        Query,
        Resolved,
        Root,
        Sample,
        SampleId,
        Status,
    )


class Asking(Protocol):
    """Questions. None of them changes the library."""

    def find(self, query: Query) -> Answer:
        """The samples nearest to the examples; long where audio has to be read.

        Raises `BadArgumentError` naming a value that is wrong, `UnknownSampleError` or `AnalysisError` for an example
        that is not known or cannot be read.
        """
        ...

    def kit(self, query: Query, each: int, locked: Collection[int] = ()) -> tuple[KitSlot, ...]:
        """Up to `each` alternates for every example, no sample twice, none for slots in `locked`. Raises as `find`."""
        ...

    def duplicates(self, within: float | None = None, matching: str = "") -> tuple[DuplicateGroup, ...]:
        """Groups of near-identical samples, those with most bytes to spare first. Raises `BadArgumentError`."""
        ...

    def sample(self, sample_id: SampleId) -> Sample:
        """One sample, its file present or not. Raises `UnknownSampleError`."""
        ...

    def by_path(self, path: str) -> Sample | None:
        """The sample at a path, its file present or not; None where the library has none."""
        ...

    def search(self, text: str, limit: int, matching: str = "") -> list[Sample]:
        """Up to `limit` samples whose path holds every word of `text` and that match a filter, by folder and name.

        Raises `BadArgumentError`.
        """
        ...

    def problems(self) -> list[Problem]:
        """Files that could not be analysed, or not to their end."""
        ...

    def contradictions(self) -> list[Contradiction]:
        """Samples whose sound speaks strongly against their name or folder, the surest first."""
        ...

    def missing(self) -> list[str]:
        """Files that are missing and whose rows are kept, by their last paths."""
        ...

    def roots(self) -> tuple[Root, ...]:
        """The followed folders."""
        ...

    def status(self) -> Status:
        """What the daemon is doing."""
        ...


class Steering(Protocol):
    """Wishes: which folders are followed, and when there is work on them."""

    def add_root(self, path: str) -> Root:
        """Follow a folder. Raises `BadArgumentError` where it is none."""
        ...

    def remove_root(self, path: str) -> int:
        """Stop following a folder and forget its rows (its files are left alone); how many samples left."""
        ...

    def forget(self, older_than_s: float) -> int:
        """Remove what is kept about files missing for at least this time; how many. Raises `BadArgumentError`."""
        ...

    def rescan(self, *, retry: bool = False) -> None:
        """Compare all folders with the library soon; returns at once."""
        ...

    def pause(self) -> None:
        """Stop analysing until `resume`; questions are answered all the same."""
        ...

    def resume(self) -> None:
        """Go on analysing."""
        ...

    def transport(self, state: str) -> None:
        """The DAW is "playing", "recording" or "stopped": analysis pauses as the settings say."""
        ...

    def committed(self, sample_id: SampleId) -> None:
        """A hit was used: questions that prefer novelty pass it over for a while. Raises `UnknownSampleError`."""
        ...


class Door(Asking, Steering, Protocol):
    """All of it."""


class Service(Door, Protocol):
    """The door as the bridge needs it: a question can be looked up first and answered later, on another thread."""

    def resolve(self, query: Query) -> Resolved:
        """Look the examples up in the library, once for all that follows; reads no audio. Raises as `find`."""
        ...

    def answer(self, resolved: Resolved) -> Answer:
        """As `find`, for a question that was looked up."""
        ...

    def answer_kit(self, resolved: Resolved, each: int, locked: Collection[int] = ()) -> tuple[KitSlot, ...]:
        """As `kit`, for a question that was looked up."""
        ...
