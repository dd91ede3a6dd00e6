"""A thread for a chore of the daemon: it begins late, so that a start is not slowed, and ends early."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

_LONGEST_END_S = 10.0


class Chore(ABC):
    """A thread that ends when it is done, or soon after `stop`."""

    def __init__(self, thread_name: str) -> None:
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=thread_name, daemon=True)

    def start(self) -> None:
        """Begin; the work comes a moment later."""
        self._thread.start()

    def stop(self) -> None:
        """End after the piece that is at work, if that does not hang."""
        self.stopping.set()
        self._thread.join(_LONGEST_END_S)

    @abstractmethod
    def _run(self) -> None:
        """Work until `stopping` is set, which is what it waits on."""
