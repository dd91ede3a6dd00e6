"""One module an aspect: each turns sounds into a few numbers each that are compared as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin.analysis.features import envelope, frames, motion, pitch, rhythm, shape, spectrum, timbre

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Description",
    "Descriptions",
    "describe",
    "envelope",
    "frames",
    "motion",
    "pitch",
    "rhythm",
    "shape",
    "spectrum",
    "timbre",
]


@dataclass(frozen=True, slots=True)
class Description:
    """What facts need to know of what was measured of one sound."""

    pitch_hz: float
    """0 where there is none."""
    pitch_confidence: float
    """0..1"""
    onsets: int


@dataclass(frozen=True, slots=True, eq=False)
class Descriptions:
    """Everything that was measured of n sounds of one sample rate, before it is standardised."""

    raw: dict[str, NDArray[np.float32]]
    """Unstandardised numbers by aspect, (n, size)."""
    pitches: pitch.Pitches
    onsets: NDArray[np.int64]
    """(n,)"""

    def of(self, row: int) -> Description:
        """What was found of one of the sounds."""
        found = self.pitches
        return Description(float(found.hz[row]), float(found.confidence[row]), int(self.onsets[row]))


def describe(sounds: Sequence[shape.Shape]) -> Descriptions:
    """Measure all aspects of sounds of one sample rate."""
    forms = shape.Shapes(sounds)
    spectra = frames.frames_of(forms)
    found = pitch.pitches_of(forms)
    onsets = rhythm.onset_counts(forms)
    raw = {
        "timbre": timbre.measure(spectra),
        "motion": motion.measure(spectra),
        "spectrum": spectrum.measure(forms),
        "envelope": envelope.measure(forms),
        "pitch": pitch.measure(found),
        "rhythm": rhythm.measure(forms, onsets),
    }
    return Descriptions(raw, found, onsets)
