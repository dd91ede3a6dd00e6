"""One stream connection on its own: what its peer may do, what is sent, and until when it is waited for."""

from __future__ import annotations

from typing import Any, cast

import pytest

from soundkin_osc.carriers.connection import StreamEndpoint
from soundkin_osc.carriers.framing import SlipFrames
from soundkin_osc.carriers.wire import OscWire
from soundkin_osc.peers.endpoint import Session
from soundkin_osc.protocol.codec import Message, decode, encode


class Socket:
    """A connected socket whose peer reads `room` bytes."""

    def __init__(self, peer: tuple[Any, ...], room: int) -> None:
        self.peer, self.room = peer, room
        self.got = b""
        self.shut_down = 0

    def getpeername(self) -> tuple[Any, ...]:
        return self.peer

    def getsockname(self) -> tuple[Any, ...]:
        return ("127.0.0.9", 27400, *self.peer[2:])

    def send(self, data: bytes) -> int:
        if not self.room:
            raise BlockingIOError
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.got += taken
        return len(taken)

    def shutdown(self, how: int) -> None:
        self.shut_down += 1


class Carrier:
    """What serves a connection: a clock that a test sets, and what it was asked to do."""

    shows_paths = False

    def __init__(self) -> None:
        self.now_s = 100.0
        self.wakes = 0
        self.listens: list[tuple[StreamEndpoint, str, bool]] = []
        self.fed: list[tuple[StreamEndpoint, bytes]] = []

    def now(self) -> float:
        return self.now_s

    def wake(self) -> None:
        self.wakes += 1

    def listen(self, connection: StreamEndpoint, path: str, on: bool) -> None:
        self.listens.append((connection, path, on))

    def feed(self, connection: StreamEndpoint, data: bytes) -> None:
        self.fed.append((connection, data))


class Connection:
    """A connection, its socket and its carrier."""

    def __init__(self, peer: tuple[Any, ...] = ("127.0.0.1", 5000), room: int = 1_000_000) -> None:
        self.socket, self.carrier = Socket(peer, room), Carrier()
        self.end = StreamEndpoint(cast("Any", self.socket), 7, self.carrier)

    def waits(self) -> float:
        """Seconds from now that the peer is waited for."""
        began, now_s = self.carrier.now_s, self.carrier.now_s
        while not self.end.overdue(now_s):
            now_s += 0.5
            assert now_s < began + 1_000
        return now_s - 0.5 - began

    def speaks(self) -> Connection:
        """It has said something in OSC."""
        self.end.wire = OscWire(SlipFrames(), self.end)
        self.end.heard()
        return self


FAR = ("192.168.1.7", 5000)


@pytest.mark.parametrize("peer", [("127.0.0.1", 5000), ("::1", 5000, 0, 0), FAR])
def test_a_connection_is_known_by_its_number_and_named_by_its_peer(peer: tuple[Any, ...]) -> None:
    end = Connection(peer).end
    assert (end.key, end.session.key, end.address, end.name) == (("tcp", 7),) * 2 + (peer[:2], f"{peer[0]}:5000")
    assert end.local_host == "127.0.0.9"
    assert end.max_count == 1_000
    with pytest.raises(NotImplementedError):
        end.at_port(5_000, Session(("udp",)))


@pytest.mark.parametrize(
    ("peer", "trusted", "shows", "rights"),
    [
        (("127.0.0.1", 1), False, False, (True, True, True, True)),
        (("::1", 1, 0, 0), False, False, (True, True, True, True)),
        (FAR, False, False, (False, False, False, False)),
        (FAR, False, True, (False, True, False, False)),
        (FAR, True, False, (False, False, True, True)),
    ],
)
def test_other_machines_are_told_no_paths_and_need_the_token(
    peer: tuple[Any, ...], trusted: bool, shows: bool, rights: tuple[bool, ...]
) -> None:
    made = Connection(peer)
    made.carrier.shows_paths = shows
    made.end.session.trusted = trusted
    assert (made.end.local, made.end.sees_paths, made.end.admin, made.end.welcome) == rights
    assert made.end.steers is made.end.welcome


def test_messages_go_in_the_connections_framing_in_bundles_where_the_peer_takes_them() -> None:
    messages = [encode(Message("/soundkin/result", (n, "x" * 600))) for n in range(3)]
    made = Connection()
    made.end.send(messages)
    assert made.socket.got == b""  # how it speaks is not known yet
    made.speaks()
    for bundled, sizes in ((True, [1, 1, 1]), (False, [1, 1, 1])):
        made.socket.got = b""
        made.end.session.bundled = bundled
        made.end.send(messages)
        assert [len(decode(packet)) for packet in SlipFrames().feed(made.socket.got)] == sizes
    small = [encode(Message("/a", (n,))) for n in range(80)]
    for bundled, packets in ((True, 2), (False, 80)):
        made.socket.got = b""
        made.end.session.bundled = bundled
        made.end.send(small)
        found = list(SlipFrames().feed(made.socket.got))
        assert len(found) == packets
        assert [message.args[0] for packet in found for message in decode(packet)] == list(range(80))
        assert max(map(len, found)) <= 1_232


def test_more_is_made_while_less_than_64_kib_wait() -> None:
    made = Connection(room=0)
    assert made.end.has_room is True
    made.end.write(bytes(65_535))
    assert made.end.has_room is True
    made.end.write(b"x")
    assert made.end.has_room is False


def test_a_connection_has_ten_seconds_to_say_something_and_five_minutes_from_then_on() -> None:
    made = Connection()
    assert made.waits() == 10.0
    assert not made.end.spoke
    made.end.expect(20.0)
    assert made.waits() == 20.0
    made.carrier.now_s = 105.0
    made.speaks()
    assert made.end.spoke
    assert made.waits() == 300.0


def test_who_subscribed_or_listens_is_waited_for_without_end() -> None:
    for pushed in ({"topics": frozenset({"status"})}, {"listens": frozenset({"/soundkin/sel/name"})}):
        made = Connection().speaks()
        for name, value in pushed.items():
            setattr(made.end.session, name, value)
        assert not made.end.overdue(1e12)


def test_another_machine_has_ten_seconds_in_all_for_the_token_once_it_speaks() -> None:
    made = Connection(FAR)
    made.end.expect(60.0)
    assert made.waits() == 60.0  # a request of HTTP may take its time to arrive
    made.speaks()
    assert made.waits() == 10.0
    made.end.session.topics = frozenset({"status"})
    assert made.waits() == 10.0
    made.end.session.trusted = True
    made.end.session.topics = frozenset()
    assert made.waits() == 300.0


def test_who_is_ended_has_half_a_minute_to_read_what_waits_and_it_is_said_once() -> None:
    made = Connection(room=0).speaks()
    made.end.write(b"abc")
    assert not made.end.ended
    made.end.end(b"bye")
    assert made.end.ended
    assert made.waits() == 30.0
    made.carrier.now_s += 10
    made.end.end(b"again")
    made.end.expect(300.0)
    made.end.heard()
    assert made.waits() == 20.0
    made.end.session.topics = frozenset({"status"})
    assert made.waits() == 20.0
    made.socket.room = 100
    made.end.outgoing.flush()
    assert made.socket.got == b"abcbye"


def test_who_takes_nothing_of_what_waits_for_half_a_minute_is_given_up_subscribed_or_not() -> None:
    made = Connection(room=0).speaks()
    made.end.session.topics = frozenset({"status"})
    made.end.note_progress()
    assert not made.end.overdue(1e12)  # nothing waits
    made.carrier.now_s = 150.0
    made.end.note_progress()
    made.end.write(b"abcdef")
    made.end.note_progress()
    assert made.waits() == 30.0
    made.carrier.now_s = 160.0
    made.end.note_progress()
    assert made.waits() == 20.0
    made.socket.room = 2
    made.end.outgoing.flush()
    made.end.note_progress()
    assert made.waits() == 30.0
    made.carrier.now_s = 170.0
    made.end.note_progress()
    assert made.waits() == 20.0
    made.socket.room = 100
    made.end.outgoing.flush()
    assert not made.end.is_stuck(1e12)


def test_a_new_connection_counts_as_read_from_its_beginning() -> None:
    made = Connection(room=0).speaks()
    made.carrier.now_s = 110.0
    made.end.write(b"abc")
    made.end.note_progress()
    assert made.waits() == 20.0


def test_connections_of_one_other_machine_are_one_source_and_those_of_this_one_are_not() -> None:
    assert Connection().end.source == ("tcp", 7)
    assert Connection(FAR).end.source == ("machine", "192.168.1.7")


def test_after_its_last_words_it_is_listened_to_for_two_seconds() -> None:
    made = Connection().speaks()
    assert not made.end.lingers
    assert (made.end.mute, made.end.wasted) == (False, 0)
    made.end.end()
    made.end.linger()
    assert made.end.lingers
    assert made.socket.shut_down == 1
    assert made.waits() == 2.0


def test_what_is_cut_forgets_what_waits_and_has_its_carrier_look() -> None:
    made = Connection(room=0)
    made.end.write(b"abc")
    wakes = made.carrier.wakes
    made.end.cut()
    assert (made.end.ended, len(made.end.outgoing), made.carrier.wakes) == (True, 0, wakes + 1)
    made.end.wake()
    assert made.carrier.wakes == wakes + 2


def test_wishes_to_listen_are_handed_to_the_carrier() -> None:
    made = Connection()
    made.end.listen("/soundkin/sel/name", on=True)
    made.end.listen("/soundkin/sel/name", on=False)
    assert made.carrier.listens == [(made.end, "/soundkin/sel/name", True), (made.end, "/soundkin/sel/name", False)]


@pytest.mark.parametrize("rest", [b"", b"frames"])
def test_what_becomes_a_websocket_speaks_without_bundles_and_is_fed_what_came_with_the_handshake(rest: bytes) -> None:
    made = Connection()
    wire = OscWire(SlipFrames(), made.end)
    made.end.become(wire, rest)
    assert made.end.wire is wire
    assert made.end.session.bundled is False
    assert made.end.spoke
    assert made.waits() == 300.0
    assert made.carrier.fed == ([(made.end, rest)] if rest else [])


def test_nothing_has_to_be_confirmed_over_a_connection() -> None:
    made = Connection(FAR)
    made.end.confirm()
    assert not made.end.welcome
