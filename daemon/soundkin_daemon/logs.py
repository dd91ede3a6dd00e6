"""Logging set-up of the daemon: one rotating file with a bounded size, and warnings on stderr."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from soundkin.config import LogSettings

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def open_log(path: Path, settings: LogSettings) -> logging.Handler:
    """Send every logger of this process to a file that starts afresh at its size limit; one older file is kept."""
    handler = logging.handlers.RotatingFileHandler(
        path,
        maxBytes=int(settings.max_mb * 1e6),
        backupCount=1,
        encoding="utf-8",
        errors="backslashreplace",
        delay=True,
    )
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.setLevel(settings.level.upper())
    root.addHandler(handler)
    return handler


def close_log(handler: logging.Handler) -> None:
    """Take a handler off again and close its file."""
    logging.getLogger().removeHandler(handler)
    handler.close()


def warn(sentence: str) -> None:
    """One line on stderr."""
    sys.stderr.write(sentence + "\n")
