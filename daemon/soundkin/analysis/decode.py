"""From a file to mono samples and the plain facts of its header.

Reads at most `ANALYSED_S` seconds after leading silence, block by block, so that memory does not grow with the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.opening import open_sound
from soundkin.analysis.pcm import read_pcm
from soundkin.errors import DecodeError, TooShortError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from soundkin.analysis.containers import FileData, Form
    from soundkin.analysis.decoders.source import Source
    from soundkin.analysis.pcm import Pcm

ANALYSED_S = 10.0
"""Seconds of a file that are analysed."""
SILENCE_SKIP_S = 120.0
"""Longest leading digital silence that is skipped, in seconds."""
SILENCE = 1e-6
"""Peaks below -120 dB full scale count as silence."""
_LOUDEST = 1e6
"""Float files may hold any number; this keeps sums of squares finite."""
_CANCELLED = 0.02
"""Share of the loudest channel's energy below which channels are taken to cancel each other out."""
_BLOCK = 1 << 19
"""Numbers (frames x channels) decoded at a time: 2 MiB of float32."""
_RATES = (1_000, 1_000_000)
_UNKNOWN = _RATES[1] * 1_000_000
"""Headers that were written before the sound say "unknown" with a number of frames like this."""
_ENDS_EARLY = 2304
"""Frames that a lossy decoder may fall short of without anybody calling the file cut off."""


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
    cut_off: str | None = None
    """What is missing, in a sentence, where the file ends before its header says."""


@dataclass(slots=True)
class _Mix:
    """Sums over the blocks read so far."""

    blocks: list[NDArray[np.float32]]
    energy: float = 0.0
    """Of all channels together."""
    peak: float = 0.0


def decode(
    fd: int, path: str, start_s: float | None = None, end_s: float | None = None, data: FileData | None = None
) -> Sound:
    """Read an open file, or the part [start_s, end_s) of it; `data` where its bytes have been read already.

    The content decides what it is, not the name: `path` is used on Windows only, where libsndfile cannot share
    a descriptor. Raises `DecodeError` or `TooShortError`.
    """
    if data is not None and start_s is None and end_s is None:
        pcm = read_pcm(data)
        sound = _heard(pcm) if pcm else None
        if sound is not None:
            return sound
    return open_sound(fd, path, lambda source, form: _read(source, form, start_s, end_s), data)


def _heard(pcm: Pcm) -> Sound | None:
    """The mean of the channels of plain samples; None where more than one look at them is needed."""
    channels, sr, full_scale = pcm.channels, pcm.sr, pcm.full_scale
    numbers = pcm.numbers[: round(ANALYSED_S * sr) * channels]
    if not _RATES[0] <= sr <= _RATES[1] or (numbers.size > _BLOCK and _peak(numbers[:_BLOCK]) < SILENCE * full_scale):
        return None
    peak = _peak(numbers) / full_scale
    if not SILENCE <= peak <= _LOUDEST:  # nor a number at all
        return None
    y, gain = numbers.astype(np.float32), 1.0
    if channels == 2:
        total = float(np.dot(y, y))
        y = y[::2] + y[1::2]
        energy = float(np.dot(y, y)) / 4
        if energy < _CANCELLED * total:
            return None
        gain = total / energy if energy > 0 else 1.0
    y *= np.float32(1 / (channels * full_scale))
    return Sound(y, sr, channels, pcm.bit_depth, pcm.numbers.size / channels / sr, 0.0, peak, gain)


def _peak(numbers: NDArray[np.number]) -> float:
    """The largest magnitude; not a number where one is none."""
    return max(float(np.maximum.reduce(numbers, axis=None)), -float(np.minimum.reduce(numbers, axis=None)))


def _read(source: Source, form: Form, start_s: float | None, end_s: float | None) -> Sound:
    sr, channels = source.sr, source.channels
    if not _RATES[0] <= sr <= _RATES[1]:
        raise DecodeError(f"sample rate {sr} Hz, expected {_RATES[0]} to {_RATES[1]} Hz")
    total = source.frames if form.frames is None else form.frames
    first = min(max(0, round((start_s or 0.0) * sr)), total)
    last = total if end_s is None else min(total, round(end_s * sr))
    if last <= first:
        raise TooShortError("no audio frames" if total == 0 else "no audio frames in the part asked for")
    if first:
        source.seek(first)
    mix, skipped = _mix_down(source, last - first)
    if not mix.blocks:
        raise TooShortError("the header promises audio, the file holds none")
    y = mix.blocks[0] if len(mix.blocks) == 1 else np.concatenate(mix.blocks)
    energy = float(np.dot(y, y))
    if channels > 1 and energy < _CANCELLED * mix.energy:
        # channels of opposite sign may cancel each other out: listen to the loudest instead
        energies = _energies(source, first + skipped, y.size)
        if energy < _CANCELLED * energies.max():
            y = _one_channel(source, first + skipped, y.size, int(energies.argmax()))
            energy = float(np.dot(y, y))
    missing = last - first - skipped - y.size if y.size < round(ANALYSED_S * sr) or total > _UNKNOWN else 0
    frames = last - first - missing
    return Sound(
        y=y,
        sr=sr,
        channels=channels,
        bit_depth=source.bit_depth,
        duration_s=frames / sr,
        start_s=(first + skipped) / sr,
        peak=mix.peak,
        gain=mix.energy / energy if energy > 0 and channels > 1 else 1.0,
        cut_off=_cut_off(form, frames, missing if total <= _UNKNOWN else 0, sr),
    )


def _cut_off(form: Form, frames: int, missing: int, sr: int) -> str | None:
    """A sentence where the sound ends too early, or goes on unheard, as the form knows or as decoding showed."""
    if form.goes_on:
        return f"{frames / sr:.2f} s can be heard: what follows has another sample rate or number of channels"
    if not form.is_cut and missing <= _ENDS_EARLY:
        return None
    promised = max(form.promised or 0, frames + missing)
    of = f" of {promised / sr:.2f} s" if promised > frames else ""
    return f"the file is cut off or damaged: {frames / sr:.2f} s{of} can be heard"


def _mix_down(source: Source, frames: int) -> tuple[_Mix, int]:
    """The mean of the channels of up to `ANALYSED_S` seconds, and how many silent frames came before."""
    sr, channels = source.sr, source.channels
    wanted, skippable = round(ANALYSED_S * sr), round(SILENCE_SKIP_S * sr)
    block = max(256, _BLOCK // channels)
    mix = _Mix([])
    got = skipped = 0
    while got < wanted and skipped + got < frames:
        count = min(block, wanted - got, frames - skipped - got)
        part = source.read(count)
        if not part.shape[0]:
            break
        peak = _peak(part)
        if not np.isfinite(peak):
            part = np.nan_to_num(part, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
            peak = _peak(part)
        if peak > _LOUDEST:
            part = np.clip(part, -_LOUDEST, _LOUDEST, out=part)
            peak = _LOUDEST
        if mix.peak < SILENCE and peak < SILENCE and skipped + got + part.shape[0] < min(frames, skippable):
            skipped += got + part.shape[0]
            mix.blocks, got = [], 0
            continue
        mix.peak = max(mix.peak, peak)
        if channels > 1:
            mix.energy += float(np.vdot(part, part))
        mix.blocks.append(_mean(part))
        got += part.shape[0]
    return mix, skipped


def _mean(part: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of the channels, (n,), in the way that is quickest for their number."""
    channels = part.shape[1]
    if channels == 1:
        return part[:, 0]
    if channels > 2:
        return part @ np.full(channels, 1 / channels, np.float32)
    y = part[:, 0] + part[:, 1]
    y *= np.float32(0.5)
    return y


def _energies(source: Source, first: int, frames: int) -> NDArray[np.float64]:
    """Energy of each channel, (channels,)."""
    found = np.zeros(source.channels)
    for _, part in _again(source, first, frames):
        found += [np.dot(part[:, at], part[:, at]) for at in range(source.channels)]
    return found


def _one_channel(source: Source, first: int, frames: int, channel: int) -> NDArray[np.float32]:
    y = np.zeros(frames, np.float32)
    for at, part in _again(source, first, frames):
        y[at : at + len(part)] = part[:, channel]
    return y


def _again(source: Source, first: int, frames: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Numbers that can be reckoned with, block by block, and how many frames after `first` each begins."""
    source.seek(first)
    block = max(256, _BLOCK // source.channels)
    for at in range(0, frames, block):
        part = np.nan_to_num(source.read(min(block, frames - at)), nan=0.0, posinf=0.0, neginf=0.0)
        yield at, np.clip(part, -_LOUDEST, _LOUDEST)
