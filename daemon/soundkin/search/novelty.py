"""Which samples were returned or used lately, and how warm that leaves them. Time is an argument."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

RETURNED_HALF_LIFE_S = 600.0
COMMITTED_HALF_LIFE_S = 86_400.0
_COLDEST = 0.01
_MOST = 4096


class Memory:
    """Heat 0..1 of samples: 1 for one just returned or used, halved every ten minutes, or every day once used."""

    def __init__(self) -> None:
        self._returned: OrderedDict[int, float] = OrderedDict()
        self._committed: OrderedDict[int, float] = OrderedDict()
        self._lock = threading.Lock()

    def returned(self, ids: Iterable[int], now_s: float) -> None:
        """These were among an answer."""
        with self._lock:
            _note(self._returned, ids, now_s)

    def committed(self, sample_id: int, now_s: float) -> None:
        """This one was put to use."""
        with self._lock:
            _note(self._committed, [sample_id], now_s)

    def heat(self, now_s: float) -> dict[int, float]:
        """Heat of all samples that are not cold."""
        out: dict[int, float] = {}
        with self._lock:
            for times, half_life in ((self._returned, RETURNED_HALF_LIFE_S), (self._committed, COMMITTED_HALF_LIFE_S)):
                for sample_id, then_s in times.items():
                    heat = 0.5 ** (max(0.0, now_s - then_s) / half_life)
                    if heat > max(_COLDEST, out.get(sample_id, 0.0)):
                        out[sample_id] = heat
        return out


def _note(times: OrderedDict[int, float], ids: Iterable[int], now_s: float) -> None:
    for sample_id in ids:
        times[sample_id] = now_s
        times.move_to_end(sample_id)
    while len(times) > _MOST:
        times.popitem(last=False)
