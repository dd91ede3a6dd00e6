"""What questions need of a library: a part of `interfaces.Library`, so that a test's shelf may stand in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from soundkin.model import PRESENT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from soundkin.model import Change, FeatureParams, KnownFile, Sample, SampleId, State, Vector


class IndexedShelf(Protocol):
    """Vectors, and a to-do list for the index."""

    @property
    def serving_params(self) -> FeatureParams: ...
    def vectors(self, ids: Sequence[SampleId]) -> dict[SampleId, Vector]: ...
    def all_vectors(
        self, states: Collection[State] = PRESENT
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]: ...
    def generation(self) -> int: ...
    def changes_since(self, generation: int) -> list[Change] | None: ...


class Shelf(IndexedShelf, Protocol):
    """The same with the samples themselves."""

    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        """Those of `ids` that are in one of the states right now."""
        ...

    def stamps(self, under: str) -> Mapping[str, KnownFile]:
        """Known files at or below a folder or file, by path."""
        ...
