"""Files of the kinds that producers have, made from given sounds: what `throughput.py --kinds` measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

SR = 44_100
_Signal = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file."""

    ending: str
    seconds: float
    count: int
    is_loop: bool = False


KINDS = {
    "16-bit stereo one-shots of 0.5 s": Kind("wav", 0.5, 2000),
    "24-bit stereo one-shots of 0.5 s": Kind("w24", 0.5, 1000),
    "loops of 2 s": Kind("wav", 2.0, 500, is_loop=True),
    "files of 10 s": Kind("wav", 10.0, 150, is_loop=True),
    "FLAC of 0.5 s": Kind("flac", 0.5, 1000),
    "MP3 of 0.5 s": Kind("mp3", 0.5, 1000),
    "Ogg of 0.5 s": Kind("ogg", 0.5, 1000),
}


def make_kind(folder: Path, kind: Kind, sources: Sequence[tuple[Path | None, _Signal, int]], seed: int = 1) -> None:
    """Write the files of one kind, each with a sound of its own, in stereo."""
    rng = np.random.default_rng(seed)
    clips = [y for _, y, sr in sources if sr == SR and 2_000 < y.size < 60_000]
    make = _loop if kind.is_loop else _one_shot
    for at in range(kind.count):
        y = make(clips, int(kind.seconds * SR), rng)
        both = np.clip(np.stack([y, 0.9 * np.roll(y, 7)], axis=1), -1, 1)
        _write(folder / f"{at:05}", both, kind.ending)


def _write(stem: Path, y: _Signal, ending: str) -> None:
    if ending in ("wav", "w24"):
        soundfile.write(f"{stem}.wav", y, SR, subtype="PCM_24" if ending == "w24" else "PCM_16")
    else:
        soundfile.write(f"{stem}.{ending}", y, SR)


def _one_shot(clips: Sequence[_Signal], size: int, rng: np.random.Generator) -> _Signal:
    y = np.zeros(size)
    clip = clips[int(rng.integers(len(clips)))][:size]
    y[: clip.size] = clip * rng.uniform(0.5, 0.9)
    return y


def _loop(clips: Sequence[_Signal], size: int, rng: np.random.Generator) -> _Signal:
    """Sounds on a beat over three sine tones: it has a tempo and a key to look for."""
    beat = int(60 / rng.uniform(90, 160) * SR / 2)
    y = np.zeros(size)
    for at in range(0, size, beat):
        part = _one_shot(clips, min(beat, size - at), rng)
        y[at : at + part.size] += part
    t, hz = np.arange(size) / SR, 110 * 2 ** (rng.integers(0, 24) / 12)
    y += 0.3 * sum((np.sin(2 * np.pi * hz * times * t) / times for times in (1, 1.26, 1.5)), np.zeros(size))
    y *= 0.9 / np.abs(y).max()
    return y


def report(
    sources: Sequence[tuple[Path | None, _Signal, int]],
    folder: Path,
    measure: Callable[[Path], tuple[float, float, int]],
) -> None:
    """A line a kind. `measure` tells processor seconds of decoding alone and of the analysis, and how many files."""
    print("| files | decode only, CPU ms a file | full analysis | times |")
    print("| --- | ---: | ---: | ---: |")
    for name, kind in KINDS.items():
        here = folder / name
        here.mkdir()
        make_kind(here, kind, sources)
        decode_s, full_s, count = measure(here)
        each = f"{decode_s / count * 1000:.2f} | {full_s / count * 1000:.2f} | {full_s / decode_s:.1f}"
        print(f"| {name} | {each} |", flush=True)
