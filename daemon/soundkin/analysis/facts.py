"""What a person wants to know of a sample besides how it sounds. Unsure is None, never a guess."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from soundkin.analysis.decode import SILENCE
from soundkin.model import Facts

if TYPE_CHECKING:
    from soundkin.analysis.decode import Sound
    from soundkin.analysis.features import Description

_SURE = 0.85


def facts_of(sound: Sound, description: Description) -> Facts:
    """Facts from the header, and the samples."""
    silent = sound.peak < SILENCE
    pitched = description.pitch.confidence >= _SURE
    mean_square = float(sound.y.astype("f8") @ sound.y) / sound.y.size * sound.gain / sound.channels
    return Facts(
        duration_s=sound.duration_s,
        sample_rate=sound.sr,
        channels=sound.channels,
        bit_depth=sound.bit_depth,
        loudness_db=None if silent or mean_square <= 0 else 10 * math.log10(mean_square),
        peak_db=None if silent else 20 * math.log10(sound.peak),
        root_hz=description.pitch.hz if pitched else None,
        root_confidence=description.pitch.confidence if pitched else None,
    )
