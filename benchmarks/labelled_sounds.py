"""Labelled sounds of Debian packages for the classifier: what they are, which category each has, which kit it is of.

The packages may be installed, or unpacked below folders: `dpkg -x PACKAGE.deb FOLDER`. docs/categories.md lists them.
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

import drumsynth
import made_beats
import made_synths
from gus_patches import patches_in
from label_names import category_in
from retrieval import debian_set
from soundfont_zones import SoundFont, Zoned
from soundfonts import label_of, samples_of
from soundkin.analysis.decode import decode
from soundkin.errors import AnalysisError
from soundkin.model.categories import CATEGORIES

Signal = NDArray[np.float32]
_T = TypeVar("_T")
SUFFIXES = {".wav", ".flac", ".ogg", ".aiff", ".aif", ".mp3"}
FONTS = {
    "FluidR3_GM.sf2": "fluid", "FluidR3_GS.sf2": "fluid", "MuseScore_General_Full.sf2": "musescore",
    "TimGM6mb.sf2": "timgm", "sf_GMbank.sf2": "csound", "OPL-3_FM_128M.sf2": "opl3",
}  # fmt: skip
"""Soundfonts with General MIDI programs: file name to kit."""
AVL = {"Black_Pearl_4_LV2.sf2": "avl-pearl", "Red_Zeppelin_4_LV2.sf2": "avl-zeppelin"}
"""Soundfonts of drums with key maps of their own: labels are read off the samples' names."""
MOST = 40
"""Sounds of a category that are taken from one soundfont or folder of recordings."""
BEATS = 8
"""Loops that are made of each kit."""
SYNTHS = 60
"""Sounds that are made for each category of `made_synths`."""
VOICES = {
    "games/fillets-ng/sound/*/cs": 2,
    "games/fillets-ng/sound/*/nl": 2,
    "sounds/alsa": 9,
    "games/hedgewars/Data/Sounds/voices/*": 8,
}
"""Folders of speech and song, and how many of each."""
EFFECTS = dict.fromkeys(
    (
        "sounds/freedesktop/stereo",
        "sounds/Oxygen",
        "sounds",
        "scratch/Media/Sounds/Effects",
        "scratch/Media/Sounds/Electronic",
        "scratch/Media/Sounds/Animal",
        "lmms/samples/effects",
        "lmms/samples/drumsynth/misc_fx",
        "lmms/samples/drumsynth/effects",
        "games/wesnoth/*/data/core/sounds",
        "games/hedgewars/Data/Sounds",
        "games/frozen-bubble/snd",
        "games/lbreakout2/*",
        "games/pingus/data/sounds",
    ),
    MOST,
)
DRUMS = {category.name for category in CATEGORIES if category.family == "drum" and category.name != "beat"}
"""What is not held."""
_NAMED = {
    "closed-hat": "hat-closed", "open-hat": "hat-open", "tabla": "percussion", "loop": "beat", "agogo": "cowbell",
    "claves": "woodblock", "timbale": "percussion", "guiro": "percussion",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One labelled sound, not read yet."""

    category: str
    kit: str
    """What is left out together: a drum kit, a soundfont, a folder."""
    group: str
    """"table" (the Debian label table), "font" (soundfonts and patches), "drumsynth", "names", "folder" or "made"."""
    name: str
    load: Callable[[], tuple[Signal, int] | None]
    """Samples of one channel and their rate; None where it cannot be read."""


def category_of(label: str, name: str) -> str:
    """The category that a label of the Debian table or a soundfont and a file name give; "" where none.

    The labels are broader than the categories, and a few contradict the names: a cowbell filed as a ride, an open hat
    as a closed one. A snare that is struck on its rim is a snare.
    """
    name = name.lower()
    if label == "closed-hat" and re.search(r"pedal|foot|hh_p\b|hatpe", name):
        return "hat-pedal"
    if label == "rim" and "snare" in name:
        return "snare"
    if (label == "crash" and "ride" in name) or (
        label == "loop" and re.search(r"bass|synth|briff|tb303|drone|garz", name)
    ):
        return ""
    for word, category in (("cowbell", "cowbell"), ("ohh_", "hat-open")):
        if word in name:
            return category
    return _NAMED.get(label, label)


def all_examples(shares: Iterable[Path]) -> list[Example]:
    """Everything that is found in folders like /usr/share, and loops made of it."""
    found = list(_found(shares))
    return [*found, *_beats(found), *_synths()]


def _found(shares: Iterable[Path]) -> Iterator[Example]:
    table = debian_set()
    for item in table:
        if category := category_of(item.label, item.path.name):
            yield Example(category, item.kit, "table", item.path.name, partial(read_file, item.path))
    known = {item.path for item in table}
    for share in shares:
        yield from _by_name(share, known)
        yield from _folders(share)
        yield from _fonts(share)


def read_file(path: Path) -> tuple[Signal, int] | None:
    """As the product decodes it; None where it cannot."""
    fd = os.open(path, os.O_RDONLY)
    try:
        sound = decode(fd, str(path))
    except AnalysisError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return None
    finally:
        os.close(fd)
    return sound.y, sound.sr


def _by_name(share: Path, known: set[Path]) -> Iterator[Example]:
    """Kits of hydrogen-data, what the table leaves out of lmms-common and sonic-pi-samples, DrumSynth presets."""
    kits = sorted(p for p in (share / "hydrogen/data/drumkits").glob("*/*") if p.suffix.lower() in SUFFIXES)
    table_kits = {path.parent for path in known}
    for path in kits:
        category = category_in(path.stem) if path.parent not in table_kits else ""
        if category in DRUMS or (category == "pluck" and zlib.crc32(path.name.encode()) % 3 == 0):
            yield Example(category, path.parent.name, "names", path.name, partial(read_file, path))
    more = [*(share / "lmms/samples").glob("*/*.ogg"), *(share / "sonic-pi/samples").glob("*.flac")]
    for path in sorted(p for p in more if p not in known):
        category = category_in(path.stem)
        if category and path.parent.name not in ("bassloops", "beats", "effects", "shapes", "misc"):
            kit = "sonic-pi" if path.suffix == ".flac" else "lmms"
            yield Example(category, kit, "names", path.name, partial(read_file, path))
    for path in sorted((share / "lmms/samples/drumsynth").glob("*/*.ds")):
        category = category_in(path.stem)
        if category and path.parent.name not in ("effects", "misc_fx", "misc_synth"):
            yield Example(category, f"drumsynth-{path.parent.name}", "drumsynth", path.name, partial(_render, path))


def _folders(share: Path) -> Iterator[Example]:
    """Folders that hold one thing only."""
    for category, patterns in (("vocal", VOICES), ("effect", EFFECTS)):
        for pattern, most in patterns.items():
            for folder in sorted(share.glob(pattern)):
                files = sorted(p for p in folder.iterdir() if p.suffix.lower() in {*SUFFIXES, ".ds"})
                for path in _some(files, str(folder.relative_to(share)), most):
                    load = partial(_render if path.suffix == ".ds" else read_file, path)
                    yield Example(category, "/".join(path.relative_to(share).parts[:-1][:2]), "folder", path.name, load)


def _beats(examples: list[Example]) -> Iterator[Example]:
    """Loops made of the hits of every kit that has enough."""
    kits: dict[str, dict[str, list[Example]]] = {}
    for example in examples:
        if example.group != "drumsynth":
            kits.setdefault(example.kit, {}).setdefault(example.category, []).append(example)
    for kit, hits in kits.items():
        if all(name in hits for name in made_beats.NEEDED):
            for number in range(BEATS):
                yield Example("beat", kit, "made", f"beat {number}", partial(_beat, kit, hits, number))


def _synths() -> Iterator[Example]:
    """Synthesiser sounds made by chance."""
    for category in (*made_synths.SPANS, "effect"):
        for number in range(SYNTHS):
            rng = np.random.default_rng(zlib.crc32(f"{category} {number}".encode()))
            load = partial(made_synths.synth, category, rng)
            yield Example(category, f"synth-{number % 4}", "made", f"{category} {number}", load)


def _beat(kit: str, hits: dict[str, list[Example]], number: int) -> tuple[Signal, int]:
    rng = np.random.default_rng(zlib.crc32(f"{kit} {number}".encode()))
    chosen = {name: [loaded] for name, each in hits.items() if (loaded := each[rng.integers(len(each))].load())}
    return made_beats.beat(chosen, rng)


def _fonts(share: Path) -> Iterator[Example]:
    for path in sorted(p for p in share.rglob("*.sf2") if not p.is_symlink()):
        if path.name in FONTS:
            yield from _zones(path, FONTS[path.name])
        elif path.name in AVL:
            yield from _by_sample_name(path, AVL[path.name])
    for patch in patches_in(share / "midi/freepats"):
        yield Example(patch.category, "freepats", "font", patch.name, partial(held, patch))


def _zones(path: Path, kit: str) -> Iterator[Example]:
    by_category: dict[str, list[Zoned]] = {}
    for sample in SoundFont(path).samples():
        by_category.setdefault(sample.category, []).append(sample)
    for category, samples in by_category.items():
        for sample in _some(samples, category):
            yield Example(category, kit, "font", sample.name, partial(held, sample))


def _by_sample_name(path: Path, kit: str) -> Iterator[Example]:
    for each in samples_of(path):
        category = category_of(label_of(each.name), each.name)
        if category in DRUMS and each.y.size >= 200:
            yield Example(category, kit, "font", each.name, partial(held, Zoned(each.name, category, each.y, each.sr)))


def held(sample: Zoned) -> tuple[Signal, int]:
    """A sample as a key that is held for a while and let go plays it: its loop repeated, faded out."""
    y = (sample.y / np.float32(32768)).astype(np.float32)
    first, last = sample.loop
    dice = np.random.default_rng(zlib.crc32(sample.name.encode()) + y.size)
    wanted = int(dice.uniform(0.4, 4.0) * sample.sr)
    if 0 <= first < last <= y.size and last - first >= 16 and wanted > last and sample.category not in DRUMS:
        y = np.concatenate([y[:last], np.resize(y[first:last], wanted - last)])
        fade = min(y.size, int(0.15 * sample.sr))
        y[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return y, sample.sr


def _render(path: Path) -> tuple[Signal, int] | None:
    y = drumsynth.render(path, zlib.crc32(path.name.encode()))
    return (y.astype(np.float32), drumsynth.SR) if y.size >= 200 else None


def _some(every: list[_T], seed: str, most: int = MOST) -> list[_T]:
    """At most so many, the same at every run."""
    if len(every) <= most:
        return every
    places = np.random.default_rng(zlib.crc32(seed.encode())).choice(len(every), most, replace=False)
    return [every[at] for at in sorted(places)]
