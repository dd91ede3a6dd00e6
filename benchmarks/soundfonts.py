"""Unpacks soundfonts into a folder laid out as KIT/LABEL/file, a labelled set that no feature was chosen on.

    python benchmarks/soundfonts.py OUT [FILE.sf2...]    default: those of fluid-soundfont-gm, fluid-soundfont-gs,
                                                         timgm6mb-soundfont and avldrums.lv2-soundfont of Debian
    python benchmarks/retrieval.py --folder OUT

Labels are read off the samples' names; samples whose name says nothing are left out. The second channel of stereo
pairs is left out. A sample's original key is kept in its file as a `smpl` chunk would: in notes.csv.
"""

from __future__ import annotations

import argparse
import csv
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

FOLDER = Path("/usr/share/sounds/sf2")
KITS = {
    "TimGM6mb": "Tim",
    "FluidR3_GM": "Fluid",
    "FluidR3_GS": "Fluid",
    "Black_Pearl_4_LV2": "Pearl",
    "Red_Zeppelin_4_LV2": "Zeppelin",
}
LABELS = (
    ("", r"bird|ocean|sea|rain|heli|tele|gun|applause|scratch|door|car |train|laugh|scream|siren|thunder|fret ?n"),
    ("", r"drum stick|sticks|metron|click|sinetick|vibra ?slap|str\. slap|music ?box|triangle"),
    ("snare", r"snare|\bsnr"), ("tom", r"(hi|md|low|mdhi|flr) studio|tom(?!b)"), ("vibes", r"vibes|vibraphone"),
    ("cowbell", r"cow ?bell"), ("tubular", r"tub(ular|e)"), ("claves", r"clave"),
    ("rim", r"side ?stick|rim ?(tap|shot)"),
    ("english horn", r"engl"), ("oboe", r"oboe|yolo ob"), ("bassoon", r"bassoon"), ("clarinet", r"clar"),
    ("pan flute", r"pan ?flute"), ("flute", r"flute|recorder|piccolo"), ("slap bass", r"slap ?bass|^pop "),
    ("kick", r"kick|bass dr"), ("bass", r"bass|fretless"), ("harpsichord", r"harpsi"), ("clavinet", r"clavi"),
    ("celesta", r"celest"), ("glockenspiel", r"glock"), ("marimba", r"marimb"), ("xylophone", r"xylo"),
    ("church organ", r"church|pipe o"), ("organ", r"drawbar|\bb3|perc organ|hammond|organ"), ("accordion", r"accord"),
    ("harmonica", r"harmonica|harmnc|harmon_"), ("electric piano", r"dx ep|ep1|^ep 2|rhodes"), ("piano", r"piano|cp70"),
    ("distorted guitar", r"dist|od gtr|overd"), ("muted guitar", r"gtr mute|mute ?gtr|muted"),
    ("clean guitar", r"jazz gu|strat|clean"), ("acoustic guitar", r"n guitar|nylon|steel"),
    ("trumpet", r"trump|^tp_"), ("trombone", r"trombone"), ("tuba", r"tuba"), ("horn", r"horn"),
    ("sax", r"alto|tenor|bari|sop"), ("pizzicato", r"pizz"), ("violin", r"violin|viola"), ("cello", r"cello|contra"),
    ("strings", r"synth ?str|strings|str1"), ("voice", r"aah|choir|ooh|ohh|doo |vox"), ("banjo", r"banjo"),
    ("sitar", r"sitar"), ("shamisen", r"sham"), ("kalimba", r"kalimb"), ("shenai", r"shenai"), ("bagpipe", r"bag"),
    ("dulcimer", r"dulci"), ("harp", r"harp"), ("shakuhachi", r"shak"), ("ocarina", r"ocar"), ("clap", r"clap"),
    ("closed-hat", r"hat.*(clos|cl-|cl$)|closed.*hat|hat foot|hatpe|pedal|808 hat"),
    ("open-hat", r"hat.*(open|semi|se-|swis|sw-)|open.*hat"), ("crash", r"cra?sh|china|spla|cras"),
    ("ride", r"ride|paiste2002"), ("tambourine", r"tambour"), ("shaker", r"maraca|shaker|cabasa"),
    ("conga", r"conga|tumba|quinto|bongo"), ("woodblock", r"wood ?block"), ("agogo", r"agogo"), ("taiko", r"taiko"),
    ("timpani", r"timp"), ("guiro", r"guiro"), ("timbale", r"timbale"),
)  # fmt: skip
"""First match wins; no label: left out."""
_HEADER = struct.Struct("<20sIIIIIBbHH")


@dataclass(frozen=True, slots=True, eq=False)
class FontSample:
    """One sample of a soundfont."""

    name: str
    y: NDArray[np.int16]
    sr: int
    note: int
    """MIDI note at which it plays unchanged; 60 where nobody cared."""
    cents: int


def samples_of(path: Path) -> Iterator[FontSample]:
    """The samples of an SF2 file."""
    data = path.read_bytes()
    found: dict[bytes, tuple[int, int]] = {}
    at = 12
    while at + 8 <= len(data):
        size = int(struct.unpack_from("<I", data, at + 4)[0])
        if data[at : at + 4] == b"LIST":
            inner = at + 12
            while inner + 8 <= at + 8 + size:
                length = int(struct.unpack_from("<I", data, inner + 4)[0])
                found[data[inner : inner + 4]] = (inner + 8, length)
                inner += 8 + length + (length & 1)
        at += 8 + size + (size & 1)
    offset, length = found[b"smpl"]
    pcm = np.frombuffer(data, "<i2", length // 2, offset)
    offset, length = found[b"shdr"]
    for at in range(offset, offset + length - _HEADER.size, _HEADER.size):
        name, start, end, _, _, sr, note, cents, _, _ = _HEADER.unpack_from(data, at)
        yield FontSample(name.split(b"\0")[0].decode("latin1").strip(), pcm[start:end], sr, note, cents)


def label_of(name: str) -> str:
    """The label that a sample's name gives, or nothing."""
    if re.search(r"(\(R\)|R)$", name):
        return ""
    return next((label for label, pattern in LABELS if re.search(pattern, name, re.IGNORECASE)), "")


def main() -> None:
    """Unpack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("fonts", nargs="*", type=Path, default=[FOLDER / f"{name}.sf2" for name in KITS])
    arguments = parser.parse_args()
    rows: list[tuple[str, int, int]] = []
    for font in arguments.fonts:
        kit = KITS.get(font.stem, font.stem)
        for sample in samples_of(font):
            label = label_of(sample.name)
            if not label or sample.y.size < 200:
                continue
            safe = re.sub(r"[^\w#-]+", "_", sample.name)
            path = arguments.out / kit / label / f"{safe}-{len(rows)}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(str(path), sample.y, sample.sr)
            rows.append((str(path.relative_to(arguments.out)), sample.note, sample.cents))
    with (arguments.out / "notes.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "note", "cents"), *rows])
    print(f"{len(rows)} samples in {arguments.out}")


if __name__ == "__main__":
    main()
