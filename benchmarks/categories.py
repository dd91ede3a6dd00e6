"""How often categories are right on kits and soundfonts never seen: the figures of docs/categories.md.

    python benchmarks/categories.py VECTORS.npz [--named FOLDER]    what labelled_vectors.py and soundfonts.py wrote

Each kit of the Debian label table is left out in turn, and what lies within `SAME` of one of its sounds; then all
soundfonts are. For each of these the constants are fitted again, so no figure is of a sound that was seen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fit_categories import PLACES, Table, fit
from labelled_sounds import DRUMS, category_of, read_file
from labelled_vectors import LabelledVectors, read
from retrieval import folder_set
from soundkin.analysis.category import SURE
from soundkin.analysis.features import describe
from soundkin.analysis.features.shape import shape_of
from soundkin.analysis.vector import vectors_of
from soundkin.model.categories import CATEGORIES

SAME = 1.0
"""Sounds nearer than this are taken for copies of one."""
BASIC = DRUMS - {"percussion"}
"""Kinds of drums that more than one set has; "percussion" is other drums in every set."""
MAKES = {"musescore": "fluid", "avl-pearl": "avl", "avl-zeppelin": "avl"}
"""Soundfonts that share samples or a maker are left out together."""
Shares = NDArray[np.float64]


def shares(table: Table, vectors: NDArray[np.float32]) -> Shares:
    """Posteriors of vectors (n, d) by a table that is not the shipped one, (n, c)."""
    x = ((vectors - table["mean"]) * table["scale"])[:, None, None, :]
    hidden = np.maximum(x @ table["hidden"] + table["hidden_bias"], 0)
    logits = (hidden @ table["out"] + table["out_bias"])[:, :, 0, :].mean(axis=1).astype(np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)


def unseen(
    sounds: LabelledVectors,
    tested: NDArray[np.float32],
    left_out: NDArray[np.bool_],
    copies_of: NDArray[np.float32] | None = None,
) -> Shares:
    """Posteriors of vectors by a classifier without the sounds that are left out, and without copies of the tested."""
    rows = np.flatnonzero(~left_out)
    a, b = sounds.plain[rows].astype(np.float64), (tested if copies_of is None else copies_of).astype(np.float64)
    apart = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return shares(fit(sounds, rows[apart.min(axis=1) > SAME**2], networks=2), tested)


def named_drums(folder: Path) -> tuple[NDArray[np.str_], NDArray[np.float32]]:
    """Categories and vectors of the drums in a folder laid out as KIT/LABEL/file."""
    items = [(category_of(item.label, item.path.name), item) for item in folder_set(folder)]
    pairs = [(category, read_file(item.path)) for category, item in items if category in BASIC]
    vectors = [vectors_of(describe([shape_of(*loaded)])) for _, loaded in pairs if loaded]
    return np.array([category for category, loaded in pairs if loaded]), np.concatenate(vectors)


def by_kit(sounds: LabelledVectors, group: str) -> tuple[NDArray[np.int64], Shares]:
    """The sounds of a group and their posteriors, each kit by a classifier that never saw it or one of its make."""
    makes = np.array([MAKES.get(kit, kit) for kit in sounds.kit.tolist()])
    tested, found = [], []
    for make in sorted(set(makes[sounds.group == group].tolist())):
        rows = np.flatnonzero((makes == make) & (sounds.group == group))
        tested.append(rows)
        found.append(unseen(sounds, sounds.plain[rows], makes == make))
    return np.concatenate(tested), np.concatenate(found)


def report(title: str, names: NDArray[np.str_], likely: Shares) -> None:
    """A line: all, drums, tonal, families, and those that are sure."""
    wanted = np.array([PLACES[name] for name in names])
    best, sure = likely.argmax(axis=1), likely.max(axis=1) >= SURE
    right = best == wanted
    families = np.array([category.family for category in CATEGORIES])
    drums = np.isin(names, list(BASIC))
    family = families[best] == families[wanted]
    basic = f"{right[drums].mean():.3f}" if drums.any() else ""
    figures = [family.mean(), sure.mean(), right[sure].mean()]
    texts = [f"{right.mean():.3f}", basic, *(f"{figure:.3f}" for figure in figures)]
    print(f"| {title} | {len(names)} | {' | '.join(texts)} |")


def calibration(names: NDArray[np.str_], likely: Shares) -> None:
    """How many of the answers of each confidence are right."""
    right = likely.argmax(axis=1) == np.array([PLACES[name] for name in names])
    print("\n| confidence | answers | mean confidence | right |\n| --- | ---: | ---: | ---: |")
    for low, high in ((0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        here = (likely.max(axis=1) >= low) & (likely.max(axis=1) < high)
        if here.any():
            confidence = likely.max(axis=1)[here].mean()
            print(f"| {low:.1f} to {min(high, 1):.1f} | {here.sum()} | {confidence:.2f} | {right[here].mean():.2f} |")


def each_category(names: NDArray[np.str_], likely: Shares) -> None:
    """How many of each are found, and what they are taken for most often."""
    print("\n| category | sounds | right | most often taken for |\n| --- | ---: | ---: | --- |")
    best = np.array([category.name for category in CATEGORIES])[likely.argmax(axis=1)]
    for category in CATEGORIES:
        here = best[names == category.name]
        if here.size:
            others, counts = np.unique(here[here != category.name], return_counts=True)
            most = ", ".join(others[np.argsort(-counts)[:2]])
            print(f"| {category.name} | {here.size} | {(here == category.name).mean():.2f} | {most} |")


def main() -> None:
    """Fit, score, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=Path)
    parser.add_argument(
        "--named", type=Path, help="a folder that soundfonts.py made: drums whose names say what they are"
    )
    arguments = parser.parse_args()
    sounds = read(arguments.vectors)
    fonts, is_drum = sounds.group == "font", np.isin(sounds.category, list(DRUMS))
    print("| sets never seen | sounds | right | right, basic drums | right family | sure | right where sure |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    rows, likely = by_kit(sounds, "table")
    report("Debian kits, each left out in turn", sounds.category[rows], likely)
    if arguments.named:
        names, vectors = named_drums(arguments.named)
        report("named drums of four soundfonts, all soundfonts left out", names, unseen(sounds, vectors, fonts))
    drums = np.flatnonzero(fonts & is_drum)
    report("drum keys of all soundfonts, likewise", sounds.category[drums], unseen(sounds, sounds.plain[drums], fonts))
    font_rows, of_fonts = by_kit(sounds, "font")
    for title, which in (("drum keys of soundfonts", is_drum), ("instruments of soundfonts", ~is_drum)):
        here = which[font_rows]
        report(f"{title}, each left out in turn", sounds.category[font_rows][here], of_fonts[here])
    names, both = sounds.category[np.concatenate([rows, font_rows])], np.concatenate([likely, of_fonts])
    calibration(names, both)
    each_category(names, both)


if __name__ == "__main__":
    main()
