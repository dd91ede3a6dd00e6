"""Makes daemon/soundkin/analysis/categories.npz from labelled sounds, which docs/categories.md lists.

python benchmarks/labelled_vectors.py VECTORS.npz --share FOLDER...    minutes
python benchmarks/fit_categories.py VECTORS.npz                        a minute
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labelled_vectors import LabelledVectors, read
from small_networks import Recipe, train
from soundkin.analysis.category import CONSTANTS
from soundkin.analysis.params import PARAMS
from soundkin.model.categories import CATEGORIES, CATEGORIES_VERSION

PLACES = {category.name: at for at, category in enumerate(CATEGORIES)}
NETWORKS = 4
RECIPE = Recipe(hidden=128, steps=2000, noise=0.5, decay=0.1)
"""One of five that were compared by cross-entropy on kits left out; the others come within 0.05 of it."""
Table = dict[str, NDArray[np.float32]]


def fit(sounds: LabelledVectors, rows: NDArray[np.int64], networks: int = NETWORKS) -> Table:
    """The table that some of the sounds make, as `soundkin.analysis.category` reads it."""
    vectors = np.concatenate([sounds.plain[rows][:, None], sounds.varied[rows]], axis=1)
    places = np.array([PLACES[name] for name in sounds.category[rows]])
    count, each, size = vectors.shape
    mean, scale = sounds.plain[rows].mean(axis=0), 1 / sounds.plain[rows].std(axis=0)
    x = ((vectors.reshape(count * each, size) - mean) * scale).astype(np.float32)
    targets = np.eye(len(CATEGORIES), dtype=np.float32)[np.repeat(places, each)]
    weights = np.repeat(_weights(places, sounds.kit[rows])[:, None], each, axis=1)
    weights[:, 0] *= np.sqrt(each - 1)  # the sounds themselves count more than their variations
    nets = [train(x, targets, weights.ravel(), RECIPE, seed) for seed in range(networks)]
    return {
        "mean": mean,
        "scale": scale,
        "hidden": np.stack([net.hidden for net in nets]),
        "hidden_bias": np.stack([net.hidden_bias[None] for net in nets]),
        "out": np.stack([net.out for net in nets]),
        "out_bias": np.stack([net.out_bias[None] for net in nets]),
    }


def _weights(places: NDArray[np.int64], kits: NDArray[np.str_]) -> NDArray[np.float32]:
    """How often to draw each sound: neither a kit's five takes of one drum nor a large category may rule."""
    keys = np.array([f"{kit}/{place}" for kit, place in zip(kits, places, strict=True)])
    _, which, counts = np.unique(keys, return_inverse=True, return_counts=True)
    weights = counts[which] ** -0.5
    totals = np.bincount(places, weights, minlength=len(CATEGORIES))
    return np.asarray(weights * totals[places] ** -0.5, np.float32)


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=Path, help="what labelled_vectors.py wrote")
    sounds = read(parser.parse_args().vectors)
    table = fit(sounds, np.arange(len(sounds.plain)))
    versions = {"version": np.array(CATEGORIES_VERSION), "feature_version": np.array(PARAMS.version)}
    names = np.array([category.name for category in CATEGORIES])
    np.savez(CONSTANTS, allow_pickle=False, **table, **versions, names=names)
    print(f"{len(sounds.plain)} sounds -> {CONSTANTS}, {CONSTANTS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
