"""Periodic work of the daemon: the daily backup, returning free space of the disk and of memory."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from soundkin.errors import LibraryError
from soundkin.library import SqliteLibrary, backups
from soundkin_daemon.background import Chore
from soundkin_daemon.memory import give_back

_log = logging.getLogger(__name__)

_FIRST_S = 60.0
_EVERY_S = 900.0
_STEP_S = 0.5


class Housekeeper(Chore):
    """Looks a few times an hour whether a backup is due. `rest` lets go of memory that is not in use."""

    def __init__(self, library: SqliteLibrary, folder: Path, rest: Callable[[], None] = lambda: None) -> None:
        self._library = library
        self._folder = folder
        self._rest = rest
        super().__init__("soundkin-house")

    def _run(self) -> None:
        wait_s = _FIRST_S
        while not self.stopping.wait(wait_s):
            wait_s = _EVERY_S
            try:
                backups.take_if_due(self._library, self._folder, time.time())
            except (LibraryError, OSError) as error:
                _log.warning("no backup: %s", error)
            self._tidy()
            self._rest()
            give_back()

    def _tidy(self) -> None:
        """Shrink the file by the pages of removed rows, in short steps with pauses that leave the writer free."""
        try:
            while self._library.tidy() and not self.stopping.wait(_STEP_S):
                pass
        except LibraryError as error:
            _log.warning("could not tidy the library: %s", error)
