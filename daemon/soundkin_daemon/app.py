"""The daemon: builds the parts, starts them in order, stops them in reverse. It names concrete classes."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from soundkin import __version__
from soundkin.analysis.params import PARAMS
from soundkin.config import Settings
from soundkin.errors import SoundkinError
from soundkin.model import Progress, ScanSummary, Status
from soundkin.search import InMemoryCandidates
from soundkin.service import SampleService
from soundkin.watch.watcher import FolderWatcher
from soundkin_daemon.classifying import Classifying
from soundkin_daemon.engine import make_searcher
from soundkin_daemon.housekeeping import Housekeeper
from soundkin_daemon.memory import give_back, resident_mb
from soundkin_daemon.places import Places
from soundkin_daemon.reaper.endpoint_file import publish_endpoint, withdraw_endpoint
from soundkin_daemon.works import start_works
from soundkin_osc.server import OscServer

_log = logging.getLogger(__name__)

_WARM_AFTER_S = 2.0
_LONGEST_END_S = 5.0
_SWITCH_INTERVAL_S = 0.0005  # a busy thread then holds a waiting reply up for half a millisecond, not five


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
        self._lanes, self._library = works.lanes, works.library

        self._watcher = FolderWatcher(
            self._ingest.hint,
            lanes=works.lanes,
            poll_s=settings.scan.poll_s,
            poll=settings.scan.poll,
            cost=self._ingest.cost,
        )
        parts.callback(self._watcher.stop)
        self._ingest.on_new_places = lambda: self._watcher.follow([root.path for root in works.library.roots()])

        candidates = InMemoryCandidates(works.library, works.index)
        self.service = SampleService(
            works.library,
            make_searcher(works.library, candidates),
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
        try:
            publish_endpoint(
                places.data_dir,
                host=self._server.host,
                port=self._server.port,
                version=__version__,
                aspects=PARAMS.aspect_names,
            )
        except OSError as error:
            _log.warning("REAPER's scripts do not find this daemon: %s", error)
        parts.callback(withdraw_endpoint, places.data_dir)

        thread = threading.Thread(target=self._ingest.run, name="soundkin-ingest", daemon=True)
        thread.start()
        parts.callback(_join, thread)
        parts.callback(works.lanes.close)  # who waits for a disk gives up now
        parts.callback(self._ingest.stop)

        ending = threading.Event()
        warmed = (candidates, self._server.warm, works.index.rest, ending)
        warming = threading.Thread(target=_warm, args=warmed, name="soundkin-warm")
        warming.start()
        parts.callback(gc.unfreeze)  # voyager's binding complains at exit of what was not collected
        parts.callback(warming.join)
        parts.callback(ending.set)

        classifying = Classifying(works.library, candidates.classified)
        classifying.start()
        parts.callback(classifying.stop)

        housekeeper = Housekeeper(works.library, places.backups, works.index.rest)
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

    def tell_passes(self, told: Callable[[ScanSummary], None]) -> None:
        """Have every further pass told when it is over, on the thread that works, also those over a part."""
        self._ingest.on_pass = told

    def progress(self) -> Progress:
        """How far the running pass is."""
        return self._ingest.progress()

    def _refusals(self) -> Iterator[str]:
        return filter(None, [self._library.refusal])

    def _silent_disks(self) -> Iterator[str]:
        return (hang.sentence for hang in self._lanes.hanging())

    def _report(self, service: SampleService) -> Status:
        roots = service.roots()
        return Status(
            version=__version__,
            pid=os.getpid(),
            port=self._server.port,
            roots=roots,
            samples=service.count(),
            failed=service.failed(),
            unread=service.unread(),
            progress=self._ingest.progress(),
            index=self._index.status(),
            memory_mb=resident_mb(),
            notes=(
                *(*self._notes, *self._refusals(), *self._ingest.notes, *self._watcher.notes),
                *(*self._server.notes, *self._silent_disks()),
            ),
            scans=self._ingest.scans,
            last_scan=self._ingest.last_scan,
            unheard=service.unheard(),
        )


def _join(thread: threading.Thread) -> None:
    """Wait for a thread, but not for a disk that does not answer."""
    thread.join(_LONGEST_END_S)
    if thread.is_alive():
        _log.warning("%s is left behind: it has not ended within %.0f s", thread.name, _LONGEST_END_S)


def _warm(
    candidates: InMemoryCandidates, warm_server: Callable[[], None], rest: Callable[[], None], ending: threading.Event
) -> None:
    """Read what the first filtered question needs, and take what lives for ever out of the collector's rounds.

    Not at once: the first answer after a start has the processor to itself.
    """
    if ending.wait(_WARM_AFTER_S):
        return
    try:
        warm_server()
        candidates.warm()
    except (SoundkinError, OSError) as error:
        _log.warning("filters are not warm: %s", error)
    gc.collect()
    gc.freeze()
    rest()
    give_back()
