"""How an entry of the log, or a warning on a terminal, is written. Light: every command loads it."""

from __future__ import annotations

import logging
from typing import Any

from soundkin.names.printable import printable, printable_lines


class OneLine(logging.Formatter):
    """An entry is one printable line, names of files and all; so is each line of a traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The entry without its traceback."""
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """The traceback."""
        return printable_lines(super().formatException(ei))
