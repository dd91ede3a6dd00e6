"""Puts the engine's parts together; with `app` and `works`, the only place that names concrete classes."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin import __version__
from soundkin.analysis.params import PARAMS
from soundkin.config import Settings
from soundkin.errors import LibraryError
from soundkin.interfaces import Classifier
from soundkin.library import SqliteLibrary, open_library
from soundkin.model import (
    Analysis,
    Answer,
    DuplicateGroup,
    IndexStatus,
    KitSlot,
    Progress,
    Query,
    Sample,
    SampleId,
    Status,
)
from soundkin.model.categories import CATEGORIES, CATEGORIES_VERSION
from soundkin_daemon.memory import may_be_mapped
from soundkin_daemon.places import Places
from soundkin_daemon.privacy import private_files

if TYPE_CHECKING:
    from soundkin.index import VoyagerIndex
    from soundkin.interfaces import CandidateSource, SampleSource
    from soundkin.search import Example, Searcher
    from soundkin.service import SampleService, Search


_log = logging.getLogger(__name__)


def make_classifier() -> Classifier:
    """What works out categories from vectors."""
    from soundkin.analysis.category import FITTED_TO, decide, posteriors

    names = tuple(category.name for category in CATEGORIES)
    return Classifier(CATEGORIES_VERSION, names, FITTED_TO, posteriors, decide)


def load_index(places: Places, library: SqliteLibrary, settings: Settings, *, with_graph: bool = True) -> VoyagerIndex:
    """The saved index where it belongs to this library, else an empty one that is to be rebuilt: it is only a cache."""
    from soundkin.errors import StaleIndexError
    from soundkin.index import VoyagerIndex

    folder = places.data_dir if with_graph and may_be_mapped(places.data_dir) else None
    try:
        return VoyagerIndex.load(
            places.index,
            library.serving_params,
            library.uid,
            library.stored_vectors(),
            settings.index,
            with_graph=with_graph,
            folder=folder,
        )
    except StaleIndexError as error:
        if places.index.exists():
            _log.warning("the index is built again: %s", error)
        return VoyagerIndex(library.serving_params, library.uid, settings.index, with_graph=with_graph, folder=folder)


def make_searcher(library: SampleSource, candidates: CandidateSource) -> Searcher:
    """What answers questions from these samples and candidates."""
    from soundkin.analysis.similarity import similarity
    from soundkin.search import Searcher

    return Searcher(library, candidates, similarity)


@contextmanager
def library_for_reading(places: Places, tell: Callable[[str], None] = _log.warning) -> Iterator[SqliteLibrary]:
    """The library alone, for commands that only read rows; `tell`: what is called where it cannot be written.

    Raises `LibraryError` where there is none.
    """
    if not places.library.exists():
        raise LibraryError(f"there is no library in {places.data_dir}; `soundkin add FOLDER` begins one")
    with _opened_library(places, tell) as library:
        yield library


@contextmanager
def _opened_library(places: Places, tell: Callable[[str], None]) -> Iterator[SqliteLibrary]:
    """The library, made where there is none."""
    places.make_data_dir()
    with private_files(places):
        library = open_library(places.library, PARAMS)
    try:
        if library.refusal:
            tell(f"({library.refusal})")
        yield library
    finally:
        library.close()


@contextmanager
def _empty_places(places: Places, tell: Callable[[str], None]) -> Iterator[Places]:
    """Where an empty library lies until the end of the block: a folder that was mistyped is not made."""
    tell(f"(there is no library in {places.data_dir}; `soundkin add FOLDER` begins one)")
    with tempfile.TemporaryDirectory(prefix="soundkin-empty-", ignore_cleanup_errors=True) as folder:
        yield Places(Path(folder))


@contextmanager
def open_service(
    places: Places, settings: Settings, tell: Callable[[str], None] = _log.warning, *, begins: bool = False
) -> Iterator[SampleService]:
    """The door without a daemon: asks and answers in this process, follows nothing.

    The index is opened with the first question that searches it. `begins`: whether to make a library where there is
    none; else an empty one answers and nothing is left of it.
    """
    from soundkin.service import SampleService

    with ExitStack() as parts:
        if not (begins or places.library.exists()):
            places = parts.enter_context(_empty_places(places, tell))
        library = parts.enter_context(_opened_library(places, tell))
        search = SearchOnDemand(lambda: _opened_search(parts, places, settings, library))
        yield SampleService(library, search, InProcessAnalyser(), report=_offline_status)


def _opened_search(parts: ExitStack, places: Places, settings: Settings, library: SqliteLibrary) -> Searcher:
    from soundkin.ingest.index_sync import catch_up
    from soundkin.search import InMemoryCandidates

    index = load_index(places, library, settings, with_graph=False)
    parts.callback(index.close)
    catch_up(library, index)
    return make_searcher(library, InMemoryCandidates(library, index))


class SearchOnDemand:
    """A search that is opened when it is first needed: most commands read rows only."""

    def __init__(self, open_search: Callable[[], Search]) -> None:
        self._open = open_search
        self._opened: Search | None = None

    def _search(self) -> Search:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def find(self, query: Query, like: Sequence[Example], unlike: Sequence[Example]) -> Answer:
        """See `Search`."""
        return self._search().find(query, like, unlike)

    def kit(self, query: Query, sources: Sequence[Example], each: int, locked: Collection[int]) -> tuple[KitSlot, ...]:
        """See `Search`."""
        return self._search().kit(query, sources, each, locked)

    def duplicates(self, within: float | None, matching: str) -> tuple[DuplicateGroup, ...]:
        """See `Search`."""
        return self._search().duplicates(within, matching)

    def listed(self, text: str, limit: int, matching: str) -> list[Sample]:
        """See `Search`."""
        return self._search().listed(text, limit, matching)

    def committed(self, sample_id: SampleId) -> None:
        """See `Search`."""
        self._search().committed(sample_id)


class InProcessAnalyser:
    """Analyses single files right here, for commands that ask once and end."""

    def analyse_now(self, path: str, start_s: float | None = None, end_s: float | None = None) -> Analysis:
        """One file, or a part of it."""
        from soundkin.analysis.pool import analyse_in_process

        return analyse_in_process(path, start_s, end_s)


def _offline_status(service: SampleService) -> Status:
    """What can be said without a daemon."""
    return Status(
        version=__version__,
        pid=0,
        port=0,
        roots=service.roots(),
        samples=service.count(),
        failed=service.failed(),
        unread=service.unread(),
        progress=Progress(state="not running"),
        index=IndexStatus(0, "not loaded"),
        memory_mb=0.0,
        unheard=service.unheard(),
    )
