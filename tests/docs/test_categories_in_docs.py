"""docs/categories.md lists the categories of the code, and says how large their constants are."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

import soundkin.analysis
from soundkin.model.categories import CATEGORIES

DOCUMENT = (Path(__file__).parents[2] / "docs/categories.md").read_text("utf-8")
CONSTANTS_FILE = Path(soundkin.analysis.__file__).with_name("categories.npz")


def test_every_family_is_listed_with_its_categories_in_the_codes_order() -> None:
    rows = dict(re.findall(r"^\| `([a-z]+)` \| ([a-z`, -]+) \|$", DOCUMENT, re.MULTILINE))
    families: dict[str, list[str]] = {}
    for category in CATEGORIES:
        families.setdefault(category.family, []).append(category.name)
    assert {family: names.replace("`", "").split(", ") for family, names in rows.items()} == families
    assert f"each of the {len(CATEGORIES)} categories" in DOCUMENT


def test_the_size_of_the_constants_and_the_networks_are_the_files() -> None:
    with np.load(CONSTANTS_FILE) as file:
        count, _, units = file["hidden"].shape
    assert (count, units) == (4, 128)
    assert "The mean of four networks of one hidden layer of 128 units" in DOCUMENT
    assert f"{round(CONSTANTS_FILE.stat().st_size / 1000)} kB in `analysis/categories.npz`" in DOCUMENT
