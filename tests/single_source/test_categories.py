"""Categories have one source: no other file lists them, and the page that describes them says what the table says."""

from __future__ import annotations

import re
from pathlib import Path

from soundkin.model.categories import CATEGORIES

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/categories.md").read_text("utf-8")
NAMES = [each.name for each in CATEGORIES]


def test_no_other_file_lists_the_categories() -> None:
    allowed = {
        "model/categories.py",  # the table
        "model/category_words.py",  # the words that mean each of them
        "cli/demo_sounds.py",  # sounds that it makes
    }
    lists = []
    for path in [*TOP.glob("daemon/**/*"), *TOP.glob("bridge/**/*"), *TOP.glob("scripts/**/*")]:
        if path.suffix not in {".py", ".lua", ".html", ".sql"}:
            continue
        text = path.read_text("utf-8")
        named = [name for name in NAMES if re.search(rf"[\"'`]{name}[\"'`]", text)]
        if len(named) > 2 and not path.as_posix().endswith(tuple(allowed)):
            lists.append((path.name, named))
    assert lists == []


def test_the_page_lists_every_category_with_its_family_in_the_order_of_the_table() -> None:
    rows = re.findall(r"^\| `([a-z]+)` \| (.+) \|$", PAGE, re.MULTILINE)
    told = [(name, family) for family, names in rows for name in re.findall(r"`([a-z-]+)`", names)]
    assert told == [(each.name, each.family) for each in CATEGORIES]


def test_a_category_is_one_word_of_a_filter_and_no_name_is_that_of_another_family() -> None:
    assert [name for name in NAMES if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []
    families = {each.family for each in CATEGORIES}
    assert [each.name for each in CATEGORIES if each.name in families and each.name != each.family] == []
    assert not families & {name.partition("-")[0] for name in NAMES if "-" in name}
