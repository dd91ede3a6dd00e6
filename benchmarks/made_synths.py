"""Synthesiser sounds made by chance: basses, leads, pads, plucks, electric keys, effects; labelled files are few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SR = 44_100
Signal = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """Limits of what is drawn for the sounds of a category."""

    notes: tuple[int, int]
    """MIDI notes."""
    seconds: tuple[float, float]
    attack_s: tuple[float, float]
    decay_s: tuple[float, float]
    sustain: tuple[float, float]
    """Share of the level that stays while a key is held."""
    cutoff_octaves: tuple[float, float]
    """Where the low-pass filter ends up, octaves above the note."""
    sweep_octaves: tuple[float, float]
    """How much higher it begins."""
    voices: tuple[int, int]
    chord: float
    """How often three notes sound."""


SPANS = {
    "bass": Span((24, 48), (0.2, 2.5), (0.002, 0.02), (0.1, 1.2), (0.0, 0.9), (0.5, 5), (0, 4), (1, 3), 0.0),
    "lead": Span((55, 88), (0.3, 3.0), (0.003, 0.06), (0.1, 1.0), (0.4, 1.0), (1.5, 6), (0, 2), (1, 6), 0.05),
    "pad": Span((40, 74), (1.5, 6.0), (0.15, 1.5), (0.5, 3.0), (0.6, 1.0), (0.5, 4), (-1, 1), (3, 7), 0.7),
    "pluck": Span((45, 84), (0.2, 2.0), (0.001, 0.005), (0.05, 0.6), (0.0, 0.05), (0.5, 3), (1, 5), (1, 3), 0.25),
    "keys": Span((40, 80), (0.4, 3.0), (0.002, 0.01), (0.4, 2.5), (0.0, 0.7), (1.5, 4), (0, 1.5), (1, 2), 0.4),
}


def synth(category: str, rng: np.random.Generator) -> tuple[NDArray[np.float32], int]:
    """A sound of a category of `SPANS`, or an "effect"."""
    y = _effect(rng) if category == "effect" else _note(SPANS[category], rng)
    return (0.9 * y / (np.abs(y).max() + 1e-9)).astype(np.float32), SR


def _between(span: tuple[float, float], rng: np.random.Generator) -> float:
    return float(rng.uniform(*span))


def _note(span: Span, rng: np.random.Generator) -> Signal:
    t = np.arange(int(_between(span.seconds, rng) * SR)) / SR
    root = 440 * 2 ** ((rng.integers(*span.notes) - 69) / 12)
    steps = [0, int(rng.choice([3, 4])), 7] if rng.random() < span.chord else [0]
    attack, decay, sustain = (_between(each, rng) for each in (span.attack_s, span.decay_s, span.sustain))
    level = np.minimum(t / attack, 1) * (sustain + (1 - sustain) * np.exp(-np.maximum(0, t - attack) / (decay / 3)))
    level *= np.minimum((t[-1] - t) / min(0.08, t[-1] / 4), 1)
    cutoff = _between(span.cutoff_octaves, rng) + _between(span.sweep_octaves, rng) * np.exp(-t / (decay / 2))
    y = sum((_voices(root * 2 ** (step / 12), t, cutoff, span, rng) for step in steps), np.zeros_like(t))
    return np.asarray(np.tanh(y / (np.abs(y).max() + 1e-9) * _between((0.5, 4), rng)) * level, np.float64)


def _voices(hz: float, t: Signal, cutoff: Signal, span: Span, rng: np.random.Generator) -> Signal:
    """Detuned voices by sums of partials, each as loud as the filter leaves it."""
    y = np.zeros_like(t)
    odd, slope = rng.random() < 0.35, _between((0.7, 2.0), rng)
    vibrato = 0.004 * rng.random() * np.sin(2 * np.pi * _between((3, 7), rng) * t) if rng.random() < 0.3 else 0
    glide = _between((-0.5, 0.5), rng) * np.exp(-t / 0.05) if rng.random() < 0.2 else 0
    for _ in range(int(rng.integers(span.voices[0], span.voices[1] + 1))):
        own = hz * (1 + rng.normal(0, 0.004))
        turns = np.cumsum(own * 2**glide * (1 + vibrato)) / SR if np.ndim(glide + vibrato) else own * t
        for partial in range(1, min(40, int(10_000 / own)) + 1, 2 if odd else 1):
            above = np.maximum(np.log2(partial) - cutoff, 0)
            y += partial**-slope * 10 ** (-1.2 * above) * np.sin(2 * np.pi * (partial * turns + rng.random()))
    return y


def _effect(rng: np.random.Generator) -> Signal:
    """A riser, a fall, a zap, an impact or a texture of noise."""
    t = np.arange(int(_between((0.3, 5.0), rng) * SR)) / SR
    share = t / t[-1]
    kind = int(rng.integers(5))
    rising = share if kind == 0 else 1 - share
    hz = 2 ** (_between((5, 9), rng) + _between((2, 5), rng) * (rising ** _between((0.5, 6), rng)))
    tone = np.sin(2 * np.pi * np.cumsum(hz) / SR + 3 * rng.random() * np.sin(2 * np.pi * _between((3, 60), rng) * t))
    noise = rng.standard_normal(t.size)
    spectrum = np.fft.rfft(noise) * (np.fft.rfftfreq(t.size, 1 / SR) / 1_000 + 0.05) ** _between((-1.2, 0.3), rng)
    noise = np.fft.irfft(spectrum, t.size)
    noise /= np.abs(noise).max()
    mix = rng.random()
    power = _between((0.3, 2), rng)
    level = rising**power if kind < 3 else np.exp(-4 * share) if kind == 3 else np.sin(np.pi * share)
    return np.asarray((mix * tone + (1 - mix) * noise) * level, np.float64)
