"""Makes daemon/soundkin/analysis/categories.npz from labelled sounds: docs/categories.md says which.

Run: python benchmarks/fit_categories.py
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from retrieval import Labelled, debian_set, read
from small_networks import Network, Recipe, train
from soundkin.analysis.category import CONSTANTS
from soundkin.analysis.features import describe
from soundkin.analysis.features.shape import shape_of
from soundkin.analysis.params import PARAMS
from soundkin.analysis.vector import vectors_of
from soundkin.model.categories import CATEGORIES, CATEGORIES_VERSION

PLACES = {category.name: at for at, category in enumerate(CATEGORIES)}
NETWORKS = 3
CALMED = 2.5
"""What logits are divided by, so that confidence is the share that is right; from kits left out of the training."""
RENAMED = {"closed-hat": "hat-closed", "open-hat": "hat-open", "tabla": "percussion", "loop": "beat"}


def category_of(item: Labelled) -> str:
    """The category that a label and a file name give; "" where none."""
    name = item.path.name.lower()
    if item.label == "closed-hat" and ("pedal" in name or "foot" in name):
        return "hat-pedal"
    if item.label == "loop" and ("bassloops" in item.path.parts or "drone" in name or "garzul" in name):
        return ""
    return RENAMED.get(item.label, item.label)


def fit(vectors: NDArray[np.float32], categories: NDArray[np.int64]) -> dict[str, NDArray[np.float32]]:
    """The table for vectors (n, d) and their categories (n,)."""
    mean, scale = vectors.mean(axis=0), 1 / vectors.std(axis=0)
    targets = np.eye(len(CATEGORIES), dtype=np.float32)[categories]
    weights = (1 / np.sqrt(np.bincount(categories, minlength=len(CATEGORIES)).clip(1)))[categories].astype(np.float32)
    x = ((vectors - mean) * scale).astype(np.float32)
    nets = [train(x, targets, weights, Recipe(), seed) for seed in range(NETWORKS)]
    return table_of(nets, mean, scale)


def table_of(
    nets: list[Network], mean: NDArray[np.float32], scale: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """What `soundkin.analysis.category` reads."""
    return {
        "mean": mean,
        "scale": scale,
        "hidden": np.stack([net.hidden for net in nets]),
        "hidden_bias": np.stack([net.hidden_bias[None] for net in nets]),
        "out": np.stack([net.out for net in nets]) / np.float32(CALMED),
        "out_bias": np.stack([net.out_bias[None] for net in nets]) / np.float32(CALMED),
    }


def main() -> None:
    """Fit and write."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    pairs = [(category_of(item), sound) for item, sound in read(debian_set())]
    pairs = [(name, sound) for name, sound in pairs if name]
    vectors = np.concatenate([vectors_of(describe([shape_of(sound.y, sound.sr)])) for _, sound in pairs])
    table = fit(vectors, np.array([PLACES[name] for name, _ in pairs]))
    versions = {"version": np.array(CATEGORIES_VERSION), "feature_version": np.array(PARAMS.version)}
    names = np.array([category.name for category in CATEGORIES])
    np.savez(CONSTANTS, allow_pickle=False, **table, **versions, names=names)
    print(f"{len(pairs)} sounds -> {CONSTANTS}, {CONSTANTS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
