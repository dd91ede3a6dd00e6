"""One module an aspect: each turns a sound into a few numbers that are compared as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin.analysis.features import envelope, frames, motion, pitch, rhythm, shape, spectrum, timbre

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from soundkin.analysis.decode import Sound

__all__ = ["Description", "describe", "envelope", "frames", "motion", "pitch", "rhythm", "shape", "spectrum", "timbre"]


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """Everything that was measured of a sound, before it is standardised."""

    raw: dict[str, NDArray[np.float32]]
    """Unstandardised numbers by aspect."""
    shape: shape.Shape
    pitch: pitch.Pitch
    onsets: int


def describe(sound: Sound) -> Description:
    """Measure all aspects of a sound."""
    form = shape.shape_of(sound.y, sound.sr)
    spectra = frames.frames_of(form)
    found = pitch.pitch_of(form)
    onsets = rhythm.onset_count(form)
    raw = {
        "timbre": timbre.measure(spectra),
        "motion": motion.measure(spectra),
        "spectrum": spectrum.measure(form),
        "envelope": envelope.measure(form),
        "pitch": pitch.measure(found),
        "rhythm": rhythm.measure(form, onsets),
    }
    return Description(raw, form, found, onsets)
