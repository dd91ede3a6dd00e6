"""One module an aspect: each turns a sound into a few numbers that are compared as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin.analysis.features.envelope import envelope
from soundkin.analysis.features.frames import Frames, frames_of
from soundkin.analysis.features.motion import motion, patch_of
from soundkin.analysis.features.pitch import Pitch, pitch, pitch_of
from soundkin.analysis.features.rhythm import rhythm
from soundkin.analysis.features.shape import Shape, shape_of
from soundkin.analysis.features.spectrum import spectrum
from soundkin.analysis.features.timbre import decibels, timbre

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from soundkin.analysis.decode import Sound

__all__ = ["Description", "describe"]


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """Everything that was measured of a sound, before it is standardised."""

    raw: dict[str, NDArray[np.float32]]
    """Unstandardised numbers by aspect."""
    shape: Shape
    frames: Frames
    pitch: Pitch


def describe(sound: Sound) -> Description:
    """Measure all aspects of a sound."""
    shape = shape_of(sound.y, sound.sr)
    frames = frames_of(shape.y, shape.sr, shape.onset, shape.end)
    mel_db = decibels(frames.mel)
    found = pitch_of(shape)
    raw = {
        "timbre": timbre(frames, mel_db),
        "motion": motion(patch_of(frames.times, mel_db)),
        "spectrum": spectrum(frames),
        "envelope": envelope(shape),
        "pitch": pitch(found),
        "rhythm": rhythm(shape),
    }
    return Description(raw, shape, frames, found)
