"""The daemon: builds the parts, starts them in order, stops them in reverse. It names concrete classes, nobody else."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from soundkin import __version__
from soundkin.analysis.params import PARAMS
from soundkin.analysis.pool import ProcessAnalyser
from soundkin.config import Settings, worker_count
from soundkin.courtesy import Courtesy
from soundkin.errors import SoundkinError
from soundkin.index import VoyagerIndex
from soundkin.ingest import Ingest
from soundkin.keeper import Keeper
from soundkin.library import SqliteLibrary
from soundkin.library.survival import open_or_recover
from soundkin.model import Progress, ScanSummary, Status
from soundkin.search import Searcher, catch_up
from soundkin.service import SampleService
from soundkin.watch import FolderWatcher
from soundkin_daemon.engine import load_index, make_searcher
from soundkin_daemon.housekeeping import Housekeeper
from soundkin_daemon.logs import close_log, open_log
from soundkin_daemon.memory import give_back
from soundkin_daemon.ownership import Ownership
from soundkin_daemon.places import Places
from soundkin_daemon.reaper_endpoint import publish_endpoint, withdraw_endpoint
from soundkin_daemon.sensors import MachineSensors
from soundkin_osc.server import OscServer

_log = logging.getLogger(__name__)

_WARM_AFTER_S = 2.0
_SWITCH_INTERVAL_S = 0.0005  # a busy thread then holds a waiting reply up for half a millisecond, not five


@dataclass(frozen=True, slots=True)
class Works:
    """The parts that keep the library equal to the folders; `scan` needs no more, the daemon adds ears and a mouth."""

    ownership: Ownership
    library: SqliteLibrary
    index: VoyagerIndex
    analyser: ProcessAnalyser
    ingest: Ingest
    notes: tuple[str, ...]
    """What a person should know about how the library came to be."""


def start_works(parts: ExitStack, places: Places, settings: Settings, workers: int | None = None) -> Works:
    """Open every part in its order; each says at once how it is closed. `workers`: other than the settings say."""
    ownership = Ownership(places)
    ownership.take()
    parts.callback(ownership.release)

    log = open_log(places.log, settings.log)
    parts.callback(close_log, log)
    _log.info("Soundkin %s starts on %s, pid %d", __version__, places.data_dir, os.getpid())

    opened = open_or_recover(places.library, PARAMS, places.backups)
    library = opened.library
    parts.callback(library.close)

    index = load_index(places, library, settings)
    parts.callback(index.close)
    keeper = Keeper(
        library,
        index,
        places.index,
        partial(catch_up, library, index),
        is_complete=lambda: index.status().state != "building",
    )
    parts.callback(keeper.save)
    keeper.update()  # before anyone can ask: what a killed run had stored and not yet shown to the index

    analyser = ProcessAnalyser(workers or worker_count(settings.analysis), settings.analysis.time_limit_s)
    parts.callback(analyser.close)
    courtesy = Courtesy(settings.analysis, MachineSensors())
    ingest = Ingest(library, analyser, keeper, settings.scan, courtesy=courtesy)
    return Works(ownership, library, index, analyser, ingest, opened.notes)


class Daemon:
    """One running Soundkin, from `__enter__` to `__exit__`. `quit` is called when a client asks it to end.

    `folders` are followed from now on, besides those of earlier runs.
    """

    service: SampleService

    def __init__(
        self,
        places: Places,
        settings: Settings,
        quit: Callable[[], None],  # noqa: A002
        folders: Sequence[str] = (),
    ) -> None:
        self._folders = folders
        self._places = places
        self._settings = settings
        self._quit = quit
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as started:
            self._start(started)
            self._parts = started.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    def _start(self, parts: ExitStack) -> None:
        """Every part in its order; each says at once how it is stopped."""
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        places, settings = self._places, self._settings

        works = start_works(parts, places, settings)
        self._index, self._ingest, self._notes = works.index, works.ingest, works.notes

        self._watcher = FolderWatcher(
            self._ingest.hint, poll_s=settings.scan.poll_s, poll=settings.scan.poll, cost=self._ingest.cost
        )
        parts.callback(self._watcher.stop)

        searcher = make_searcher(works.library, works.index)
        self.service = SampleService(
            works.library,
            searcher,
            works.analyser,
            ingest=self._ingest,
            report=self._report,
            follow=self._watcher.follow,
            pause_when=settings.analysis.pause_when,
        )
        self._server = OscServer(self.service, settings.osc, self._quit, places.mailbox)
        self._server.start()
        parts.callback(self._server.stop)
        for folder in self._folders:
            self.service.add_root(folder)
        works.ownership.announce(self._server.host, self._server.port)
        publish_endpoint(places.data_dir, host=self._server.host, port=self._server.port, version=__version__)
        parts.callback(withdraw_endpoint, places.data_dir)

        thread = threading.Thread(target=self._ingest.run, name="soundkin-ingest")
        thread.start()
        parts.callback(thread.join)
        parts.callback(self._ingest.stop)

        ending = threading.Event()
        warming = threading.Thread(target=_warm, args=(searcher, ending), name="soundkin-warm")
        warming.start()
        parts.callback(gc.unfreeze)  # voyager's binding complains at exit of what was not collected
        parts.callback(warming.join)
        parts.callback(ending.set)

        housekeeper = Housekeeper(works.library, places.backups)
        housekeeper.start()
        parts.callback(housekeeper.stop)

        self._watcher.start()
        self._watcher.follow([root.path for root in works.library.roots()])
        _log.info("OSC listens on %s:%d", *self.address)

    # ---- state ----

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that OSC listens on."""
        return self._server.host, self._server.port

    @property
    def scans(self) -> int:
        """Complete passes over all folders so far."""
        return self._ingest.scans

    @property
    def last_scan(self) -> ScanSummary:
        """What the newest complete pass did."""
        return self._ingest.last_scan

    def progress(self) -> Progress:
        """How far the running pass is."""
        return self._ingest.progress()

    def _report(self, service: SampleService) -> Status:
        import psutil

        roots = service.roots()
        return Status(
            version=__version__,
            pid=os.getpid(),
            port=self._server.port,
            roots=roots,
            samples=service.count(),
            failed=service.failed(),
            progress=self._ingest.progress(),
            index=self._index.status(),
            memory_mb=psutil.Process().memory_info().rss / 1e6,
            notes=(*self._notes, *self._ingest.notes, *self._watcher.notes),
            scans=self._ingest.scans,
            last_scan=self._ingest.last_scan,
        )


def _warm(searcher: Searcher, ending: threading.Event) -> None:
    """Read what the first filtered question needs, and take what lives for ever out of the collector's rounds.

    Not at once: whoever waits for the first answer after a start has the processor to themselves.
    """
    if ending.wait(_WARM_AFTER_S):
        return
    try:
        searcher.warm()
    except SoundkinError as error:
        _log.warning("filters are not warm: %s", error)
    gc.collect()
    gc.freeze()
    give_back()
