"""Streams one behind the other in a file, each with its own head, read as one sound as far as they are alike."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Self

import numpy as np

from soundkin.analysis.decoders.sndfile import PatientSource
from soundkin.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from soundkin.analysis.containers.data import Data


class ChainedSource:
    """Sounds of one rate and number of channels; implements `Source`. Raises `DecodeError` where there is none."""

    def __init__(self, links: Sequence[Data]) -> None:
        self._links: list[Data] = []
        self._source = PatientSource(links[0])
        self.sr, self.channels, self.bit_depth = self._source.sr, self._source.channels, self._source.bit_depth
        self.goes_on = False
        """Whether a link of another rate or number of channels follows, or one that cannot be read."""
        lengths = []
        for link in links:
            frames = self._frames_of(link)
            if frames is None:
                self.goes_on = True
                break
            self._links.append(link)
            lengths.append(frames)
        self._ends = list(accumulate(lengths))
        self.frames = self._ends[-1]
        self._number = 0

    def read(self, count: int) -> NDArray[np.float32]:
        """The next up to `count` frames."""
        parts = [np.zeros((0, self.channels), np.float32)]
        got = 0
        while got < count:
            part = self._source.read(count - got)
            if not len(part):
                if self._number + 1 == len(self._links):
                    break
                self._open(self._number + 1)
                continue
            parts.append(part)
            got += len(part)
        return np.concatenate(parts)

    def seek(self, frame: int) -> None:
        """Go on reading at a frame, by decoding its link up to it."""
        number = next((number for number, end in enumerate(self._ends) if frame < end), len(self._ends) - 1)
        self._open(number)
        self._source.seek(frame - (self._ends[number - 1] if number else 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.__exit__(kind, error, trace)

    def _open(self, number: int) -> None:
        self._source.__exit__(None, None, None)
        self._number, self._source = number, PatientSource(self._links[number])

    def _frames_of(self, link: Data) -> int | None:
        """How many there are in a link; None where they are not like those of the first."""
        try:
            with PatientSource(link) as source:
                is_alike = (source.sr, source.channels) == (self.sr, self.channels)
                return source.frames if is_alike else None
        except DecodeError:
            return None
