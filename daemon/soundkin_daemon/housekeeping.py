"""What is done now and then while the daemon runs: the daily backup, giving back free room on disk and in memory."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from soundkin.errors import LibraryError
from soundkin.library import SqliteLibrary, backups
from soundkin_daemon.memory import give_back

_log = logging.getLogger(__name__)

_FIRST_S = 60.0
_EVERY_S = 900.0
_STEP_S = 0.5


class Housekeeper:
    """A thread that looks a few times an hour whether a backup is due."""

    def __init__(self, library: SqliteLibrary, folder: Path) -> None:
        self._library = library
        self._folder = folder
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="soundkin-house", daemon=True)

    def start(self) -> None:
        """Begin; the first look is a minute away, so that a start is not slowed."""
        self._thread.start()

    def stop(self) -> None:
        """End, after a backup that is being written."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        wait_s = _FIRST_S
        while not self._stopping.wait(wait_s):
            wait_s = _EVERY_S
            try:
                backups.take_if_due(self._library, self._folder, time.time())
            except (LibraryError, OSError) as error:
                _log.warning("no backup: %s", error)
            self._tidy()
            give_back()

    def _tidy(self) -> None:
        """Give the room of removed rows back, in short steps with pauses, so that nobody waits for the writer."""
        try:
            while self._library.tidy() and not self._stopping.wait(_STEP_S):
                pass
        except LibraryError as error:
            _log.warning("could not tidy the library: %s", error)
