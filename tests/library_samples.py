"""Made-up files for tests that write to a library: paths, facts and vectors that differ from each other."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from soundkin.interfaces import Classifier
from soundkin.model import Analysis, AnalysisFailure, Aspect, Facts, FeatureParams, FileStamp, Kind
from soundkin.model.categories import CATEGORIES

ROOT = os.path.abspath(os.path.join(os.sep, "samples"))
PARAMS = FeatureParams(1, 6, (Aspect("timbre", 0, 4), Aspect("envelope", 4, 6)))
NEXT_PARAMS = FeatureParams(2, 8, (Aspect("timbre", 0, 5), Aspect("envelope", 5, 8)))
FULL_FACTS = Facts(1.5, 48_000, 2, 24, -14.5, True, -0.3, 55.0, 0.9, 120.0, 1.0, "Am", Kind.LOOP)
FEW_FACTS = Facts(0.25, 44_100, 1)


NAMES = tuple(category.name for category in CATEGORIES)


def likely_of(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """One category is likely, by 0.9, or 0.4 where the second number is negative: which one the first number says."""
    places = (np.abs(vectors[:, 0]) * 1000).astype(int) % len(NAMES)
    best = np.where(vectors[:, 1] < 0, 0.4, 0.9)
    out = np.repeat(((1 - best) / (len(NAMES) - 1))[:, None], len(NAMES), axis=1)
    out[np.arange(len(vectors)), places] = best
    return out.astype(np.float32)


def decided(likely: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """What is likelier than not."""
    best = likely.max(axis=1)
    return np.where(best > 0.5, likely.argmax(axis=1), -1).astype(np.int8), best


CLASSIFIER = Classifier(1, NAMES, PARAMS.version, likely_of, decided)


def heard_of(seed: int, params: FeatureParams = PARAMS) -> str | None:
    """The category that this classifier hears in `vector_of`; None: unsure."""
    place = int(decided(likely_of(vector_of(seed, params)[None, :]))[0][0])
    return None if place < 0 else NAMES[place]


def sounding(category: str | None, most: int = 10_000) -> int:
    """A seed of a vector in which it hears this category."""
    return next(seed for seed in range(1, most) if heard_of(seed) == category)


def under(*names: str, root: str = ROOT) -> str:
    """A path below the root."""
    return os.path.join(root, *names)


def vector_of(seed: int, params: FeatureParams = PARAMS) -> np.ndarray:
    """The same vector for the same number."""
    return np.random.default_rng(seed).standard_normal(params.num_dimensions).astype(np.float32)


def analysed(path: str, seed: int = 0, params: FeatureParams = PARAMS, facts: Facts = FEW_FACTS) -> Analysis:
    """An analysis; another `seed` is another content."""
    content_hash = seed.to_bytes(15, "big")
    return Analysis(path, FileStamp(1000 + seed, 5_000_000_000 + seed), content_hash, facts, vector_of(seed, params))


def failed(path: str, code: str = "decode", message: str = "not audio", size: int = 7) -> AnalysisFailure:
    """A file that could not be analysed."""
    return AnalysisFailure(path, FileStamp(size, 8), code, message)
