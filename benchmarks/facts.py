"""How often the facts are right where they can be checked: the hit rates of docs/features.md.

    python benchmarks/facts.py                 synthetic tones and loops, and the Debian packages where installed
    python benchmarks/facts.py --fonts DIR     also the original notes of what benchmarks/soundfonts.py unpacked in DIR

Names are not looked at, so that they can serve as the truth. "answered" is the share for which anything was said at
all (unsure is null), "right" the share of answers that agree.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval import debian_set
from soundkin.analysis.decode import Sound, decode
from soundkin.analysis.facts import Said, facts_of
from soundkin.analysis.features import describe
from soundkin.analysis.features.shape import shape_of
from soundkin.errors import AnalysisError
from soundkin.model import Facts, Kind

SR = 44_100
DRUMS = {"kick", "snare", "tom", "rim", "clap", "closed-hat", "woodblock", "conga", "cowbell"}
PITCH_CLASSES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


def heard(y: NDArray[np.floating], sr: int = SR) -> Facts:
    """Facts of samples that have no name and no chunks."""
    sound = Sound(np.asarray(y, np.float32), sr, 1, 16, y.size / sr, 0.0, float(np.abs(y).max()), 1.0)
    return _facts(sound)


def heard_in(path: Path) -> Facts | None:
    """Facts of a file, its name and chunks unseen."""
    fd = os.open(path, os.O_RDONLY)
    try:
        sound = decode(fd, str(path))
    except AnalysisError:
        return None
    finally:
        os.close(fd)
    return _facts(sound)


def _facts(sound: Sound) -> Facts:
    shape = shape_of(sound.y, sound.sr)
    return facts_of("", Said(), sound, shape, describe([shape]).of(0))


def tone(hz: float, kind: str, seconds: float = 0.6) -> NDArray[np.floating]:
    """A sine, a saw or a plucked string."""
    t = np.arange(round(seconds * SR)) / SR
    if kind == "sine":
        return np.asarray(0.5 * np.sin(2 * np.pi * hz * t))
    orders = np.arange(1, max(2, int(12_000 / hz)))[:40]
    decay = np.exp(-t[:, None] * orders * 2) if kind == "pluck" else 1.0
    return np.asarray((np.sin(2 * np.pi * hz * t[:, None] * orders) / orders * decay).sum(axis=1) / 3)


def click_loop(bpm: float, beats: int, seed: int) -> NDArray[np.floating]:
    """Decaying noise on every beat, softer between some of them."""
    rng = np.random.default_rng(seed)
    y = np.zeros(round(beats * 60 / bpm * SR))
    hit = rng.standard_normal(3000) * np.exp(-np.arange(3000) / 500)
    for at in range(beats * 2):
        level = 1.0 if at % 2 == 0 else 0.3 * (seed % 2)
        start = round(at * 30 / bpm * SR)
        y[start : start + 3000] += level * hit[: max(0, y.size - start)]
    return y


def row(what: str, answers: Sequence[bool | None]) -> None:
    """One line of the table; None is no answer."""
    said = [answer for answer in answers if answer is not None]
    right = f"{np.mean(said):.1%}" if said else "-"
    print(f"| {what} | {len(answers)} | {len(said) / max(1, len(answers)):.1%} | {right} |", flush=True)


def cents_off(facts: Facts, hz: float) -> bool | None:
    """Whether the root is within 20 cents."""
    return None if facts.root_hz is None else abs(1200 * math.log2(facts.root_hz / hz)) <= 20


def within(tempo: float | None, bpm: float, factors: tuple[float, ...]) -> bool | None:
    """Whether a tempo is within 1 % of the truth, or of it times a factor."""
    return None if tempo is None else any(abs(tempo * factor / bpm - 1) < 0.01 for factor in factors)


def is_kind(facts: Facts, kind: Kind) -> bool | None:
    """Whether it was called that."""
    return None if facts.kind is None else facts.kind is kind


def same_pitch_class(facts: Facts | None, note: float) -> bool | None:
    """Whether the root is within half a semitone of the note in some octave."""
    if facts is None or facts.root_hz is None:
        return None
    return abs((69 + 12 * math.log2(facts.root_hz / 440) - note + 6) % 12 - 6) < 0.5


def synthetic() -> None:
    """Sounds whose truth is known."""
    notes = [440 * 2 ** ((note - 69) / 12) for note in np.arange(24, 96, 1.7)]
    for kind in ("sine", "saw", "pluck"):
        row(
            f"root of a {kind}, 33 Hz to 2 kHz, within 20 cents", [cents_off(heard(tone(hz, kind)), hz) for hz in notes]
        )
    noises = [np.random.default_rng(seed).standard_normal(SR // 2) for seed in range(30)]
    row("noise has no root", [heard(y).root_hz is None for y in noises])
    tempi = [(bpm, seed) for seed, bpm in enumerate(np.arange(70, 180, 3.3))]
    loops = [(bpm, heard(click_loop(bpm, 8 if bpm < 100 else 16, seed))) for bpm, seed in tempi]
    row("tempo of a click loop within 1 %", [within(f.tempo_bpm, bpm, (1,)) for bpm, f in loops])
    row("the same, or half or double", [within(f.tempo_bpm, bpm, (0.5, 1, 2)) for bpm, f in loops])
    row("click loops are loops", [is_kind(f, Kind.LOOP) for _, f in loops])


def debian() -> None:
    """What names and labels of the Debian packages say."""
    items = [(item, heard_in(item.path)) for item in debian_set() if item.path.exists()]
    if not items:
        return
    row("drum one-shots are one-shots", [is_kind(f, Kind.ONESHOT) for i, f in items if f and i.label in DRUMS])
    loops = [f for i, f in items if f and i.label == "loop"]
    row("loops are loops", [is_kind(f, Kind.LOOP) for f in loops])
    folder = Path("/usr/share/sonic-pi/samples")
    named = [
        (p, m)
        for p in sorted(folder.glob("*.flac"))
        if (m := re.search(r"^(?:bass|glitch|guit).*_([a-g])(?:_|\.|m)", p.name))
    ]
    row(
        "root's pitch class as in the name (sonic-pi)",
        [same_pitch_class(heard_in(p), PITCH_CLASSES[m[1]]) for p, m in named],
    )


def fonts(folder: Path) -> None:
    """Soundfont samples whose header gives a note other than the 60 that stands for nothing."""
    with (folder / "notes.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["note"] != "60" and r["path"].split("/")[1] not in DRUMS]
    answers = [(heard_in(folder / r["path"]), int(r["note"]) - int(r["cents"]) / 100) for r in rows]
    row("soundfont note, pitch class", [same_pitch_class(f, note) for f, note in answers])
    semitones = [f and f.root_hz and abs(69 + 12 * math.log2(f.root_hz / 440) - note) < 0.5 for f, note in answers]
    row("soundfont note, octave too", [None if s is None else bool(s) for s in semitones])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path)
    arguments = parser.parse_args()
    print("| fact | cases | answered | right |\n| --- | ---: | ---: | ---: |")
    synthetic()
    debian()
    if arguments.fonts:
        fonts(arguments.fonts)


if __name__ == "__main__":
    main()
