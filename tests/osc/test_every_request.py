"""Every request of the table, asked with its own example: one answer, as the table says it, and no error."""

from __future__ import annotations

import shlex

import pytest

from fakes_service import library
from osc_peer import Peer, serving
from soundkin_osc.client import console
from soundkin_osc.protocol.address import Address
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Arg, Message

KNOWN = "/samples/kick 0001.wav"
REQUESTS = [entry for entry in TABLE.values() if entry.kind == "request" and entry.name != "at"]  # it answers elsewhere
WITHOUT_MAP = {"map/points", "find/xy"}


def arguments(entry: Address, peer: Peer) -> list[Arg]:
    """Those of the entry's example, about files and ports that exist here."""
    if entry.name == "reply_to":
        return [peer.socket.getsockname()[1]]
    words = shlex.split(entry.example)
    words = [KNOWN if word.startswith("/samples/") else word for word in words]
    return [value for _, value in console.typed(entry.parameters, words)]


def answer_to(entry: Address, peer: Peer, *ends: str) -> list[Message]:
    """All that answers a request, up to its end and whatever was sent behind it."""
    if entry.name == "find/sel":
        peer.send("/soundkin/sel/path", KNOWN)
    if entry.name == "index/remove":
        peer.ask("/soundkin/index/add", *arguments(entry, peer))
    peer.send(entry.path, *arguments(entry, peer))
    heard = peer.until(*(f"/soundkin/{end}" for end in ends))
    heard += peer.settled()
    return [message for message in heard if TABLE[message.address].kind == "reply"]


@pytest.mark.parametrize(
    "entry", [each for each in REQUESTS if each.name not in WITHOUT_MAP], ids=lambda entry: str(entry.name)
)
def test_a_good_request_gets_one_answer_as_the_table_says_and_no_error(entry: Address) -> None:
    *before, end = entry.replies.split()
    with serving(library(100)) as daemon, Peer(daemon.port) as peer:
        heard = [message.address.removeprefix("/soundkin/") for message in answer_to(entry, peer, end, "error")]
    assert heard[-1] == end
    assert heard.count(end) == 1
    assert set(heard[:-1]) <= set(before)


@pytest.mark.parametrize("name", sorted(WITHOUT_MAP))
def test_where_there_is_no_map_its_requests_end_in_error_six(name: str) -> None:
    with serving(library(100)) as daemon, Peer(daemon.port) as peer:
        heard = answer_to(TABLE[f"/soundkin/{name}"], peer, "done", "error")
    assert [(message.address, message.args[:2]) for message in heard] == [("/soundkin/error", (1, 6))]


@pytest.mark.parametrize(
    "name", ["find/path", "find/region", "find/id", "find/sel", "find/text", "find/query", "find/kit"]
)
def test_every_way_to_ask_finds_something(name: str) -> None:
    entry = TABLE[f"/soundkin/{name}"]
    with serving(library(100)) as daemon, Peer(daemon.port) as peer:
        if name == "find/text":
            peer.send(entry.path, 1, "kick")
            heard = peer.until("/soundkin/done", "/soundkin/error")
        else:
            heard = answer_to(entry, peer, "done", "error")
    assert [message.address for message in heard].count("/soundkin/result") > 1
    assert heard[-1].address == "/soundkin/done"
