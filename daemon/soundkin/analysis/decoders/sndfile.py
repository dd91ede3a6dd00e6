"""Sounds read by libsndfile. With `ffmpeg` and `audition`, all that touches soundfile or av."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np
import soundfile

from soundkin.analysis.containers.data import Stream
from soundkin.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from numpy.typing import NDArray

    from soundkin.analysis.containers.data import Data

BIT_DEPTHS = {
    "PCM_S8": 8,
    "PCM_U8": 8,
    "PCM_16": 16,
    "PCM_24": 24,
    "PCM_32": 32,
    "FLOAT": 32,
    "DOUBLE": 64,
    "ALAC_16": 16,
    "ALAC_20": 20,
    "ALAC_24": 24,
    "ALAC_32": 32,
}
_SKIPPED = 1 << 16
_SYSTEM = 2
"""libsndfile's number for an error of the disk, SF_ERR_SYSTEM: it says nothing of the file."""
_ERRORS = (soundfile.SoundFileError, ValueError, TypeError)
_T = TypeVar("_T")


class SndfileSource:
    """A sound that libsndfile reads; implements `Source`. Raises `DecodeError` where it cannot."""

    def __init__(self, file: int | str | Stream) -> None:
        """`file`: a descriptor at its beginning, a path, or a file object; it is not closed."""
        self._file = _opened(_NotAskingBack, file)

    @property
    def sr(self) -> int:
        """Sample rate, Hz."""
        return int(self._file.samplerate)

    @property
    def channels(self) -> int:
        """How many there are."""
        return int(self._file.channels)

    @property
    def frames(self) -> int:
        """As many as libsndfile believes there are."""
        return int(self._file.frames)

    @property
    def bit_depth(self) -> int | None:
        """Bits of a stored number."""
        return BIT_DEPTHS.get(self._file.subtype)

    @property
    def log(self) -> str:
        """What libsndfile noticed when it read the header."""
        return str(self._file.extra_info)

    def read(self, count: int) -> NDArray[np.float32]:
        """The next up to `count` frames."""
        return _guarded(lambda: self._file.read(count, dtype="float32", always_2d=True))

    def seek(self, frame: int) -> None:
        """Go on reading at a frame."""
        _guarded(lambda: self._file.seek(frame))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


class PatientSource(SndfileSource):
    """The same, never seeking; where decoding fails in the middle, what came before is all there is.

    Some codecs cannot say where they are, and in others a seek is only near.
    """

    def __init__(self, data: Data, step: int = _SKIPPED) -> None:
        """`step`: frames decoded at a time, and lost before the place where decoding fails."""
        self._step = step
        self._data = data
        self._at = 0
        self._is_broken = False
        self._file = _opened(_NotAskingBack, Stream(data))

    def read(self, count: int) -> NDArray[np.float32]:
        """The next up to `count` frames."""
        parts = [np.zeros((0, self.channels), np.float32)]
        got = 0
        while got < count and not self._is_broken:
            try:
                part = self._file.read(min(self._step, count - got), dtype="float32", always_2d=True)
            except _ERRORS as error:
                _raise_lack_of_memory(error)
                if not self._at + got:
                    raise DecodeError(_reason(error)) from error
                part = parts[0]
            self._is_broken = not len(part)
            parts.append(part)
            got += len(part)
        self._at += got
        return np.concatenate(parts)

    def seek(self, frame: int) -> None:
        """Go on reading at a frame, by reading up to it."""
        if frame < self._at:
            self._file.close()
            self._file = _opened(_NotAskingBack, Stream(self._data))
            self._at, self._is_broken = 0, False
        while self._at < frame and len(self.read(min(_SKIPPED, frame - self._at))):
            pass


class _NotAskingBack(soundfile.SoundFile):
    def seekable(self) -> bool:
        """Not for soundfile, which else asks for its place before each read and goes there after it."""
        return False


def _opened(kind: type[soundfile.SoundFile], file: int | str | Stream) -> soundfile.SoundFile:
    return _guarded(lambda: kind(file, closefd=False))


def _guarded(call: Callable[[], _T]) -> _T:
    try:
        return call()
    except _ERRORS as error:
        _raise_lack_of_memory(error)
        if getattr(error, "code", None) == _SYSTEM:
            raise OSError(errno.EIO, _reason(error)) from error
        raise DecodeError(_reason(error)) from error


def _raise_lack_of_memory(error: Exception) -> None:
    """libsndfile tells it as an error of the file."""
    if "malloc" in _reason(error):
        raise MemoryError from error


def _reason(error: Exception) -> str:
    """The library's own words without the descriptor number that stands for the name."""
    return (getattr(error, "error_string", None) or str(error)).strip(". ")
