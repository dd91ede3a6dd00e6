"""Renders DrumSynth presets (.ds text files) roughly: sweeping tone, overtones, noise, bands of noise, distortion.

Close enough to be labelled sounds of drum machines; not the exact sound of the program.
"""

from __future__ import annotations

import configparser
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SR = 44_100
LONGEST = 4 * SR
Signal = NDArray[np.float64]


def render(path: Path, seed: int) -> Signal:
    """The sound of a preset, peak 0.9; empty where the file says nothing usable."""
    preset = configparser.ConfigParser(strict=False, interpolation=None)
    preset.read_string(path.read_text("latin1").lstrip("\ufeff"))
    rng = np.random.default_rng(seed)
    makers = {"Tone": _tone, "Noise": _noise, "Overtones": _overtones, "NoiseBand": _band, "NoiseBand2": _band}
    parts = []
    for name, make in makers.items():
        section = preset[name] if preset.has_section(name) else None
        if section is not None and _number(section, "On", 0):
            parts.append(make(section, rng) * (_number(section, "Level", 100) / 128) ** 2)
    if not parts:
        return np.zeros(0)
    y = np.zeros(max(part.size for part in parts))
    for part in parts:
        y[: part.size] += part
    if preset.has_section("Distortion") and _number(preset["Distortion"], "On", 0):
        gain = 10 ** (_number(preset["Distortion"], "Clipping", 0) / 20)
        y = np.clip(gain * y / max(1e-9, np.abs(y).max()), -1, 1)
    peak = np.abs(y).max()
    return 0.9 * y / peak if peak > 0 else np.zeros(0)


def _number(section: configparser.SectionProxy, name: str, otherwise: float) -> float:
    try:
        return float(section.get(name, str(otherwise)).split()[0])
    except (ValueError, IndexError):
        return otherwise


def _envelope(section: configparser.SectionProxy, name: str = "Envelope") -> Signal:
    """Levels 0..1 from pairs "sample,per cent"."""
    pairs = [pair.split(",") for pair in section.get(name, "0,0").split() if "," in pair]
    times = np.minimum([float(time) for time, _ in pairs], LONGEST)
    levels = np.array([float(level) for _, level in pairs])
    line = np.interp(np.arange(int(times[-1]) + 1), np.maximum.accumulate(times), levels)
    return np.asarray(line / 100, np.float64)


def _tone(section: configparser.SectionProxy, _: np.random.Generator) -> Signal:
    level = _envelope(section)
    first, last = _number(section, "F1", 200), _number(section, "F2", 100)
    t = np.arange(level.size) / max(1, level.size)
    hz = last + (first - last) * np.where(t < 1, (1 - t) ** (1 + _number(section, "Droop", 0) / 4), 0)
    turns = np.cumsum(hz) / SR
    return np.asarray(level * np.sin(2 * np.pi * turns + np.radians(_number(section, "Phase", 0))), np.float64)


def _noise(section: configparser.SectionProxy, rng: np.random.Generator) -> Signal:
    level, slope = _envelope(section), _number(section, "Slope", 0) / 100
    spectrum = np.fft.rfft(rng.standard_normal(level.size))
    hz = np.arange(spectrum.size) / max(1, level.size) * SR + 20
    spectrum *= (hz / 1_000) ** (2 * slope if abs(slope) > 1e-9 else 0)
    y = np.fft.irfft(spectrum, level.size)
    return np.asarray(level * y / (np.abs(y).max() + 1e-12), np.float64)


def _band(section: configparser.SectionProxy, rng: np.random.Generator) -> Signal:
    level, hz = _envelope(section), _number(section, "F", 1_000)
    width = 20 + (_number(section, "dF", 50) / 100) ** 2 * 6_000
    freqs = np.arange(level.size // 2 + 1) / max(1, level.size) * SR
    spectrum = np.fft.rfft(rng.standard_normal(level.size)) / (1 + ((freqs - hz) / width) ** 2)
    y = np.fft.irfft(spectrum, level.size)
    return np.asarray(level * y / (np.abs(y).max() + 1e-12), np.float64)


def _overtones(section: configparser.SectionProxy, _: np.random.Generator) -> Signal:
    one, two = _envelope(section, "Envelope1"), _envelope(section, "Envelope2")
    size = max(one.size, two.size)
    one, two = (np.pad(each, (0, size - each.size)) for each in (one, two))
    waves = [
        _wave(int(_number(section, f"Wave{at}", 0)), _number(section, f"F{at}", 300) * np.arange(size) / SR)
        for at in (1, 2)
    ]
    method, depth = int(_number(section, "Method", 0)), _number(section, "Param", 50) / 100
    if method == 1:
        phase = _number(section, "F1", 300) * np.arange(size) / SR + depth * two * waves[1]
        return one * np.sin(2 * np.pi * phase)
    if method == 2:
        return one * waves[0] * (1 - depth + depth * two * waves[1])
    if method == 3:
        t = np.arange(size) / SR
        ratios = (1.0, 1.342, 1.2312, 1.6532, 1.9523, 2.1523)
        return one * sum((np.sign(np.sin(2 * np.pi * _number(section, "F1", 500) * r * t)) for r in ratios), 0 * t) / 6
    return one * waves[0] + two * waves[1]


def _wave(kind: int, turns: Signal) -> Signal:
    phase = turns % 1
    if kind == 2:
        return 4 * np.abs(phase - 0.5) - 1
    if kind == 3:
        return 2 * phase - 1
    if kind == 4:
        return np.where(phase < 0.5, 1.0, -1.0)
    sine = np.sin(2 * np.pi * turns)
    return sine * np.abs(sine) if kind == 1 else sine
