"""Puts the engine's parts together; with `app`, the only place that names concrete classes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin import __version__
from soundkin.analysis.params import PARAMS
from soundkin.config import Settings
from soundkin.library import SqliteLibrary, open_library
from soundkin.model import Analysis, DiskFile, IndexStatus, Outcome, Progress, SampleId, Status
from soundkin_daemon.places import Places

if TYPE_CHECKING:
    from soundkin.index import VoyagerIndex
    from soundkin.search import Searcher
    from soundkin.service import SampleService


def load_index(places: Places, library: SqliteLibrary, settings: Settings, *, with_graph: bool = True) -> VoyagerIndex:
    """The saved index where it belongs to this library, else an empty one that is to be rebuilt."""
    from soundkin.errors import StaleIndexError
    from soundkin.index import VoyagerIndex

    try:
        return VoyagerIndex.load(
            places.index,
            library.serving_params,
            library.uid,
            library.stored_vectors(),
            settings.index,
            with_graph=with_graph,
        )
    except StaleIndexError:
        return VoyagerIndex(library.serving_params, library.uid, settings.index, with_graph=with_graph)


def make_searcher(library: SqliteLibrary, index: VoyagerIndex) -> Searcher:
    """The planner over library and index."""
    from soundkin.analysis.similarity import similarity
    from soundkin.search import Searcher

    return Searcher(library, index, similarity)


@contextmanager
def open_shelf(places: Places) -> Iterator[SqliteLibrary]:
    """The library alone, for commands that only read rows."""
    places.data_dir.mkdir(parents=True, exist_ok=True)
    library = open_library(places.library, PARAMS)
    try:
        yield library
    finally:
        library.close()


@contextmanager
def open_service(places: Places, settings: Settings) -> Iterator[SampleService]:
    """The door without a daemon: asks and answers in this process, follows nothing."""
    from soundkin.search import catch_up
    from soundkin.service import SampleService

    with open_shelf(places) as library:
        index = load_index(places, library, settings, with_graph=False)
        try:
            catch_up(library, index)
            yield SampleService(library, make_searcher(library, index), _InProcessAnalyser())
        finally:
            index.close()


class _InProcessAnalyser:
    """Analyses single files right here, for commands that ask once and end."""

    params = PARAMS

    def analyse(self, files: Iterable[DiskFile]) -> Iterator[list[Outcome]]:
        """Scans need processes."""
        raise NotImplementedError("a scan needs worker processes")

    def analyse_now(self, path: str, start_s: float | None = None, end_s: float | None = None) -> Analysis:
        """One file, or a part of it."""
        from soundkin.analysis.pool import analyse_in_process

        return analyse_in_process(path, start_s, end_s)

    def close(self) -> None:
        """Nothing to end."""


def offline_status(library: SqliteLibrary) -> Status:
    """What can be said without a daemon."""
    return Status(
        version=__version__,
        pid=0,
        port=0,
        roots=library.roots(),
        samples=library.count(),
        failed=library.problem_count(),
        progress=Progress(state="not running"),
        index=IndexStatus(0, "not loaded"),
        memory_mb=0.0,
    )


def export_vectors(library: SqliteLibrary, file: Path) -> int:
    """Write arrays ids (n,), paths (n,), vectors (n, d) float32; rows in the order of ids."""
    import numpy as np

    ids: list[SampleId] = []
    blocks = []
    for block_ids, vectors in library.all_vectors():
        ids += map(SampleId, block_ids.tolist())
        blocks.append(vectors)
    matrix = np.concatenate(blocks) if blocks else np.empty((0, library.serving_params.num_dimensions), np.float32)
    order = np.argsort(np.asarray(ids, np.int64), kind="stable")
    known: dict[int, str] = {}
    for start in range(0, len(ids), 500):
        part = library.samples(ids[start : start + 500])
        known |= {int(sample_id): sample.path for sample_id, sample in part.items()}
    kept = [i for i in order.tolist() if ids[i] in known]
    draft = file.with_name(file.name + ".tmp")
    with draft.open("wb") as stream:
        np.savez(
            stream,
            ids=np.asarray([ids[i] for i in kept], np.int64),
            paths=np.asarray([known[ids[i]] for i in kept], np.str_),
            vectors=matrix[kept],
        )
    os.replace(draft, file)
    return len(kept)
