"""Synthesises a small, seeded library of drum and tone one-shots, so that Soundkin can be tried without samples."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 44_100
FAMILIES = ("kick", "snare", "hat", "tom", "clap", "bass", "bell", "pad")


def write_library(folder: Path, each: int = 8, seed: int = 7) -> list[Path]:
    """Write `each` variations of every family as FAMILY/FAMILY-N.wav, 16 bit; the files in order."""
    import numpy as np

    rng = np.random.default_rng(seed)
    files: list[Path] = []
    for family in FAMILIES:
        (folder / family).mkdir(parents=True, exist_ok=True)
        for number in range(1, each + 1):
            path = folder / family / f"{family}-{number}.wav"
            write_wav(path, sound(family, rng))
            files.append(path)
    return files


def write_wav(path: Path, y: NDArray[np.float64], sr: int = SAMPLE_RATE) -> None:
    """Write mono samples (n,) in -1..1 as 16-bit PCM."""
    import numpy as np

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sr)
        file.writeframes((np.clip(y, -1, 1) * 32767).astype("<i2").tobytes())


def sound(family: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """One variation of a family: samples (n,) in -1..1 at 44,100 Hz. Raises KeyError for an unknown family."""
    makers: dict[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
        "kick": _kick,
        "snare": _snare,
        "hat": _hat,
        "tom": _tom,
        "clap": _clap,
        "bass": _bass,
        "bell": _bell,
        "pad": _pad,
    }
    import numpy as np

    y = makers[family](rng)
    return 0.8 * y / max(1e-9, float(np.abs(y).max()))


def _time(seconds: float) -> NDArray[np.float64]:
    import numpy as np

    return np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _sweep(rng: np.random.Generator, high: float, low: float, decay_s: float) -> NDArray[np.float64]:
    import numpy as np

    t = _time(decay_s * 5)
    f = low + (high - low) * np.exp(-t / (0.02 * rng.uniform(0.7, 1.4)))
    return np.sin(2 * np.pi * np.cumsum(f) / SAMPLE_RATE) * np.exp(-t / decay_s)


def _noise(rng: np.random.Generator, seconds: float, decay_s: float, bright: float) -> NDArray[np.float64]:
    """Noise with a spectral tilt: `bright` 0 is dark, 1 keeps only the highs."""
    import numpy as np

    t = _time(seconds)
    spectrum = np.fft.rfft(rng.standard_normal(t.size))
    f = np.fft.rfftfreq(t.size, 1 / SAMPLE_RATE) / (SAMPLE_RATE / 2)
    shape = f ** (4 * bright) if bright > 0 else 1 / (1 + (f * 8) ** 2)
    return np.fft.irfft(spectrum * shape, t.size) * np.exp(-t / decay_s)


def _kick(rng: np.random.Generator) -> NDArray[np.float64]:
    return _sweep(rng, rng.uniform(150, 250), rng.uniform(42, 60), rng.uniform(0.07, 0.13))


def _tom(rng: np.random.Generator) -> NDArray[np.float64]:
    return _sweep(rng, rng.uniform(200, 280), rng.uniform(95, 150), rng.uniform(0.12, 0.2))


def _snare(rng: np.random.Generator) -> NDArray[np.float64]:
    noise = _noise(rng, 0.4, rng.uniform(0.05, 0.09), 0.15)
    tone = _sweep(rng, 260, rng.uniform(170, 210), 0.05)
    noise[: tone.size] += 1.5 * abs(noise).max() * tone[: noise.size]
    return noise


def _hat(rng: np.random.Generator) -> NDArray[np.float64]:
    return _noise(rng, 0.2, rng.uniform(0.015, 0.04), rng.uniform(0.6, 0.9))


def _clap(rng: np.random.Generator) -> NDArray[np.float64]:
    y = _noise(rng, 0.35, rng.uniform(0.05, 0.08), 0.3)
    for start_s in (0.011, 0.022):
        start = int(start_s * SAMPLE_RATE)
        y[start:] += _noise(rng, 0.35, 0.01, 0.3)[: y.size - start]
    return y


def _bass(rng: np.random.Generator) -> NDArray[np.float64]:
    import numpy as np

    t = _time(0.8)
    f0 = 55 * 2 ** (rng.integers(-5, 7) / 12)
    y = sum(np.sin(2 * np.pi * f0 * n * t) / n for n in range(1, 12))
    return np.asarray(y) * np.minimum(1, t / 0.01) * np.exp(-t / rng.uniform(0.3, 0.5))


def _bell(rng: np.random.Generator) -> NDArray[np.float64]:
    import numpy as np

    t = _time(1.2)
    f0 = rng.uniform(500, 900)
    y = sum(np.sin(2 * np.pi * f0 * n * t) * np.exp(-t * n / 0.6) / n for n in (1, 2.76, 5.4, 8.93))
    return np.asarray(y)


def _pad(rng: np.random.Generator) -> NDArray[np.float64]:
    import numpy as np

    t = _time(1.6)
    f0 = 220 * 2 ** (rng.integers(-5, 7) / 12)
    y = sum(np.sin(2 * np.pi * f0 * ratio * t + rng.uniform(0, 6)) for ratio in (1, 1.26, 1.5, 2.003))
    return np.asarray(y) * np.minimum(1, t / 0.4) * np.minimum(1, (1.6 - t) / 0.4)
