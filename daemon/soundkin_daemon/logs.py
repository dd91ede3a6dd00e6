"""Logging set-up of the daemon: one rotating file with a bounded size and pace."""

from __future__ import annotations

import logging
import logging.handlers
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from soundkin_daemon.log_lines import OneLine

if TYPE_CHECKING:
    from pathlib import Path

    from soundkin.config import LogSettings

_MOST_A_MINUTE = 60
_MINUTE_S = 60.0
_PLACES = 1_000
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def open_log(path: Path, settings: LogSettings) -> logging.Handler:
    """Send every logger of this process to a file that is rotated at its size limit; one older file is kept."""
    handler = LogFile(
        path,
        maxBytes=int(settings.max_mb * 1e6),
        backupCount=1,
        encoding="utf-8",
        errors="backslashreplace",
        delay=True,
    )
    handler.setFormatter(OneLine(_FORMAT))
    handler.addFilter(Moderation())
    root = logging.getLogger()
    root.setLevel(settings.level.upper())
    root.addHandler(handler)
    return handler


class LogFile(logging.handlers.RotatingFileHandler):
    """A file whose disk may be full or read-only: lines are lost then, and nothing else is said or stopped."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A line could not be written."""


class Moderation(logging.Filter):
    """Limits the lines a minute from each place in the code; the next minute's first line says how many were left out.

    A disk that fails at every file of a large library would else push everything else out of the log.
    """

    def __init__(self, most: int = _MOST_A_MINUTE, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most = most
        self._clock = clock
        self._lines: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        place, now = (record.pathname, record.lineno), self._clock()
        since, count = self._lines.get(place, (now, 0))
        if now - since >= _MINUTE_S:
            if count > self._most:
                record.msg, record.args = f"{record.getMessage()} ({count - self._most} more like this left out)", ()
            since, count = now, 0
        if len(self._lines) >= _PLACES:
            self._lines.clear()
        self._lines[place] = since, count + 1
        return count < self._most


def close_log(handler: logging.Handler) -> None:
    """Take a handler off again and close its file."""
    logging.getLogger().removeHandler(handler)
    handler.close()
