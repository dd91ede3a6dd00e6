"""Measures how busy others keep the machine, and its battery. Alone asks psutil about either."""

from __future__ import annotations

import contextlib
import time

_OTHER_WORK = ("user", "nice", "system", "irq", "softirq", "steal", "interrupt", "dpc")


class MachineSensors:
    """`throttle.Sensors` of this machine."""

    def __init__(self) -> None:
        self._before = (time.monotonic(), 0.0, 0.0)
        self._measured = False

    def others_load(self) -> float:
        """Share of all cores that processes other than ours used since the last call, in percent; 0 the first time."""
        import psutil

        now = (time.monotonic(), _all_busy_s(), _own_busy_s())
        (then_s, all_before, own_before), self._before = self._before, now
        known, self._measured = self._measured, True
        seconds = (now[0] - then_s) * (psutil.cpu_count() or 1)
        if not known or seconds <= 0:
            return 0.0
        return min(100.0, max(0.0, 100.0 * (now[1] - all_before - max(0.0, now[2] - own_before)) / seconds))

    def battery(self) -> float | None:
        """Charge in percent while the machine runs on it."""
        import psutil

        read = getattr(psutil, "sensors_battery", None)  # not every system has it
        with contextlib.suppress(OSError, psutil.Error, NotImplementedError):
            state = read() if read is not None else None
            if state is not None and state.power_plugged is False:
                return float(state.percent)
        return None


def _all_busy_s() -> float:
    import psutil

    times: dict[str, float] = psutil.cpu_times()._asdict()
    return sum(times.get(name, 0.0) for name in _OTHER_WORK)


def _own_busy_s() -> float:
    """CPU seconds of this process and its workers, those that have ended too."""
    import psutil

    total = 0.0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
            if process is me:
                total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total
