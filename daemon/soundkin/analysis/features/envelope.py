"""Envelope: how the level rises, holds and falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shape

_AFTER_S = (0.025, 0.05, 0.1, 0.2)
_FLOOR_DB = -60.0


def envelope(shape: Shape) -> NDArray[np.float32]:
    """Shape (7,).

    log10 attack time (s, from onset to the loudest block), log10 effective duration (s, above 40 % of the peak
    level), log10 temporal centroid (s), and the level 25, 50, 100 and 200 ms after the peak (dB below it,
    cut at -60). Attack, duration and centroid after Peeters (2004), section 3.
    """
    level, step = shape.level, shape.block_s
    top = int(level.argmax())
    peak = float(level[top]) + 1e-12
    amplitude = np.sqrt(level)
    total = float(amplitude.sum()) + 1e-12
    centre = float(amplitude @ np.arange(level.size)) / total
    contour = [
        10 * np.log10(max(float(level[at]) / peak if (at := top + round(after / step)) < level.size else 0.0, 1e-6))
        for after in _AFTER_S
    ]
    effective = int((level > 0.16 * peak).sum())
    return np.array(
        [
            np.log10((top + 1) * step),
            np.log10((effective + 1) * step),
            np.log10((centre + 1) * step),
            *contour,
        ],
        np.float32,
    )
