"""The documents and the table agree; every example in the table works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from fakes_service import library
from osc_peer import Peer, serving
from soundkin_osc.client import console
from soundkin_osc.protocol import signature
from soundkin_osc.protocol.address import Address
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.reference import filled

DOCUMENT = Path(__file__).parents[2] / "docs/osc.md"
ASKED = [entry for entry in TABLE.values() if entry.kind in ("request", "control")]


def test_the_reference_in_the_document_is_current() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert filled(text) == text, "run: python -m soundkin_osc.protocol.reference docs/osc.md"


def test_every_address_that_the_document_mentions_exists() -> None:
    text = DOCUMENT.read_text("utf-8")
    named = set(re.findall(r"/soundkin/[a-z_/0-9.]*[a-z_0-9]", text))
    known = set(TABLE) | {path.replace("slot/1/", "slot/1..16/") for path in TABLE}
    assert named - known == set()


@pytest.mark.parametrize("entry", ASKED, ids=lambda entry: entry.name)
def test_an_example_fits_its_address(entry: Address) -> None:
    words = shlex.split(entry.example)
    args = [value for _, value in console.typed(entry.parameters, words)]
    signature.fit(entry.parameters, args)  # raises where it does not


def test_replies_carry_the_types_of_the_table() -> None:
    tags = {int: "i", float: "f", str: "s"}
    with serving(library(100)) as daemon, Peer(daemon.port) as peer:
        peer.send("/soundkin/subscribe")
        heard = peer.settled()
        heard += peer.ask("/soundkin/info", 1, 20)
        heard += peer.ask("/soundkin/find/query", 1, '{"like": [{"id": 1}], "k": 3}')
        heard += peer.ask("/soundkin/folders", 1)
        heard += peer.ask("/soundkin/report", 1)
    for message in heard:
        if message.address == "/soundkin/pong":
            continue
        entry = TABLE[message.address]
        assert [tags[type(arg)] for arg in message.args] == [p.type for p in entry.parameters], message
    assert len({message.address for message in heard}) > 60


def test_every_description_is_a_sentence() -> None:
    for entry in TABLE.values():
        assert entry.description[0].isupper() or entry.description[0].isdigit(), entry.name
        assert entry.description.endswith((".", "?")), entry.name
