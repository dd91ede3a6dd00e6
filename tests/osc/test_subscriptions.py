"""Leases and pushes, number by number: who is told what, until when, and how many there may be."""

from __future__ import annotations

import contextlib

import pytest

from osc_wire import House, Wire
from soundkin.errors import BadArgumentError
from soundkin_osc.peers.subscriptions import without_folder
from soundkin_osc.protocol.codec import Message
from soundkin_osc.protocol.error_codes import BusyError

STATUS = frozenset({"status"})
BEAT = Message("/soundkin/heartbeat", (1,))
PAGE = Message("/soundkin/page", (2,))
SOUND = Message("/soundkin/audition", ("/home/me/kick.wav", 1.0, 0.0))


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize("topic", ["cursor", "slots", "map", "status", "audition", "commit"])
def test_the_six_topics_can_be_subscribed(house: House, topic: str) -> None:
    wire = house.wire("a", topic)
    house.pushes.publish(topic, [BEAT])
    assert wire.sent == [BEAT]


def test_thirty_two_endpoints_may_subscribe_and_the_longest_idle_makes_room_and_is_told(house: House) -> None:
    wires = [house.wire(str(number), "status") for number in range(32)]
    house.pushes.renew(wires[0])
    house.wire("late", "status")
    assert len(house.pushes.subscribers("status")) == 32
    assert [wire.sent for wire in wires if wire.sent] == [wires[1].sent]
    (told,) = wires[1].sent
    assert (told.address, told.args[:3]) == ("/soundkin/error", (0, 5, "/soundkin/subscribe"))
    assert wires[1].session.topics == frozenset()
    house.wire("0", "cursor status")  # who is in may change its mind
    assert len(house.pushes.subscribers("status")) == 32


def test_a_source_with_many_subscriptions_loses_one_of_its_own(house: House) -> None:
    polite = house.wire("polite", "status")
    for number in range(100):
        wire = Wire(str(number), house.sessions, source="greedy")
        house.pushes.subscribe(wire, STATUS, 3_600)
    assert polite.sent == []
    house.wire("late", "status")
    keys = [session.key for session in house.pushes.subscribers("status")]
    assert len(keys) == 32
    assert {("udp", "polite"), ("udp", "late"), ("udp", "99")} <= set(keys)
    assert ("udp", "68") not in keys


def test_with_very_many_newcomers_each_subscription_lasts_a_while(house: House) -> None:
    for number in range(32):
        house.wire(str(number), "status")
    taken = 0
    for number in range(1_000):
        with contextlib.suppress(BusyError):
            house.wire(f"storm {number}", "status")
            taken += 1
    assert taken == 32
    house.now = 1.0
    for number in range(16):
        house.wire(f"a second later {number}", "status")
    with pytest.raises(BusyError):
        house.wire("one more", "status")
    house.wire("a second later 3", "cursor")  # who is in is not refused


def test_one_source_that_pushes_out_its_own_does_not_use_up_the_changes_of_others(house: House) -> None:
    for number in range(1_000):
        house.pushes.subscribe(Wire(str(number), house.sessions, source="greedy"), STATUS, 60)
    for number in range(32):
        house.wire(f"polite {number}", "status")


def test_what_the_settings_name_takes_no_place_and_keeps_its_own(house: House) -> None:
    listed = Wire("listed", house.sessions)
    house.pushes.pin(listed)
    for number in range(40):
        house.wire(str(number), "status")
    house.pushes.subscribe(listed, frozenset({"cursor"}), 1)
    house.pushes.unsubscribe(listed.key)
    house.now = 1e6
    house.pushes.renew(listed)
    house.pushes.expire()
    house.pushes.publish("status", [BEAT])
    assert listed.sent == [BEAT]


def test_a_lease_holds_until_its_second_and_not_longer(house: House) -> None:
    house.wire("a", "status", 60)
    house.now = 59.9
    house.pushes.expire()
    assert len(house.pushes.subscribers("status")) == 1
    house.now = 60.0
    house.pushes.expire()
    assert house.pushes.subscribers("status") == []


def test_a_packet_renews_the_lease_for_as_long_as_it_was_asked_for(house: House) -> None:
    wire = house.wire("a", "status", 10)
    house.now = 9.0
    house.pushes.renew(wire)
    house.now = 18.9
    house.pushes.expire()
    assert len(house.pushes.subscribers("status")) == 1
    house.now = 19.0
    house.pushes.expire()
    assert house.pushes.subscribers("status") == []


def test_who_has_not_subscribed_has_nothing_to_renew(house: House) -> None:
    wire = house.wire("a")
    house.now = 5.0
    house.pushes.renew(wire)
    assert wire.session.expires_s == 0.0


def test_only_the_endpoint_that_unsubscribes_is_dropped(house: House) -> None:
    one, other = house.wire("a", "status"), house.wire("b", "status")
    house.pushes.unsubscribe(one.key)
    house.pushes.publish("status", [BEAT])
    assert (one.sent, other.sent) == ([], [BEAT])
    assert one.session.topics == frozenset()
    assert other.session.topics == STATUS


def test_an_unknown_topic_is_named_by_its_beginning_with_those_that_are_known(house: House) -> None:
    with pytest.raises(BadArgumentError) as caught:
        house.wire("a", "status " + "gossip" * 20)
    assert repr(("gossip" * 20)[:20]) in str(caught.value)
    assert "cursor slots map status audition commit" in str(caught.value)
    assert house.pushes.subscribers("status") == []


def test_a_topic_of_one_cursor_goes_to_those_who_watch_it(house: House) -> None:
    main, mine = house.wire("a", "cursor"), house.wire("b", "cursor")
    mine.session.cursor = "mine"
    house.pushes.publish("cursor", [PAGE], cursor="mine")
    house.pushes.publish("cursor", [BEAT])
    assert main.sent == [BEAT]
    assert mine.sent == [PAGE, BEAT]


def test_nothing_is_sent_where_there_is_nothing_to_say(house: House) -> None:
    wire = house.wire("a", "status")
    house.pushes.publish("status", [])
    assert wire.sends == 0


def test_the_endpoint_that_moves_a_fader_is_not_told_where_it_is(house: House) -> None:
    mover, other = house.wire("a", "cursor"), house.wire("b", "cursor")
    house.pushes.publish("cursor", [PAGE, BEAT], mover=(mover.key, PAGE.address))
    assert (mover.sent, other.sent) == ([BEAT], [PAGE, BEAT])
    house.pushes.publish("cursor", [PAGE], mover=(mover.key, PAGE.address))
    assert mover.sends == 1


def test_an_endpoint_that_is_away_holds_up_nobody(house: House) -> None:
    gone, here = house.wire("a", "status"), house.wire("b", "status")
    gone.session.endpoint = None
    house.pushes.publish("status", [BEAT])
    assert (gone.sent, here.sent) == ([], [BEAT])


def test_where_files_lie_is_told_only_to_those_who_may_know(house: House) -> None:
    there, here = house.wire("b", "audition", sees_paths=False), house.wire("a", "audition")
    house.pushes.publish("audition", [SOUND, BEAT])
    assert here.sent == [SOUND, BEAT]
    assert there.sent == [Message("/soundkin/audition", ("kick.wav", 1.0, 0.0)), BEAT]


def test_what_names_no_path_is_encoded_once_and_skips_the_mover_elsewhere_too(house: House) -> None:
    there = house.wire("b", "cursor", sees_paths=False)
    house.pushes.publish("cursor", [PAGE, BEAT], mover=(there.key, PAGE.address))
    assert there.sent == [BEAT]


def test_a_listener_hears_the_addresses_it_named_of_the_main_cursor(house: House) -> None:
    wire = house.wire("web")
    house.pushes.listen(wire, PAGE.address, True)
    house.pushes.publish("cursor", [PAGE, BEAT])
    house.pushes.publish("cursor", [PAGE], cursor="main")
    house.pushes.publish("cursor", [PAGE], cursor="mine")
    assert wire.sent == [PAGE, PAGE]
    house.pushes.listen(wire, BEAT.address, True)
    house.pushes.publish("cursor", [PAGE, BEAT])
    assert wire.sent[2:] == [PAGE, BEAT]
    house.pushes.listen(wire, PAGE.address, False)
    house.pushes.publish("cursor", [PAGE, BEAT])
    assert wire.sent[4:] == [BEAT]
    house.pushes.listen(wire, BEAT.address, False)
    house.pushes.publish("cursor", [PAGE, BEAT])
    assert len(wire.sent) == 5


def test_listeners_are_told_names_not_paths_and_nothing_that_they_move_themselves(house: House) -> None:
    wire, other = house.wire("web"), house.wire("page")
    for each in (wire, other):
        house.pushes.listen(each, PAGE.address, True)
        house.pushes.listen(each, SOUND.address, True)
    house.pushes.publish("cursor", [PAGE, SOUND], mover=(wire.key, PAGE.address))
    named = Message("/soundkin/audition", ("kick.wav", 1.0, 0.0))
    assert (wire.sent, other.sent) == ([named], [PAGE, named])


def test_a_listener_that_is_away_or_hears_nothing_new_is_sent_nothing(house: House) -> None:
    gone, here = house.wire("a"), house.wire("b")
    house.pushes.listen(gone, PAGE.address, True)
    house.pushes.listen(here, PAGE.address, True)
    gone.session.endpoint = None
    house.pushes.publish("cursor", [PAGE])
    house.pushes.publish("cursor", [BEAT])
    assert (gone.sends, here.sends) == (0, 1)


def test_who_is_gone_for_good_is_neither_pushed_to_nor_remembered(house: House) -> None:
    wire, other = house.wire("a", "status"), house.wire("b", "status")
    for each in (wire, other):
        house.pushes.listen(each, BEAT.address, True)
    house.pushes.forget(wire.key)
    house.pushes.publish("status", [BEAT])
    assert (wire.sent, other.sent) == ([], [BEAT, BEAT])
    assert [session.key for session in house.sessions._kept.values()] == [other.key]


def test_the_newest_endpoint_of_a_session_is_the_one_pushed_to(house: House) -> None:
    old = house.wire("a", "status")
    new = house.wire("a", "status")
    assert new.session is old.session
    house.pushes.publish("status", [BEAT])
    assert (old.sent, new.sent) == ([], [BEAT])


@pytest.mark.parametrize("address", ["/soundkin/audition", "/soundkin/commit"])
def test_the_two_messages_that_name_a_path_are_cut_to_its_name(address: str) -> None:
    assert without_folder(Message(address, ("/a/b.wav", 0.5))) == Message(address, ("b.wav", 0.5))


def test_other_messages_stay_as_they_are() -> None:
    message = Message("/soundkin/sel/name", ("a/b",))
    assert without_folder(message) is message
