"""Brings an index up to its library: works off the to-do list, or starts over where the list does not reach back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from soundkin.index import VoyagerIndex
    from soundkin.search.shelf import IndexedShelf

logger = logging.getLogger(__name__)


def catch_up(library: IndexedShelf, index: VoyagerIndex) -> int:
    """Make the index hold what the library serves; how many changes that took. For one thread at a time."""
    params = library.serving_params
    generation = library.generation()
    if generation == index.generation and params.version == index.params.version:
        return 0
    changes = library.changes_since(index.generation) if params.version == index.params.version else None
    if changes is None or (index.generation == 0 and not len(index)):
        logger.info("building the index afresh at generation %d", generation)
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
