"""What other threads want of ingest, and the wait for it. Every method may be called from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from soundkin.watch.debounce import Debouncer


@dataclass(frozen=True, slots=True)
class Due:
    """What is wanted now."""

    targets: list[str]
    """Paths at which something may have changed."""
    everything: bool
    """Whether all roots are to be compared."""
    favoured: str | None
    """A folder that a question was about."""
    forsaken: bool
    """Whether a folder is not followed any more."""


class Wishes:
    """Left by any thread, taken by the one that works. `clock` counts seconds and does not go back."""

    def __init__(self, settle_s: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._debouncer = Debouncer(settle_s)
        self._wake = threading.Condition()
        self._everything = False
        self._forsaken = False
        self._favoured: str | None = None
        self.stopping = False
        """Whether the work is to end."""

    def hint(self, path: str) -> None:
        """Something may have changed at `path`."""
        with self._wake:
            self._debouncer.hint(path, self._clock())
            self._wake.notify()

    def scan(self) -> None:
        """All roots are to be compared."""
        with self._wake:
            self._everything = True
            self._wake.notify()

    def favour(self, folder: str) -> None:
        """A question was about a folder."""
        with self._wake:
            self._favoured = folder

    def forsake(self) -> None:
        """A folder is not followed any more."""
        with self._wake:
            self._forsaken = True
            self._wake.notify()

    def stop(self) -> None:
        """The work is to end."""
        with self._wake:
            self.stopping = True
            self._wake.notify()

    def wake(self) -> None:
        """Something else changed that ends a wait."""
        with self._wake:
            self._wake.notify()

    def take(self) -> Due:
        """What is wanted now; it is wanted no longer."""
        with self._wake:
            due = Due(self._debouncer.ready(self._clock()), self._everything, self._favoured, self._forsaken)
            self._everything, self._favoured, self._forsaken = False, None, False
            return due

    @property
    def pending(self) -> frozenset[str]:
        """Paths that were hinted at and are not due yet."""
        with self._wake:
            return self._debouncer.pending

    def rest(self, seconds: float) -> None:
        """Wait, though something may be wanted; only the end of the work ends it."""
        with self._wake:
            self._wake.wait_for(lambda: self.stopping, seconds)

    def wait(self, timeout_s: float) -> None:
        """Until something is wanted, `timeout_s` at most."""
        with self._wake:
            due = self._debouncer.next_due()
            wait_s = timeout_s if due is None else min(timeout_s, max(0.0, due - self._clock()))
            if not self.stopping and not self._everything and wait_s > 0:
                self._wake.wait(wait_s)
