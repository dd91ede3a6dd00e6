"""What categories in the distance would bring: P@10 for several forms of it, on kits and soundfonts never seen.

    python benchmarks/category_distance.py VECTORS.npz --named FOLDER    FOLDER: the drums of what soundfonts.py made

Nothing of this is in the product. Debian, kit by kit: a query's classifier never saw its kit, but the others. Debian,
none: one classifier that saw no kit of the label table. Soundfonts: one that saw no soundfont.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from categories import Shares, unseen
from fit_categories import PLACES
from labelled_vectors import LabelledVectors, read
from retrieval import Labelled, debian_set, folder_set, score
from retrieval import read as decoded
from soundkin.analysis.features import describe
from soundkin.analysis.features.shape import shape_of
from soundkin.analysis.vector import vectors_of
from soundkin.model.categories import CATEGORIES

TOGETHER = (
    ("hat-closed", "hat-pedal"),
    ("conga", "percussion"),
    ("shaker", "tambourine"),
    ("keys", "pluck", "mallet", "wind", "lead", "pad", "vocal"),
    ("beat", "effect"),
)
"""Categories that share a coordinate, so that 16 are enough beside the 48 numbers."""
WEIGHTS = (0.15, 0.25, 0.4)
"""Of the squared distance of the forms, whose unit is that of the median squared distance of the vectors, 100."""
Squares = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """A labelled set, and for each sound the posteriors of all by the classifier that answers about it."""

    name: str
    items: list[Labelled]
    vectors: NDArray[np.float32]
    likely: dict[str, Shares]
    """By kit of the asked sound, "" for any."""
    fewest_kits: int


def squares(x: NDArray[np.floating]) -> Squares:
    """Squared Euclidean distances of all pairs of rows."""
    x = x.astype(np.float64)
    lengths = (x**2).sum(axis=1)
    return np.asarray(np.maximum(0, lengths[:, None] + lengths - 2 * x @ x.T), np.float64)


def unit(x: Shares) -> Shares:
    """Rows of length 1."""
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True), np.float64)


def grouped(likely: Shares) -> Shares:
    """Posteriors (n, c) added up by coordinate, (n, 16)."""
    alone = [(category.name,) for category in CATEGORIES if not any(category.name in names for names in TOGETHER)]
    return np.stack([likely[:, [PLACES[name] for name in names]].sum(axis=1) for names in (*alone, *TOGETHER)], axis=1)


FORMS: dict[str, Callable[[Shares], Squares]] = {
    "1 - p.q (no Euclidean distance)": lambda p: np.asarray(1 - p @ p.T, np.float64),
    "p": squares,
    "square root of p (Hellinger)": lambda p: squares(np.sqrt(p)),
    "p and the square root of 1 - p.p": lambda p: squares(np.c_[p, np.sqrt(1 - (p**2).sum(axis=1))]),
    "p at length 1": lambda p: squares(unit(p)),
    "16 sums of p at length 1": lambda p: squares(unit(grouped(p))),
}


def micro(tested: Tested, form: Callable[[Shares], Squares], weight: float) -> float:
    """P@10 over queries."""
    base = squares(tested.vectors) / 100
    apart = base.copy()
    kits = np.array([item.kit for item in tested.items])
    for kit, likely in tested.likely.items():
        rows = (kits == kit) | (kit == "")
        apart[rows] = base[rows] + weight * form(likely)[rows]
    return score(apart, tested.items, tested.fewest_kits).micro


def sets(sounds: LabelledVectors, named: Path) -> list[Tested]:
    """The three sets."""
    items, vectors = _analysed(debian_set())
    kits = sorted({item.kit for item in items})
    of_kit = np.array([item.kit for item in items])
    one_out = {kit: unseen(sounds, vectors, sounds.kit == kit, copies_of=vectors[of_kit == kit]) for kit in kits}
    none = {"": unseen(sounds, vectors, np.isin(sounds.kit, kits))}
    drums, of_drums = _analysed([item for item in folder_set(named) if item.label in DRUM_LABELS])
    without = {"": unseen(sounds, of_drums, sounds.group == "font")}
    return [
        Tested("Debian, kit by kit", items, vectors, one_out, 3),
        Tested("Debian, none", items, vectors, none, 3),
        Tested("soundfont drums", drums, of_drums, without, 3),
    ]


DRUM_LABELS = (
    "kick", "snare", "tom", "closed-hat", "open-hat", "crash", "ride", "rim", "clap", "tambourine", "shaker", "cowbell",
    "conga", "woodblock",
)  # fmt: skip


def _analysed(items: list[Labelled]) -> tuple[list[Labelled], NDArray[np.float32]]:
    pairs = decoded(items)
    rows = [vectors_of(describe([shape_of(sound.y, sound.sr)])) for _, sound in pairs]
    return [item for item, _ in pairs], np.concatenate(rows)


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--named", type=Path, required=True)
    arguments = parser.parse_args()
    tested = sets(read(arguments.vectors), arguments.named)
    print("| form | weight | " + " | ".join(each.name for each in tested) + " |")
    print("| --- | ---: |" + " ---: |" * len(tested))
    for name, form in FORMS.items():
        for weight in (0.0, *WEIGHTS) if name.startswith("1") and "p.q" in name else WEIGHTS:
            figures = " | ".join(f"{micro(each, form, weight):.3f}" for each in tested)
            print(f"| {name} | {weight:g} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
