"""Works out categories that stored samples lack: of an older library, or by an older classifier. Reads no audio."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from soundkin.errors import LibraryError
from soundkin.interfaces import CategoryStore
from soundkin.model import SampleId

_log = logging.getLogger(__name__)

BATCH = 512
_FIRST_S = 2.5
_PAUSE_S = 0.02
_RETRY_S = 60.0
_LONGEST_END_S = 10.0


class Classifying:
    """A thread that ends when nothing is lacking. `told` hears whose categories are new, after they are stored."""

    def __init__(self, library: CategoryStore, told: Callable[[Sequence[SampleId]], None]) -> None:
        self._library = library
        self._told = told
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="soundkin-classify", daemon=True)

    def start(self) -> None:
        """Begin, a moment later, so that a start is not slowed."""
        self._thread.start()

    def stop(self) -> None:
        """End after the batch that is at work."""
        self._stopping.set()
        self._thread.join(_LONGEST_END_S)

    def _run(self) -> None:
        wait_s = _FIRST_S
        while not self._stopping.wait(wait_s):
            wait_s = _RETRY_S
            try:
                done = classify_all(self._library, self._told, lambda: self._stopping.wait(_PAUSE_S))
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
