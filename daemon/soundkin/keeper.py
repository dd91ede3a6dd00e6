"""Keeps the similarity index beside the library: catches it up after every change, saves its cache file when due."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from soundkin.errors import LibraryError, VectorIndexError
from soundkin.interfaces import Library, VectorIndex

_log = logging.getLogger(__name__)

_IDLE_S = 3.0
_BUSY_S = 120.0
_RETRY_S = 60.0


class Keeper:
    """The index's to-do list, worked off. Used by the ingest thread, `save` also by whoever stops it.

    `catch_up` brings the index up to the library. `is_complete` tells whether the index has nothing left to build
    behind the scenes (its graph): what is saved before that would have to be built again at the next start.
    """

    def __init__(
        self,
        library: Library,
        index: VectorIndex,
        cache: Path,
        catch_up: Callable[[], object],
        *,
        is_complete: Callable[[], bool] = lambda: True,
    ) -> None:
        self._library = library
        self._index = index
        self._cache = cache
        self._catch_up = catch_up
        self._is_complete = is_complete
        self._saved = index.generation
        self._saved_complete = is_complete()
        self._seen = index.generation
        self._quiet_since = float("-inf")
        self._next_busy_save: float | None = None
        self._not_before = float("-inf")

    def update(self) -> None:
        """Bring the index up to the library's newest generation."""
        self._catch_up()

    def maybe_save(self, now: float, *, idle: bool) -> None:
        """Save when the index has been still and complete for some seconds, or every two minutes while it changes."""
        generation, complete = self._index.generation, self._is_complete()
        if generation != self._seen or not complete:
            self._seen = generation
            self._quiet_since = now
        if generation == self._saved and not complete:
            self._saved_complete = False  # what was saved turned out to lack its graph
        if generation == self._saved and (self._saved_complete or not complete):
            self._next_busy_save = None
            return
        if self._next_busy_save is None:
            self._next_busy_save = now + _BUSY_S
        quiet = idle and now - self._quiet_since >= _IDLE_S and now >= self._not_before
        if quiet or now >= self._next_busy_save:
            saved = self.save()
            self._next_busy_save = now + (_BUSY_S if saved else _RETRY_S)
            self._not_before = now if saved else self._next_busy_save

    def save(self) -> bool:
        """Save now if there is anything new; False, with a line in the log, where the disk refuses."""
        if self._index.generation == self._saved and self._saved_complete:
            return True
        complete = self._is_complete()
        try:
            generation = self._index.save(self._cache)
            self._library.note_index_saved(generation)
        except (OSError, VectorIndexError, LibraryError) as error:
            _log.warning("the index cache could not be saved, it will be rebuilt if need be: %s", error)
            return False
        self._saved, self._saved_complete = generation, complete
        return True
