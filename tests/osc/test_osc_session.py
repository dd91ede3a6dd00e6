"""Sessions: where answers go, leases, and who is pushed what."""

from __future__ import annotations

import socket

import pytest

from fakes_service import FakeService, library
from osc_peer import Daemon, Peer
from osc_wire import Wire
from soundkin.analysis.params import PARAMS
from soundkin.errors import BadArgumentError
from soundkin_osc.peers.endpoint import Session
from soundkin_osc.peers.heartbeat import Heartbeat
from soundkin_osc.peers.sessions import Sessions
from soundkin_osc.peers.subscriptions import Subscriptions
from soundkin_osc.protocol.codec import Message, decode


@pytest.fixture
def service() -> FakeService:
    return library(40)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_answers_move_to_the_port_that_was_named_and_back(peer: Peer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        port = ear.getsockname()[1]
        peer.send("/soundkin/reply_to", port)
        assert decode(ear.recv(9000)) == [Message("/soundkin/replying_to", (port,))]
        peer.send("/soundkin/ping", 1)
        assert decode(ear.recv(9000)) == [Message("/soundkin/pong", (1,))]
    peer.send("/soundkin/reply_to", 0)
    assert peer.receive() == [Message("/soundkin/replying_to", (0,))]


def test_answers_never_move_to_system_ports_or_to_the_daemon_itself(peer: Peer, daemon: Daemon) -> None:
    for port in (53, daemon.port):
        (answer,) = peer.ask("/soundkin/reply_to", port)
        assert answer.args[1] == 1


def test_a_message_can_name_the_port_that_its_answer_goes_to(daemon: Daemon) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        port = ear.getsockname()[1]
        for rid in (1, 2):  # each from another socket, as oscsend does it
            with Peer(daemon.port) as sender:
                sender.send("/soundkin/at", port, "/soundkin/find/id", rid, 5, 1)
                assert decode(ear.recv(9000))[-1].args[:2] == (rid, 1)
                sender.send("/soundkin/at", port, "/soundkin/nonsense", rid)
                assert decode(ear.recv(9000))[-1].args[:2] == (rid, 2)
        with Peer(daemon.port) as sender:
            for bad in ((80, "/soundkin/ping"), (port, "/soundkin/at"), (port,), (daemon.port, "/soundkin/ping")):
                assert sender.ask("/soundkin/at", *bad)[-1].args[1] == 1


def test_subscribing_is_answered_with_the_full_state(peer: Peer) -> None:
    peer.send("/soundkin/subscribe", "cursor slots", 5)
    first, *state = peer.settled()
    assert first == Message("/soundkin/subscribed", (5, "cursor slots"))
    shown = {message.address: message.args for message in state}
    assert shown["/soundkin/cursor/name"] == ("",)
    assert shown["/soundkin/slot/16/on"] == (0,)
    assert len(shown) == 3 * 16 + 12 + len(PARAMS.aspects)
    assert max(map(len, peer.packets)) <= 1232


def test_an_unknown_topic_is_named(peer: Peer) -> None:
    (answer,) = peer.ask("/soundkin/subscribe", "cursor gossip")
    assert "gossip" in str(answer.args[3])


def test_who_unsubscribed_hears_nothing_more(peer: Peer, daemon: Daemon) -> None:
    peer.send("/soundkin/subscribe", "cursor")
    peer.settled()
    assert peer.ask("/soundkin/unsubscribe")[-1].address == "/soundkin/done"
    with Peer(daemon.port) as other:
        other.send("/soundkin/sel/id", 5)
        other.settled()
    assert peer.settled() == []


def subscriptions() -> tuple[Subscriptions, Sessions, Clock]:
    sessions, clock = Sessions(), Clock()
    return Subscriptions(sessions, clock), sessions, clock


BEAT = Message("/soundkin/heartbeat", (1,))


def test_a_lease_ends_unless_a_packet_renews_it() -> None:
    pushes, sessions, clock = subscriptions()
    wire = Wire("a", sessions)
    pushes.subscribe(wire, frozenset({"status"}), 60)
    clock.now = 59
    pushes.renew(wire)
    clock.now = 118
    pushes.expire()
    pushes.publish("status", [BEAT])
    assert wire.sent == [BEAT]
    clock.now = 120
    pushes.expire()
    pushes.publish("status", [BEAT])
    assert wire.sent == [BEAT]


def test_the_heart_tells_subscribers_of_status_only() -> None:
    pushes, sessions, _ = subscriptions()
    one, other = Wire("a", sessions), Wire("b", sessions)
    pushes.subscribe(one, frozenset({"status"}), 60)
    pushes.subscribe(other, frozenset({"cursor"}), 60)
    heart = Heartbeat(pushes)
    heart.beat()
    heart.beat()
    assert [message.args for message in one.sent] == [(1,), (0,)]
    assert other.sent == []


def test_one_socket_that_subscribes_with_many_ports_takes_nobody_elses_subscription(daemon: Daemon) -> None:
    with Peer(daemon.port) as polite, Peer(daemon.port) as greedy:
        polite.send("/soundkin/subscribe", "status")
        polite.until("/soundkin/subscribed")
        for port in range(20_000, 20_100):
            greedy.send("/soundkin/at", port, "/soundkin/subscribe", "cursor", 3_600)
        greedy.settled()
        subscribed = {session.key for session in daemon.server._subscriptions.subscribers("status")}
        assert ("udp", *polite.socket.getsockname()) in subscribed
        with Peer(daemon.port) as late:
            late.send("/soundkin/subscribe", "status")
            late.until("/soundkin/subscribed")


def test_one_socket_makes_no_other_forget_how_it_wants_its_answers(daemon: Daemon) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
        Peer(daemon.port) as quiet,
        Peer(daemon.port) as greedy,
    ):
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        quiet.send("/soundkin/reply_to", ear.getsockname()[1])
        assert decode(ear.recv(9000))[0].address == "/soundkin/replying_to"
        for port in range(20_000, 22_000):
            greedy.send("/soundkin/at", port, "/soundkin/config/detail", 1)
            if port % 100 == 99:
                greedy.settled()
        own = quiet.socket.getsockname()[1]
        for address, args in (("reply_to", (0,)), ("rep*", (0,)), ("config/bundles", (0,)), ("unsubscribe", ())):
            assert greedy.ask("/soundkin/at", own, f"/soundkin/{address}", *args)[-1].args[1] in (1, 8)
        quiet.send("/soundkin/ping", 7)
        assert decode(ear.recv(9000)) == [Message("/soundkin/pong", (7,))]


def test_subscribing_again_changes_the_topics() -> None:
    pushes, sessions, _ = subscriptions()
    wire = Wire("a", sessions)
    pushes.subscribe(wire, frozenset({"status"}), 60)
    pushes.subscribe(wire, frozenset({"cursor"}), 60)
    assert pushes.subscribers("status") == []
    assert len(pushes.subscribers("cursor")) == 1


def test_thousands_of_endpoints_leave_a_bounded_memory() -> None:
    sessions = Sessions()
    first = Wire("subscribed", sessions)
    first.session.topics = frozenset({"status"})
    sessions.keep(first)
    for number in range(5000):
        sessions.keep(Wire(str(number), sessions)).detail = True
    assert len(sessions) == 1_024
    assert sessions.of(first.key) is first.session
    assert isinstance(sessions.of(("udp", "0")), Session)
    assert not sessions.of(("udp", "0")).detail


def test_an_unknown_topic_never_subscribes() -> None:
    pushes, sessions, _ = subscriptions()
    with pytest.raises(BadArgumentError):
        pushes.subscribe(Wire("a", sessions), frozenset({"nothing"}), 60)
    assert len(sessions) == 0
