"""Loops of drums made from the single hits of a kit: the category "beat" has few labelled files of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SR = 44_100
STEPS = 16
NEEDED = ("kick", "snare", "hat-closed")
Signal = NDArray[np.float32]


def beat(kit: Mapping[str, Sequence[tuple[Signal, int]]], rng: np.random.Generator) -> tuple[Signal, int]:
    """One or two bars of sixteenths at 80 to 175 beats a minute; a kit by category, with all that is `NEEDED`."""
    step = int(SR * 15 / rng.uniform(80, 175))
    bars = int(rng.integers(1, 3))
    y = np.zeros(step * STEPS * bars, np.float32)
    for category, chances in _chances(rng).items():
        if category in kit:
            hit, sr = kit[category][int(rng.integers(len(kit[category])))]
            hit = np.interp(np.arange(0, hit.size, sr / SR), np.arange(hit.size), hit).astype(np.float32)
            hit = hit / (np.abs(hit).max() + np.float32(1e-9)) * np.float32(10 ** (rng.uniform(-14, 0) / 20))
            pattern = rng.random(STEPS) < chances
            for place in np.flatnonzero(np.tile(pattern, bars)):
                part = hit[: y.size - place * step]
                y[place * step : place * step + part.size] += part * np.float32(rng.uniform(0.6, 1))
    return y, SR


def _chances(rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """How likely each step of a bar is struck, by category."""
    at = np.arange(STEPS)
    kick = np.where(at % (4 if rng.random() < 0.5 else 8) == 0, 0.95, 0.12)
    snare = np.where(at % 8 == 4, 0.95, 0.04)
    every = int(rng.choice([1, 2, 4]))
    hats = np.where(at % every == 0, 0.9, 0.05)
    chosen = {"kick": kick, "snare": snare, "hat-closed": hats}
    if rng.random() < 0.5:
        chosen["hat-open"] = np.where(at % 4 == 2, 0.4, 0.0)
    if rng.random() < 0.4:
        extra = str(rng.choice(["tom", "conga", "clap", "shaker", "ride", "rim"]))
        chosen[extra] = np.full(STEPS, 0.25)
    if rng.random() < 0.25:
        del chosen[str(rng.choice(NEEDED))]
    return chosen
