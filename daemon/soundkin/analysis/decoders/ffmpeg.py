"""Sounds read by FFmpeg through PyAV, an extra: imported only for a file that libsndfile cannot read.

The container is named to FFmpeg, never guessed by it, and the bytes are handed over: it opens nothing by itself.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from soundkin.analysis.containers.data import Stream
from soundkin.disks.shortage import is_shortage
from soundkin.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from numpy.typing import NDArray

    from soundkin.analysis.containers.data import Data

_OPTIONS = {"protocol_whitelist": "none", "probesize": "5000000", "analyzeduration": "5000000"}
_RAW = {"aac", "ac3", "eac3", "amr", "dts"}
"""Streams without a head: how long they last is known only once all packets are counted."""
_LOSSLESS = {"alac", "wavpack", "ape", "tta", "tak", "flac", "shorten", "wmalossless"}
_MOST_CHANNELS = 64
_SCALES = {"u8": 2.0**-7, "s16": 2.0**-15, "s32": 2.0**-31, "s64": 2.0**-63}


class FfmpegSource:
    """A sound that FFmpeg reads; implements `Source`. Raises `DecodeError` where it cannot."""

    def __init__(self, data: Data, demuxer: str) -> None:
        self._data = data
        self._demuxer = demuxer
        self._start()
        first = next(self._blocks, None)
        if first is None:
            raise DecodeError("there is no sound in it")
        self._left = first
        self.channels = first.shape[1]
        self.frames = self._length()

    @property
    def sr(self) -> int:
        """Sample rate of what is decoded, Hz."""
        return self._sr

    @property
    def bit_depth(self) -> int | None:
        """Bits of a stored number, where the codec is lossless and FFmpeg tells."""
        context = self._stream.codec_context
        is_stored = context.name in _LOSSLESS or context.name.startswith("pcm_")
        return 16 if is_stored and context.format.name in {"s16", "s16p"} else None

    def read(self, count: int) -> NDArray[np.float32]:
        """The next up to `count` frames."""
        parts = [self._left[:count]]
        self._left = self._left[count:]
        got = len(parts[0])
        while got < count and (block := next(self._blocks, None)) is not None:
            parts.append(block[: count - got])
            self._left = block[count - got :]
            got += len(parts[-1])
        return np.concatenate(parts)

    def seek(self, frame: int) -> None:
        """Go on reading at a frame, by decoding up to it."""
        self._container.close()
        self._start()
        self._left = np.zeros((0, self.channels), np.float32)
        while frame > 0 and (block := next(self._blocks, None)) is not None:
            self._left = block[frame:]
            frame -= len(block)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def _start(self) -> None:
        self._container, self._stream = _open(self._data, self._demuxer)
        self._sr = 0
        self._blocks = self._decoded()

    def _decoded(self) -> Iterator[NDArray[np.float32]]:
        """Blocks of one rate and number of channels, as far as they decode; in MP4 up to where its edits end."""
        from av.error import FFmpegError

        channels, left = 0, sys.maxsize
        try:
            for frame in self._container.decode(self._stream):
                block = _samples(frame)
                if not self._sr:
                    self._sr, channels = frame.sample_rate, block.shape[1]
                    left = self._said_frames() or left if self._demuxer == "mov" else left
                is_same = (frame.sample_rate, block.shape[1]) == (self._sr, channels)
                if not is_same or channels > _MOST_CHANNELS or left <= 0:
                    return
                yield block[:left]
                left -= len(block)
        except (FFmpegError, ValueError) as error:
            _raise_lack_of_memory(error)
            if not self._sr:
                raise DecodeError(_reason(error)) from error

    def _said_frames(self) -> int:
        """How many frames the container says there are; 0 where it does not."""
        stream = self._stream
        if stream.duration is not None and stream.time_base is not None:
            return round(stream.duration * stream.time_base * self._sr)
        return round((self._container.duration or 0) * self._sr / 1_000_000)

    def _length(self) -> int:
        """How many frames there are; where that is not written down, every packet is looked at, decoding none."""
        said = 0 if self._demuxer in _RAW else self._said_frames()
        return said or round(_counted_s(self._data, self._demuxer) * self._sr)


def _open(data: Data, demuxer: str) -> tuple[Any, Any]:
    """The container, and its first stream of sound; all others are left out while it is read."""
    import av
    from av.error import FFmpegError
    from av.logging import set_level

    set_level(None)
    try:
        container = av.open(Stream(data), "r", format=demuxer, options=_OPTIONS)
    except (FFmpegError, ValueError) as error:
        _raise_lack_of_memory(error)
        raise DecodeError(_reason(error)) from error
    streams: Any = container.streams
    if not streams.audio:
        container.close()
        raise DecodeError("there is no sound in it")
    for other in streams:
        if other is not streams.audio[0] and hasattr(other, "discard"):  # PyAV 14 reads past them instead
            other.discard = type(other.discard).all
    return container, streams.audio[0]


def _counted_s(data: Data, demuxer: str) -> float:
    """Length of all packets together, seconds."""
    from av.error import FFmpegError

    container, stream = _open(data, demuxer)
    total = 0
    with container:
        try:
            for packet in container.demux(stream):
                total += packet.duration or 0
        except FFmpegError as error:  # a torn stream is as long as its packets up to there
            _raise_lack_of_memory(error)
    return float(total * (stream.time_base or 0))


def _samples(frame: Any) -> NDArray[np.float32]:
    """A decoded frame as numbers, shape (n, channels), full scale 1."""
    name = frame.format.name
    y = frame.to_ndarray()
    y = y.T if name.endswith("p") else y.reshape(frame.samples, -1)
    if name.startswith("u8"):
        y = y.astype(np.float32) - 128
    return np.ascontiguousarray(y, np.float32) * np.float32(_SCALES.get(name.rstrip("p"), 1.0))


def _raise_lack_of_memory(error: Exception) -> None:
    """FFmpeg tells it as an error of the file."""
    if is_shortage(error):
        raise MemoryError from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
