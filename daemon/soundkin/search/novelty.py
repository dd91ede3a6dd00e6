"""Which samples were returned or used lately, and how warm that leaves them. Time is an argument."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

HEAT_RANK = 64
"""The hottest samples are set back by the distance of the hit in this place."""
RETURNED_HALF_LIFE_S = 600.0
COMMITTED_HALF_LIFE_S = 86_400.0
_COLDEST = 0.01
_MOST = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """How warm samples are, 0..1."""

    ids: NDArray[np.int32]
    """Ascending."""
    values: NDArray[np.float64]

    def of(self, ids: NDArray[np.int32]) -> NDArray[np.float64]:
        """Heat of each id, 0 for cold ones."""
        if not len(self.ids):
            return np.zeros(len(ids))
        places = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[places] == ids, self.values[places], 0.0)


COLD = Heat(np.zeros(0, np.int32), np.zeros(0))


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

    def heat(self, now_s: float) -> Heat:
        """Heat of all samples that are not cold."""
        with self._lock:
            kept = [(list(times), list(times.values())) for times in (self._returned, self._committed)]
        ids = np.array(kept[0][0] + kept[1][0], np.int32)
        ages = np.maximum(0.0, now_s - np.array(kept[0][1] + kept[1][1], np.float64))
        lives = np.repeat([RETURNED_HALF_LIFE_S, COMMITTED_HALF_LIFE_S], [len(kept[0][0]), len(kept[1][0])])
        heat = 0.5 ** (ages / lives)
        order = np.lexsort((heat, ids))[heat[np.lexsort((heat, ids))] > _COLDEST]
        hottest = np.append(np.diff(ids[order]) > 0, True)[: len(order)]
        return Heat(ids[order][hottest], heat[order][hottest])


def _note(times: OrderedDict[int, float], ids: Iterable[int], now_s: float) -> None:
    for sample_id in ids:
        times[sample_id] = now_s
        times.move_to_end(sample_id)
    while len(times) > _MOST:
        times.popitem(last=False)
