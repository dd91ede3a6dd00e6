"""Keeps the similarity index beside the library: catches it up after every change, saves its cache file when due."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from soundkin.errors import LibraryError, VectorIndexError

if TYPE_CHECKING:
    from pathlib import Path

    from soundkin.interfaces import IndexedLibrary, IndexSource, VectorIndex

_log = logging.getLogger(__name__)

_IDLE_S = 3.0
_BUSY_S = 120.0
_RETRY_S = 60.0


class IndexSync:
    """Works off the index's to-do list. Used by the ingest thread, `save` also by the thread that stops it.

    An index that is not complete (its graph is still being built) is saved again once it is: otherwise every start
    would have to build the rest again.
    """

    def __init__(self, library: IndexedLibrary, index: VectorIndex, cache: Path) -> None:
        self._library = library
        self._index = index
        self._cache = cache
        self._saved = index.generation
        self._saved_complete = index.is_complete()
        self._seen = index.generation
        self._quiet_since = float("-inf")
        self._next_busy_save: float | None = None
        self._not_before = float("-inf")

    def update(self) -> None:
        """Bring the index up to the library's newest generation."""
        catch_up(self._library, self._index)

    def keep_up(self) -> None:
        """Let the index build its graph: while files wait that would take half of the time that they take."""
        self._index.keep_up()

    def maybe_save(self, now: float, *, idle: bool) -> None:
        """Save when the index has been still and complete for some seconds, or every two minutes while it changes."""
        generation, complete = self._index.generation, self._index.is_complete()
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
        complete = self._index.is_complete()
        try:
            generation = self._index.save(self._cache)
            self._library.note_index_saved(generation)
        except (OSError, VectorIndexError, LibraryError) as error:
            _log.warning("the index cache could not be saved, it will be rebuilt if need be: %s", error)
            return False
        self._saved, self._saved_complete = generation, complete
        return True


def catch_up(library: IndexSource, index: VectorIndex) -> int:
    """Make the index hold what the library serves; how many changes that took. For one thread at a time."""
    params = library.serving_params
    generation = library.generation()
    if generation == index.generation and params.version == index.params.version:
        return 0
    changes = library.changes_since(index.generation) if params.version == index.params.version else None
    if changes is None or (index.generation == 0 and not len(index)):
        _log.info("rebuilding the index at generation %d", generation)
        index.rebuild(library.all_vectors(), generation, params)
        return len(index)
    wanted = [change.id for change in changes if not change.removed]
    vectors = library.vectors(wanted)
    found = [sample_id for sample_id in wanted if sample_id in vectors]
    removed = [change.id for change in changes if change.removed or change.id not in vectors]
    matrix = np.array([vectors[sample_id] for sample_id in found], np.float32)
    matrix = matrix.reshape(len(found), params.num_dimensions)
    index.update(np.array(found, np.int64), matrix, removed, generation)
    return len(changes)
