"""Whether a folder can be reached, asked with a time limit: a network disk that is gone may never answer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

_PATIENCE_S = 10.0


class Reach:
    """Asks for folders in threads, so that one that hangs holds up nobody but its own next question."""

    def __init__(self, patience_s: float = _PATIENCE_S, is_folder: Callable[[str], bool] = os.path.isdir) -> None:
        self._patience_s = patience_s
        self._is_folder = is_folder
        self._hanging: dict[str, threading.Thread] = {}

    def why_not(self, folder: str) -> str:
        """What is wrong with the folder, such as "is not there"; "" where it can be reached."""
        hanging = self._hanging.get(folder)
        if hanging is not None and hanging.is_alive():
            return "does not answer"
        found: list[bool] = []
        thread = threading.Thread(target=lambda: found.append(self._is_folder(folder)), daemon=True)
        thread.start()
        thread.join(self._patience_s)
        if thread.is_alive():
            self._hanging[folder] = thread
            return "does not answer"
        self._hanging.pop(folder, None)
        return "" if found and found[0] else "is not there"
