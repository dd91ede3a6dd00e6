"""What ingest asks of the similarity index and of its keeper. Types only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from soundkin.model import FeatureParams, SampleId


class VectorIndex(Protocol):
    """Live vectors that follow the library, and a cache file that may be lost at any time.

    One thread changes it; others may ask it meanwhile.
    """

    @property
    def params(self) -> FeatureParams:
        """The feature space of its vectors."""
        ...

    @property
    def generation(self) -> int:
        """The library generation that it holds."""
        ...

    def is_complete(self) -> bool:
        """Whether nothing is left to build behind the answers (a graph)."""
        ...

    def keep_up(self) -> None:
        """There is time: build what is missing behind the answers, until the next change."""
        ...

    def __len__(self) -> int:
        """Live items."""
        ...

    def update(
        self,
        ids: NDArray[np.int64],
        vectors: NDArray[np.float32],
        removed: Sequence[SampleId],
        generation: int,
    ) -> None:
        """Add or replace vectors (n, d) under ids (n,), drop `removed` (unknown ids are fine), note the generation.

        Raises `VectorIndexError`, with nothing changed, for ids or vectors that it cannot hold.
        """
        ...

    def rebuild(
        self,
        blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
        generation: int,
        params: FeatureParams,
    ) -> None:
        """Replace everything, features included."""
        ...

    def save(self, path: Path) -> int:
        """Write to a temporary file, flush it to disk, rename; the generation saved. Raises `VectorIndexError`."""
        ...


class IndexKeeper(Protocol):
    """Keeps the index equal to the library, one thread at a time."""

    def update(self) -> None:
        """Bring the index up to the library's newest generation."""
        ...

    def keep_up(self) -> None:
        """Nothing else is to do: let the index build what it lacks behind its answers."""
        ...

    def maybe_save(self, now: float, *, idle: bool) -> None:
        """Write the cache file where that is due; `now` on any clock that does not go back, in seconds."""
        ...
