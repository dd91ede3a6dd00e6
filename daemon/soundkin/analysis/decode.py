"""From a file to mono samples and the plain facts of its header. The only module that touches soundfile.

Reads at most `ANALYSED_S` seconds after leading silence, block by block, so that memory does not grow with the file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from soundkin.errors import DecodeError, TooShortError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ANALYSED_S = 10.0
"""Seconds of a file that are analysed."""
SILENCE_SKIP_S = 120.0
"""Leading digital silence is skipped for at most so long."""
SILENCE = 1e-6
"""Peaks below -120 dB full scale count as silence."""
_LOUDEST = 1e6
"""Float files may hold any number; this keeps sums of squares finite."""
_BLOCK = 1 << 19
"""Numbers (frames x channels) decoded at a time: 2 MiB of float32."""
_RATES = (1_000, 1_000_000)
_BIT_DEPTHS = {
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


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """What was read of one file."""

    y: NDArray[np.float32]
    """Mono, shape (n,), finite, as loud as in the file."""
    sr: int
    channels: int
    bit_depth: int | None
    duration_s: float
    """Of the whole file, or of the part that was asked for."""
    start_s: float
    """Where in the file `y` begins."""
    peak: float
    """Largest magnitude of any channel in what was read."""
    gain: float
    """Energy of all channels together over the energy of `y`: what mixing down lost."""


@dataclass(slots=True)
class _Mix:
    """Sums over the blocks read so far."""

    blocks: list[NDArray[np.float32]]
    energy: NDArray[np.float64]
    peak: float = 0.0


def decode(fd: int, path: str, start_s: float | None = None, end_s: float | None = None) -> Sound:
    """Read an open file, or the part [start_s, end_s) of it.

    The content decides what it is, not the name: `path` is used on Windows only, where libsndfile cannot share
    a descriptor. Raises `DecodeError` or `TooShortError`.
    """
    try:
        with _open(fd, path) as file:
            return _read(file, start_s, end_s)
    except (soundfile.SoundFileError, ValueError, TypeError) as error:
        raise DecodeError(_reason(error)) from error


def _open(fd: int, path: str) -> soundfile.SoundFile:
    if os.name == "nt":
        return soundfile.SoundFile(path)
    os.lseek(fd, 0, os.SEEK_SET)
    return soundfile.SoundFile(fd, closefd=False)


def _reason(error: Exception) -> str:
    """The library's own words without the descriptor number that stands for the name."""
    text = getattr(error, "error_string", None) or str(error)
    return f"not audio that can be read: {text}"


def _read(file: soundfile.SoundFile, start_s: float | None, end_s: float | None) -> Sound:
    sr, channels = file.samplerate, file.channels
    if not _RATES[0] <= sr <= _RATES[1]:
        raise DecodeError(f"sample rate {sr} Hz, expected {_RATES[0]} to {_RATES[1]} Hz")
    first = min(max(0, round((start_s or 0.0) * sr)), file.frames)
    last = file.frames if end_s is None else min(file.frames, round(end_s * sr))
    if last <= first:
        raise TooShortError("no audio frames" if file.frames == 0 else "no audio frames in the part asked for")
    if first:
        file.seek(first)
    mix, skipped = _mix_down(file, last - first)
    if not mix.blocks:
        raise TooShortError("the header promises audio, the file holds none")
    y = mix.blocks[0] if len(mix.blocks) == 1 else np.concatenate(mix.blocks)
    energy = float(np.dot(y, y))
    if channels > 1 and energy < 0.02 * mix.energy.max():
        # channels of opposite sign cancel each other out: listen to the loudest instead
        file.seek(first + skipped)
        y = _one_channel(file, y.size, int(mix.energy.argmax()))
        energy = float(np.dot(y, y))
    frames = last - first
    if file.frames > _RATES[1] * 1_000_000:  # streamed headers say "unknown" with a huge number
        frames = skipped + y.size
    return Sound(
        y=y,
        sr=sr,
        channels=channels,
        bit_depth=_BIT_DEPTHS.get(file.subtype),
        duration_s=frames / sr,
        start_s=(first + skipped) / sr,
        peak=mix.peak,
        gain=float(mix.energy.sum()) / energy if energy > 0 and channels > 1 else 1.0,
    )


def _mix_down(file: soundfile.SoundFile, frames: int) -> tuple[_Mix, int]:
    """The mean of the channels of up to `ANALYSED_S` seconds, and how many silent frames came before."""
    sr, channels = file.samplerate, file.channels
    wanted, skippable = round(ANALYSED_S * sr), round(SILENCE_SKIP_S * sr)
    block = max(256, _BLOCK // channels)
    mix = _Mix([], np.zeros(channels))
    got = skipped = 0
    while got < wanted and skipped + got < frames:
        count = min(block, wanted - got, frames - skipped - got)
        part = file.read(count, dtype="float32", always_2d=True)
        if not part.shape[0]:
            break
        peak = max(float(part.max()), -float(part.min()))
        if not np.isfinite(peak):
            part = np.nan_to_num(part, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
            peak = float(np.abs(part).max())
        if peak > _LOUDEST:
            part = np.clip(part, -_LOUDEST, _LOUDEST, out=part)
            peak = _LOUDEST
        if mix.peak < SILENCE and peak < SILENCE and skipped + got + part.shape[0] < min(frames, skippable):
            skipped += got + part.shape[0]
            mix.blocks, got = [], 0
            continue
        mix.peak = max(mix.peak, peak)
        if channels == 1:
            mix.blocks.append(part[:, 0])
        else:
            # a product with a vector and dot products run several times as fast as mean and einsum here
            mix.energy += [np.dot(part[:, at], part[:, at]) for at in range(channels)]
            mix.blocks.append(part @ np.full(channels, 1 / channels, np.float32))
        got += part.shape[0]
    return mix, skipped


def _one_channel(file: soundfile.SoundFile, frames: int, channel: int) -> NDArray[np.float32]:
    block = max(256, _BLOCK // file.channels)
    y = np.zeros(frames, np.float32)
    for at in range(0, frames, block):
        part = file.read(min(block, frames - at), dtype="float32", always_2d=True)[:, channel]
        part = np.nan_to_num(part, nan=0.0, posinf=0.0, neginf=0.0)
        y[at : at + part.size] = np.clip(part, -_LOUDEST, _LOUDEST)
    return y
