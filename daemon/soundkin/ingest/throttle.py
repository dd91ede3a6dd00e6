"""When analysis pauses for other programs: a busy machine, a low battery. Decides; sensors measure."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Protocol

from soundkin.config import AnalysisSettings

PAUSES = {
    "asked": "as asked; `soundkin resume` ends it",
    "transport": "REAPER needs the machine ([analysis] pause_when)",
}
"""Reasons that come from outside, in words."""
_EVERY_S = 5.0
_RELIEF = 10.0
"""Hysteresis in percent: analysis resumes this far below the ceiling."""


class Sensors(Protocol):
    """What the machine tells."""

    def others_load(self) -> float:
        """Share of all cores that other programs used since the last call, in percent."""
        ...

    def battery(self) -> float | None:
        """Charge in percent while it feeds the machine; None on mains or without one."""
        ...


class Throttle:
    """Reasons to pause, looked for every few seconds while there is work. One thread uses it; time is an argument."""

    def __init__(self, settings: AnalysisSettings, sensors: Sensors) -> None:
        self._settings = settings
        self._sensors = sensors
        self._next = float("-inf")
        self._reasons: dict[str, str] = {}

    def reasons(self, now: float) -> Mapping[str, str]:
        """Reason to a sentence that says what ends it; empty where there is none."""
        if now >= self._next:
            self._next = now + _EVERY_S
            self._reasons = {**self._busy(), **self._on_battery()}
        return self._reasons

    def _busy(self) -> dict[str, str]:
        ceiling = self._settings.pause_above_load
        if ceiling >= 100:
            return {}
        load = self._sensors.others_load()
        limit = ceiling - _RELIEF if "load" in self._reasons else ceiling
        if load <= limit:
            return {}
        return {"load": f"other programs use {load:.0f} % of the machine ([analysis] pause_above_load = {ceiling:g})"}

    def _on_battery(self) -> dict[str, str]:
        floor = self._settings.pause_below_battery
        charge = self._sensors.battery() if floor > 0 else None
        if charge is None or (charge >= floor and floor < 100):
            return {}
        return {"battery": f"on battery at {charge:.0f} % ([analysis] pause_below_battery = {floor:g})"}


class Pauses:
    """Reasons why nothing is analysed now: those that were given, and those that the machine has.

    Reasons may be given and taken back from any thread; `needed` is for the thread that works.
    """

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._changing = threading.Lock()
        self._reasons: dict[str, str] = {}

    def give(self, reason: str, why: str = "") -> None:
        """Pause until `take_back` with the same reason; `why` is for people."""
        with self._changing:
            self._reasons = {**self._reasons, reason: why or PAUSES.get(reason, reason)}

    def take_back(self, reason: str) -> None:
        """One reason less."""
        with self._changing:
            self._reasons = {other: why for other, why in self._reasons.items() if other != reason}

    def ignore_machine(self) -> None:
        """From now on battery and load are ignored."""
        self._throttle = Throttle(AnalysisSettings(), NoSensors())

    def needed(self, now: float, *, work: bool) -> bool:
        """Whether anyone asked for a pause, or the machine needs one, which is looked for only while there is work."""
        found = self._throttle.reasons(now) if work else {}
        for reason in ("load", "battery"):
            if reason in found:
                self.give(reason, found[reason])
            elif reason in self._reasons:
                self.take_back(reason)
        return bool(self._reasons)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each reason for people."""
        return tuple(f"analysis is paused: {why}" for why in self._reasons.values())


class NoSensors:
    """A machine with all the time in the world."""

    def others_load(self) -> float:
        """Reports an idle machine without a battery."""
        return 0.0

    def battery(self) -> float | None:
        """There is none."""
        return None
