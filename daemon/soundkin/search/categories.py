"""Words of a filter as categories: by name, by family, or by the part of a name before its hyphen. Pure."""

from __future__ import annotations

from soundkin.model.categories import CATEGORIES
from soundkin.model.category_words import WORDS

_FEWEST = 3


def categories_named(word: str) -> tuple[str, ...]:
    """The categories that a folded word stands for, such as "kick", "drum" or "hat"; () for none."""
    return tuple(
        each.name for each in CATEGORIES if word in (each.name, each.family) or each.name.startswith(f"{word}-")
    )


def nearest_to(word: str) -> list[str]:
    """Words that are understood, those first that may have been meant."""
    from difflib import get_close_matches

    names = [each.name for each in CATEGORIES]
    known = [*names, *dict.fromkeys(each.family for each in CATEGORIES), *_groups(names)]
    meant = [*WORDS.get(word, ())[:_FEWEST], *get_close_matches(word, known, _FEWEST)]
    return list(dict.fromkeys(meant)) or [names[0], *dict.fromkeys(each.family for each in CATEGORIES), "?"]


def _groups(names: list[str]) -> list[str]:
    return list(dict.fromkeys(name.partition("-")[0] for name in names if "-" in name))
