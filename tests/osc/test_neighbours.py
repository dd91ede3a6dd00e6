"""Machines that send datagrams: one allowance each, and addresses that have confirmed. Time is an argument."""

from __future__ import annotations

from soundkin_osc.carriers.neighbours import Neighbours

PHONE, OTHER = ("192.168.1.7", 9000), ("192.168.1.8", 9000)


def entered(neighbours: Neighbours, host: str, now_s: float, packets: int = 1_000) -> int:
    return sum(neighbours.enter((host, 9000 + number), 20, now_s) for number in range(packets))


def test_an_allowance_is_a_machines_and_not_a_ports() -> None:
    neighbours = Neighbours()
    assert entered(neighbours, "192.168.1.7", 0.0) == 400
    assert entered(neighbours, "192.168.1.7", 1.0) == 200
    assert entered(neighbours, "192.168.1.8", 1.0) == 400


def test_bytes_that_one_port_sent_pay_for_what_all_ports_of_the_machine_get() -> None:
    neighbours = Neighbours()
    neighbours.enter(PHONE, 100, 0.0)
    assert neighbours.leave((PHONE[0], 1), 200, 1, own=300)
    assert neighbours.leave(PHONE, 100, PHONE[1], own=300)
    assert not neighbours.leave(PHONE, 1, PHONE[1], own=300)
    assert not neighbours.leave(OTHER, 1, OTHER[1], own=300)


def test_a_new_machine_begins_with_a_full_allowance_at_any_time_of_day() -> None:
    assert entered(Neighbours(), "192.168.1.7", 1e6) == 400


def test_the_address_that_confirmed_gets_what_it_asks_for_and_no_other_port_does() -> None:
    neighbours = Neighbours()
    neighbours.enter(PHONE, 20, 0.0)
    neighbours.confirm(PHONE)
    assert neighbours.is_confirmed(PHONE)
    assert not neighbours.is_confirmed((PHONE[0], 9001))
    assert not neighbours.is_confirmed(OTHER)
    assert neighbours.leave(PHONE, 1_000_000, PHONE[1])
    assert not neighbours.leave((PHONE[0], 9001), 1_000_000, 9001)


def test_a_confirmation_ends_an_hour_after_the_last_packet() -> None:
    neighbours = Neighbours()
    neighbours.enter(PHONE, 20, 0.0)
    neighbours.confirm(PHONE)
    neighbours.enter(PHONE, 20, 3_600.0)
    neighbours.enter(OTHER, 20, 7_200.0)
    assert neighbours.is_confirmed(PHONE)
    neighbours.enter(OTHER, 20, 7_201.0)
    assert not neighbours.is_confirmed(PHONE)
    neighbours.enter(PHONE, 20, 7_202.0)
    assert not neighbours.is_confirmed(PHONE)


def test_a_machine_that_confirms_with_many_ports_pushes_out_its_own_first() -> None:
    neighbours = Neighbours()
    neighbours.confirm(OTHER)
    for port in range(1_000):
        neighbours.confirm((PHONE[0], port))
    assert neighbours.is_confirmed(OTHER)
    assert sum(neighbours.is_confirmed((PHONE[0], port)) for port in range(1_000)) == 255
    assert neighbours.is_confirmed((PHONE[0], 999))


def test_256_machines_are_remembered_and_the_longest_unused_leaves() -> None:
    neighbours = Neighbours()
    for number in range(256):
        assert entered(neighbours, f"10.0.0.{number}", 0.0) == 400
    assert entered(neighbours, "10.0.0.0", 0.0) == 0
    entered(neighbours, "10.0.1.0", 0.0)
    assert entered(neighbours, "10.0.0.0", 0.0) == 0
    assert entered(neighbours, "10.0.0.1", 0.0) == 400


def test_what_is_pushed_to_a_controller_of_the_settings_needs_no_confirmation() -> None:
    neighbours = Neighbours([PHONE])
    assert neighbours.is_controller(PHONE[0])
    assert neighbours.leave(PHONE, 1_000_000, 9000)
    assert neighbours.leave((PHONE[0], 5000), 1_000_000, 9000)
    assert not neighbours.leave((PHONE[0], 5000), 1_000_000, 5000)
    assert not neighbours.is_confirmed(PHONE)
    assert not neighbours.is_controller(OTHER[0])


def test_a_confirmation_counts_from_when_it_came_though_nothing_came_before() -> None:
    neighbours = Neighbours()
    neighbours.confirm(PHONE)
    neighbours.enter(OTHER, 20, 3_600.5)
    assert not neighbours.is_confirmed(PHONE)


def test_of_machines_that_have_confirmed_the_one_that_sent_longest_ago_makes_room() -> None:
    neighbours = Neighbours()
    machines = [(f"10.0.0.{number}", 9000) for number in range(256)]
    for machine in machines:
        neighbours.confirm(machine)
    neighbours.enter(machines[0], 20, 1.0)
    neighbours.confirm(PHONE)
    assert [neighbours.is_confirmed(each) for each in (machines[0], machines[1], PHONE)] == [True, False, True]


def test_a_confirmation_that_has_ended_takes_no_room() -> None:
    neighbours = Neighbours()
    neighbours.confirm(PHONE)
    neighbours.enter(OTHER, 20, 3_000.0)
    others = [("192.168.1.9", 9000), ("192.168.1.9", 9001), *((f"10.0.0.{number}", 9000) for number in range(253))]
    for other in others:
        neighbours.confirm(other)
    neighbours.enter(OTHER, 20, 3_601.0)
    assert not neighbours.is_confirmed(PHONE)
    neighbours.confirm(OTHER)
    assert all(neighbours.is_confirmed(each) for each in (OTHER, *others))


def test_a_byte_that_no_packet_has_earned_is_of_those_that_are_kept_for_short_answers() -> None:
    neighbours = Neighbours()
    neighbours.enter(PHONE, 342, 0.0)  # earns 1,026 bytes, of which 1,024 are kept
    assert neighbours.leave(PHONE, 1, PHONE[1])
    assert neighbours.leave(PHONE, 1, PHONE[1])
    assert not neighbours.leave(PHONE, 1, PHONE[1])
    assert neighbours.leave(OTHER, 0, OTHER[1])
