"""When analysis makes room for others: a busy machine, a battery that runs low. Decides; others measure."""

from __future__ import annotations

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
"""So many percent below the ceiling analysis goes on, so that it does not flutter."""


class Sensors(Protocol):
    """What the machine tells."""

    def others_load(self) -> float:
        """Share of all cores that other programs used since the last call, in percent."""
        ...

    def battery(self) -> float | None:
        """Charge in percent while it feeds the machine; None on mains or without one."""
        ...


class Courtesy:
    """Reasons to pause, looked for every few seconds while there is work. One thread uses it; time is an argument."""

    def __init__(self, settings: AnalysisSettings, sensors: Sensors) -> None:
        self._settings = settings
        self._sensors = sensors
        self._next = float("-inf")
        self._reasons: dict[str, str] = {}

    def reasons(self, now: float) -> Mapping[str, str]:
        """Reason to a sentence that says what ends it; empty where nobody minds."""
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


class NoSensors:
    """A machine with all the time in the world."""

    def others_load(self) -> float:
        """Nobody else works."""
        return 0.0

    def battery(self) -> float | None:
        """There is none."""
        return None
