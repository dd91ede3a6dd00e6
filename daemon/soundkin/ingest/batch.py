"""Stores outcomes in batches. What the library refuses is kept and tried again, and meanwhile nothing new is begun."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from soundkin.errors import LibraryError, LibraryFullError
from soundkin.interfaces import OutcomeStore
from soundkin.model import Outcome

_log = logging.getLogger(__name__)

BATCH_FILES = 64
BATCH_S = 1.0
RETRY_S = 5.0


class BatchWriter:
    """A batch on its way into the library. One thread uses it."""

    def __init__(self, library: OutcomeStore) -> None:
        self._library = library
        self._batch: list[Outcome] = []
        self._since = 0.0
        self._retry_at = float("-inf")
        self.trouble = ""
        """Why the library cannot be written to; "" where it can."""
        self.full = False
        """Whether that is for lack of room."""

    def __len__(self) -> int:
        return len(self._batch)

    @property
    def paths(self) -> list[str]:
        """Files of the batch."""
        return [outcome.path for outcome in self._batch]

    def add(self, outcomes: Sequence[Outcome], now: float) -> None:
        """Take in what was analysed."""
        if outcomes and not self._batch:
            self._since = now
        self._batch += outcomes

    def is_due(self, now: float) -> bool:
        """Whether the batch is full, or has waited long enough."""
        return len(self._batch) >= BATCH_FILES or (bool(self._batch) and now - self._since >= BATCH_S)

    def must_wait(self, now: float) -> bool:
        """Whether the library refused a moment ago."""
        return bool(self.trouble) and now < self._retry_at

    def store(self, now: float) -> list[str]:
        """Store everything; the paths that the library knows now. On any error of the library, what is left is kept."""
        stored: list[str] = []
        while self._batch:
            part = self._batch[:BATCH_FILES]
            try:
                self._library.put(part)
            except LibraryError as error:
                self.refused(error, now)
                return stored
            del self._batch[: len(part)]
            stored += [outcome.path for outcome in part]
        if stored:
            self.accepted()
        return stored

    def refused(self, error: LibraryError, now: float) -> None:
        """The library could not be written to, here or elsewhere."""
        sentence = f"analysis waits: {error}"
        if sentence != self.trouble:
            _log.warning("%s; trying again every %.0f s", sentence, RETRY_S)
        self.trouble, self.full = sentence, isinstance(error, LibraryFullError)
        self._retry_at = now + RETRY_S

    def accepted(self) -> None:
        """The library was written to."""
        if self.trouble:
            _log.info("the library can be written again")
        self.trouble, self.full = "", False
