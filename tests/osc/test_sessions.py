"""How many endpoints are remembered, and which of them is forgotten first."""

from __future__ import annotations

from osc_wire import Wire
from soundkin_osc.peers.sessions import Sessions


def kept(sessions: Sessions, name: str, *, topics: str = "") -> Wire:
    wire = Wire(name, sessions)
    wire.session.topics = frozenset(topics.split())
    assert sessions.keep(wire) is wire.session
    return wire


def test_a_session_that_nobody_keeps_is_new_each_time() -> None:
    sessions = Sessions()
    assert sessions.of(("udp", "a")) is not sessions.of(("udp", "a"))
    assert sessions.of(("udp", "a")).key == ("udp", "a")
    wire = kept(sessions, "a")
    assert sessions.of(("udp", "a")) is wire.session
    assert wire.session.endpoint is wire


def test_1024_endpoints_are_remembered_and_the_longest_unused_leaves() -> None:
    sessions = Sessions()
    wires = [kept(sessions, str(number)) for number in range(1_024)]
    assert len(sessions) == 1_024
    sessions.keep(wires[0])
    kept(sessions, "one more")
    assert len(sessions) == 1_024
    assert sessions.of(wires[0].key) is wires[0].session
    assert sessions.of(wires[1].key) is not wires[1].session
    assert sessions.of(wires[2].key) is wires[2].session


def test_who_is_subscribed_is_never_the_one_that_leaves() -> None:
    sessions = Sessions()
    wires = [kept(sessions, str(number), topics="status") for number in range(1_024)]
    idle = kept(sessions, "idle")
    assert len(sessions) == 1_024
    assert sessions.of(idle.key) is not idle.session
    one_more = kept(sessions, "one more", topics="status")
    assert len(sessions) == 1_025
    assert all(sessions.of(wire.key) is wire.session for wire in (*wires, one_more))


def test_who_is_gone_is_forgotten_and_forgetting_twice_does_no_harm() -> None:
    sessions = Sessions()
    wire, other = kept(sessions, "a"), kept(sessions, "b")
    sessions.forget(wire.key)
    sessions.forget(wire.key)
    assert [*sessions._kept.values()] == [other.session]


def test_a_source_that_keeps_many_makes_none_but_its_own_forgotten() -> None:
    sessions = Sessions()
    polite = kept(sessions, "polite")
    for number in range(3_000):
        sessions.keep(Wire(str(number), sessions, source="greedy"))
    assert sessions.of(polite.key) is polite.session
    assert len(sessions) == 1_024
    assert sessions.of(("udp", "2999")).endpoint is not None


def test_an_endpoint_that_is_heard_from_is_not_idle() -> None:
    sessions = Sessions()
    active, idle = kept(sessions, "active"), kept(sessions, "idle")
    for number in range(1_022):
        kept(sessions, str(number))
    sessions.of(active.key)
    kept(sessions, "one more")
    assert sessions.of(active.key) is active.session
    assert sessions.of(idle.key) is not idle.session


def test_an_endpoint_speaks_for_itself_once_it_had_something_kept() -> None:
    sessions = Sessions()
    sessions.keep(Wire("a", sessions, source="another"))
    assert not sessions.speaks_for_itself(("udp", "a"))
    kept(sessions, "a")
    assert sessions.speaks_for_itself(("udp", "a"))
    assert not sessions.speaks_for_itself(("udp", "b"))
