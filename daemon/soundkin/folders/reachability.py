"""Whether a folder can be reached, asked in its lane: a network disk that is gone may never answer."""

from __future__ import annotations

import os
from collections.abc import Callable

from soundkin.disks import AbandonedError, DiskHangsError, Lanes
from soundkin.disks.shortage import raise_shortage
from soundkin.folders.presence import is_folder

NO_ANSWER = "does not answer"
NOT_THERE = "is not there"
EMPTY = "is suddenly empty"


class Reachability:
    """What is wrong with folders. `is_folder` asks the disk."""

    def __init__(self, lanes: Lanes, is_folder: Callable[[str], bool] = is_folder) -> None:
        self._lanes = lanes
        self._is_folder = is_folder

    def why_not(self, folder: str, *, had_files: bool = False) -> str:
        """What is wrong with the folder, such as "is not there"; "" where it can be listed.

        One that `had_files` and is empty now is a mount point without its disk. Raises `DiskHangsError`.
        """
        return self.ask(folder, lambda: self._look(folder, had_files=had_files))

    def ask(self, about: str, question: Callable[[], str]) -> str:
        """The answer to a question that asks a disk about a folder; one that breaks is an answer too.

        Raises `DiskHangsError`, and the error of a question that could not be asked for lack of descriptors, memory or
        threads.
        """
        try:
            return self._lanes.ask(about, question, about)
        except (DiskHangsError, AbandonedError):
            raise
        except Exception as error:
            raise_shortage(error)
            return f"cannot be read ({getattr(error, 'strerror', None) or error})"

    def _look(self, folder: str, *, had_files: bool) -> str:
        if not self._is_folder(folder):
            return NOT_THERE
        with os.scandir(folder) as entries:
            return EMPTY if had_files and all(entry.name.startswith(".") for entry in entries) else ""
