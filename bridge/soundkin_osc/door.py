"""What the bridge needs of the engine: the shape of `soundkin.service.SampleService`. Types only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from soundkin.model import Answer, Problem, Query, Root, Sample, SampleId, Status
    from soundkin.search import KitSlot


class Service(Protocol):
    """The engine's one door. Every method may raise a `SoundkinError` and may be called from any thread."""

    def find(self, query: Query) -> Answer:
        """Answer a question; long where audio has to be read."""
        ...

    def kit(self, query: Query, each: int, locked: Collection[int] = ()) -> tuple[KitSlot, ...]:
        """Up to `each` alternates for every example, no sample twice; long where audio has to be read."""
        ...

    def quick(self, query: Query) -> bool:
        """Whether `find` can answer without reading audio."""
        ...

    def sample(self, sample_id: SampleId) -> Sample:
        """Raises `UnknownSampleError`."""
        ...

    def by_path(self, path: str) -> Sample | None:
        """The sample at a path, whether its file is present or not."""
        ...

    def search(self, text: str, limit: int, matching: str = "") -> list[Sample]: ...
    def status(self) -> Status: ...
    def problems(self) -> list[Problem]: ...
    def roots(self) -> tuple[Root, ...]: ...
    def add_root(self, path: str) -> Root: ...
    def remove_root(self, path: str) -> int: ...
    def rescan(self) -> None:
        """Ask for a pass over the folders; returns at once."""
        ...

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def committed(self, sample_id: SampleId) -> None:
        """Note that a sample was handed to the DAW, for novelty."""
        ...

    def transport(self, state: str) -> None:
        """The DAW is "playing", "recording" or "stopped"."""
        ...
