"""OSC by hand: sending one message and watching what is pushed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from fakes_service import library
from osc_peer import Daemon, Peer, serving
from soundkin.errors import BadArgumentError, DaemonNotRunningError
from soundkin_osc.client.console import monitor, send, shown
from soundkin_osc.protocol.codec import Message


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with serving(library(100)) as daemon:
        yield daemon


def asked(daemon: Daemon, address: str, *words: str) -> list[str]:
    return [shown(message) for message in send("127.0.0.1", daemon.port, address, words)]


def test_words_become_the_types_that_the_address_wants(daemon: Daemon) -> None:
    first, last = asked(daemon, "/soundkin/find/id", "1", "50", "1")
    assert first == '/soundkin/result 1 0 49 0.904837 0.5 "/samples/kick 0049.wav"'
    assert last == '/soundkin/done 1 1 99 "s100"'
    assert asked(daemon, "find/text", "1", "0007")[0].endswith('"/samples/kick 0007.wav"')


def test_each_answer_ends_where_the_table_says(daemon: Daemon) -> None:
    assert asked(daemon, "hello", "me")[-1].startswith("/soundkin/welcome 1 ")
    assert asked(daemon, "ping", "5", "x", "0.5") == ['/soundkin/pong 5 "x" 0.5']
    assert asked(daemon, "status")[0].startswith('/soundkin/status.reply "analysing"')


def test_a_control_shows_its_feedback(daemon: Daemon) -> None:
    assert asked(daemon, "sel/id", "7") == ['/soundkin/sel/name "kick 0007.wav"']
    assert asked(daemon, "nav/next")[0].startswith("/soundkin/error 0 1")


def test_an_unknown_address_comes_back_with_what_was_meant(daemon: Daemon) -> None:
    assert "did you mean /soundkin/find/path?" in asked(daemon, "/soundkin/find/pth", "1")[0]


def test_a_word_of_the_wrong_kind_is_refused_before_it_is_sent(daemon: Daemon) -> None:
    with pytest.raises(BadArgumentError, match="id: expected a whole number, got 'kick'"):
        asked(daemon, "find/id", "1", "kick")
    with pytest.raises(BadArgumentError):
        asked(daemon, "find/id", "1", "99999999999")


def test_nobody_there_is_an_error() -> None:
    with pytest.raises(DaemonNotRunningError):
        list(send("127.0.0.1", 1, "ping", []))


def test_the_monitor_shows_what_is_pushed_and_filters(daemon: Daemon) -> None:
    stop = threading.Event()
    seen: list[str] = []

    def watch() -> None:
        for _, message in monitor("127.0.0.1", daemon.port, ["sel/*"], stop.is_set):
            seen.append(shown(message))
            if len(seen) == 2:
                return

    thread = threading.Thread(target=watch)
    thread.start()
    with Peer(daemon.port) as peer:
        while not seen:  # the full state comes first
            peer.send("/soundkin/ping")
            peer.receive()
        peer.send("/soundkin/sel/id", 5)
        thread.join(5)
    stop.set()
    assert seen == ['/soundkin/sel/name ""', '/soundkin/sel/name "kick 0005.wav"']


def test_control_characters_are_shown_as_escapes() -> None:
    assert shown(Message("/a", ('x"\x1b[2J\n',))) == r'/a "x"\x1b[2J\n"'.replace('x"', 'x"')
