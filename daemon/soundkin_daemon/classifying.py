"""Works out categories that stored samples lack: of an older library, or by an older classifier. Reads no audio."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from soundkin.errors import LibraryError
from soundkin.interfaces import CategoryStore
from soundkin.model import SampleId
from soundkin_daemon.background import Chore

_log = logging.getLogger(__name__)

BATCH = 512
_FIRST_S = 2.5
_PAUSE_S = 0.02
_RETRY_S = 60.0


class Classifying(Chore):
    """Ends when nothing is lacking. `told` hears whose categories are new, after they are stored."""

    def __init__(self, library: CategoryStore, told: Callable[[Sequence[SampleId]], None]) -> None:
        self._library = library
        self._told = told
        super().__init__("soundkin-classify")

    def _run(self) -> None:
        wait_s = _FIRST_S
        while not self.stopping.wait(wait_s):
            wait_s = _RETRY_S
            try:
                done = classify_all(self._library, self._told, lambda: self.stopping.wait(_PAUSE_S))
            except LibraryError as error:
                _log.warning("categories are worked out later: %s", error)
                continue
            if done:
                _log.info("categories of %d samples were worked out", done)
            return


def classify_all(
    library: CategoryStore,
    told: Callable[[Sequence[SampleId]], None] = lambda _: None,
    pause: Callable[[], bool] = lambda: False,
) -> int:
    """Classify what lacks it, batch by batch, until nothing does or `pause`, which is called between two, says to end.

    How many samples that were. Raises `LibraryError`.
    """
    done = last = 0
    while batch := library.classify(last, BATCH):
        told(batch)
        done, last = done + len(batch), int(batch[-1])
        if pause():
            break
    return done
