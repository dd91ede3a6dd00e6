"""When analysis pauses, number by number, and what people are told of it."""

from __future__ import annotations

import pytest

from soundkin.config import AnalysisSettings
from soundkin.ingest.throttle import NoSensors, Pauses, Throttle


class Machine:
    """Sensors that a test sets, and how often they were asked."""

    def __init__(self, load: float = 0.0, charge: float | None = None) -> None:
        self.load, self.charge = load, charge
        self.asked = {"load": 0, "battery": 0}

    def others_load(self) -> float:
        self.asked["load"] += 1
        return self.load

    def battery(self) -> float | None:
        self.asked["battery"] += 1
        return self.charge


def throttle(machine: Machine, above: float = 60, below: float = 20) -> Throttle:
    return Throttle(AnalysisSettings(pause_above_load=above, pause_below_battery=below), machine)


def test_the_machine_is_looked_at_every_five_seconds() -> None:
    machine = Machine()
    watch = throttle(machine)
    for tenth in range(151):
        watch.reasons(tenth / 10)
    assert machine.asked == {"load": 4, "battery": 4}  # at 0, 5, 10 and 15 s


def test_a_pause_begins_above_the_ceiling_and_ends_ten_percent_below_it() -> None:
    machine = Machine(load=60.0)
    watch = throttle(machine)
    loads = [(60.0, False), (60.1, True), (50.1, True), (50.0, False), (60.0, False), (61.0, True)]
    for turn, (load, paused) in enumerate(loads):
        machine.load = load
        assert ("load" in watch.reasons(turn * 5.0)) is paused, load


def test_at_a_ceiling_of_a_hundred_percent_nobody_measures() -> None:
    for ceiling, asked in ((100, 0), (99, 1)):
        machine = Machine(load=200.0)
        assert bool(throttle(machine, above=ceiling).reasons(0.0)) is bool(asked)
        assert machine.asked["load"] == asked


@pytest.mark.parametrize(
    ("floor", "charge", "paused"),
    [
        (20, 19.9, True),
        (20, 20.0, False),
        (20, None, False),
        (1, 0.5, True),
        (0, 0.0, False),
        (100, 100.0, True),
        (99, 99.0, False),
    ],
)
def test_a_battery_below_the_floor_pauses_and_a_floor_of_a_hundred_always_does(
    floor: float, charge: float | None, paused: bool
) -> None:
    machine = Machine(charge=charge)
    assert ("battery" in throttle(machine, below=floor).reasons(0.0)) is paused
    assert machine.asked["battery"] == (1 if floor > 0 else 0)


def test_both_reasons_are_told_with_their_figures_and_settings() -> None:
    reasons = throttle(Machine(load=71.4, charge=9.6), above=62.5).reasons(0.0)
    assert reasons == {
        "load": "other programs use 71 % of the machine ([analysis] pause_above_load = 62.5)",
        "battery": "on battery at 10 % ([analysis] pause_below_battery = 20)",
    }


def test_reasons_given_stay_until_they_are_taken_back_one_by_one() -> None:
    pauses = Pauses(throttle(Machine()))
    assert pauses.needed(0.0, work=True) is False
    pauses.give("asked")
    pauses.give("transport")
    pauses.give("disk", "the disk is full")
    pauses.give("moon")
    assert pauses.needed(0.0, work=False) is True
    assert pauses.sentences == (
        "analysis is paused: as asked; `soundkin resume` ends it",
        "analysis is paused: REAPER needs the machine ([analysis] pause_when)",
        "analysis is paused: the disk is full",
        "analysis is paused: moon",
    )
    for reason in ("asked", "transport", "disk"):
        pauses.take_back(reason)
        assert pauses.needed(0.0, work=False) is True
    pauses.take_back("moon")
    pauses.take_back("moon")
    assert pauses.needed(0.0, work=False) is False
    assert not pauses.sentences


def test_the_machine_is_asked_only_while_there_is_work_and_its_reasons_go_with_it() -> None:
    machine = Machine(load=90.0, charge=5.0)
    pauses = Pauses(throttle(machine))
    assert pauses.needed(0.0, work=False) is False
    assert machine.asked == {"load": 0, "battery": 0}
    assert pauses.needed(0.0, work=True) is True
    assert len(pauses.sentences) == 2
    machine.load = 5.0
    assert pauses.needed(5.0, work=True) is True
    assert [sentence[:31] for sentence in pauses.sentences] == ["analysis is paused: on battery "]
    assert pauses.needed(6.0, work=False) is False
    assert not pauses.sentences


def test_what_was_asked_outlives_what_the_machine_says() -> None:
    machine = Machine(load=90.0)
    pauses = Pauses(throttle(machine))
    pauses.give("asked")
    pauses.needed(0.0, work=True)
    machine.load = 0.0
    assert pauses.needed(5.0, work=True) is True
    assert pauses.sentences == ("analysis is paused: as asked; `soundkin resume` ends it",)


def test_where_somebody_waits_the_machine_does_not_count() -> None:
    machine = Machine(load=90.0, charge=1.0)
    pauses = Pauses(throttle(machine))
    assert pauses.needed(0.0, work=True) is True
    pauses.ignore_machine()
    assert pauses.needed(0.0, work=True) is False
    assert (NoSensors().others_load(), NoSensors().battery()) == (0.0, None)
