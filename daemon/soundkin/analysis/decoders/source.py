"""What every decoder offers: frames one block after the other, of a sound whose rate and channels are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Source(Protocol):
    """An open sound."""

    @property
    def sr(self) -> int:
        """Sample rate, Hz."""
        ...

    @property
    def channels(self) -> int:
        """How many there are."""
        ...

    @property
    def frames(self) -> int:
        """How many there are, as far as is known: there may be fewer."""
        ...

    @property
    def bit_depth(self) -> int | None:
        """Bits of a stored number, where the codec has such a thing."""
        ...

    def read(self, count: int) -> NDArray[np.float32]:
        """The next up to `count` frames, shape (n, channels); none at the end. Raises `DecodeError`."""
        ...

    def seek(self, frame: int) -> None:
        """Go on reading at a frame. Raises `DecodeError`."""
        ...
