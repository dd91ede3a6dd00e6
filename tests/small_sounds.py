"""Short real WAV files for tests."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path


def sine(path: Path, hz: float, frames: int = 3000, volume: float = 12_000) -> Path:
    """A decaying sine of 16 bits at 44,100 Hz; the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 44_100, 0, "NONE", ""))
        decay = (volume * math.exp(-9 * n / 44_100) * math.sin(2 * math.pi * hz * n / 44_100) for n in range(frames))
        file.writeframes(b"".join(struct.pack("<h", int(each)) for each in decay))
    return path
