"""Files that commands write for people: written beside their place and renamed into it when they are whole."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def draft_of(file: Path) -> Iterator[BinaryIO]:
    """A stream whose content is `file` when the block ends; where it fails nothing is left and nothing has changed.

    Raises `OSError` naming `file` where it cannot be written.
    """
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.tmp")
    try:
        with draft.open("xb") as stream:
            yield stream
        os.replace(draft, file)
    except OSError as error:
        if error.filename == str(draft):
            raise OSError(error.errno, error.strerror, str(file)) from error
        raise
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
