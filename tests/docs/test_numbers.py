"""The numbers in the documents are those of the code."""

from __future__ import annotations

from typing import Any

import pytest

from docs.quoted import OTHERS, QUOTED, TOP, WHOLE, lua, shown, unaccounted
from soundkin.questions.limits import HIGHEST_WEIGHT, MOST_ALTERNATES, MOST_SLOTS
from soundkin_daemon.reaper import bridge
from soundkin_osc.jobs import MAX_PENDING
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.limits import MAX_COUNT, MAX_STRING, PROTOCOL


@pytest.mark.parametrize(("document", "phrase", "values"), QUOTED, ids=lambda value: str(value)[:40])
def test_a_document_says_the_number_that_the_code_has(document: str, phrase: str, values: tuple[Any, ...]) -> None:
    text = " ".join((TOP / document).read_text("utf-8").split())
    wanted = " ".join(phrase.format(*map(shown, values)).split())
    assert wanted in text, f"{document} should say: {wanted}"


@pytest.mark.parametrize("document", WHOLE)
def test_every_number_of_a_document_comes_from_the_code_or_is_known_not_to(document: str) -> None:
    assert list(unaccounted(document)) == [], "add the phrase to QUOTED, or to OTHERS, in tests/docs/quoted.py"


def test_no_phrase_is_left_over() -> None:
    for document, phrase in OTHERS:
        assert phrase in " ".join((TOP / document).read_text("utf-8").split()), f"{document}: {phrase}"


def test_the_scripts_keep_to_the_numbers_of_the_daemon() -> None:
    assert lua("link", "PROTOCOL") == PROTOCOL
    assert lua("model", "HIGHEST") == HIGHEST_WEIGHT
    assert lua("kit", "MOST_SLOTS") == MOST_SLOTS
    assert lua("kit", "MOST_EACH") == MOST_ALTERNATES
    assert lua("kit", "AT_ONCE") <= MAX_PENDING
    assert lua("ask", "MOST") == lua("model", "PAGE") == lua("swap", "PAGE") == MAX_COUNT
    assert lua("client", "PATIENCE_S") == bridge.PATIENCE_S


def test_the_scripts_split_a_question_into_no_more_strings_than_the_address_takes() -> None:
    for name, constant in (("kit", "KIT_STRINGS"), ("query", "QUERY_STRINGS")):
        parameters = TABLE[f"/soundkin/find/{name}"].parameters
        assert lua("ask", constant) <= sum(each.name.startswith(("json", "more")) for each in parameters)
    assert lua("ask", "STRING_LIMIT") < MAX_STRING
