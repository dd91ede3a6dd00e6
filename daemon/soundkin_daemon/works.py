"""What keeps the library equal to the folders, built and opened in its order: for the daemon, and for `soundkin scan`.

With `app` and `engine` the only place that names concrete classes. No server and no watcher: a scan waits for neither.
"""

from __future__ import annotations

import contextlib
import logging
import os
from contextlib import ExitStack
from dataclasses import dataclass

from soundkin import __version__
from soundkin.analysis.params import PARAMS
from soundkin.analysis.pool import ProcessAnalyser
from soundkin.config import Settings, worker_count
from soundkin.disks import Lanes
from soundkin.errors import LibraryError, NoDecoderError
from soundkin.formats import has_codecs
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import IndexSync
from soundkin.ingest.loop import Ingest
from soundkin.ingest.throttle import Throttle
from soundkin.library import SqliteLibrary
from soundkin.library.survival import open_or_recover
from soundkin_daemon.engine import load_index, make_classifier
from soundkin_daemon.logs import close_log, open_log
from soundkin_daemon.ownership import Ownership
from soundkin_daemon.places import Places
from soundkin_daemon.privacy import private_files
from soundkin_daemon.sensors import MachineSensors

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Works:
    """The parts that keep the library equal to the folders: all of `scan`; the daemon adds watcher and OSC server."""

    ownership: Ownership
    library: SqliteLibrary
    index: VoyagerIndex
    analyser: ProcessAnalyser
    lanes: Lanes
    ingest: Ingest
    notes: tuple[str, ...]
    """What a person should know about how the library came to be."""


def start_works(parts: ExitStack, places: Places, settings: Settings, analyser: ProcessAnalyser | None = None) -> Works:
    """Open every part in its order; each says at once how it is closed. `analyser`: one that is there already."""
    ownership = Ownership(places)
    ownership.take()
    parts.callback(ownership.release)
    parts.enter_context(private_files(places))

    log = open_log(places.log, settings.log)
    parts.callback(close_log, log)
    _log.info("Soundkin %s starts on %s, pid %d", __version__, places.data_dir, os.getpid())

    if analyser is None:
        analyser = ProcessAnalyser(worker_count(settings.analysis), settings.analysis.time_limit_s)
        parts.callback(analyser.close)

    opened = open_or_recover(places.library, PARAMS, places.backups, classifier=make_classifier())
    library = opened.library
    parts.callback(library.close)
    if has_codecs():
        with contextlib.suppress(LibraryError):  # that it cannot be written is said elsewhere
            library.doubt(NoDecoderError.code)  # the extra came since

    index = load_index(places, library, settings)
    parts.callback(index.close)
    index_sync = IndexSync(library, index, places.index)
    parts.callback(index_sync.save)
    index_sync.update()  # before anyone can ask: what a killed run had stored and not yet shown to the index

    lanes = Lanes()
    parts.callback(lanes.close)
    throttle = Throttle(settings.analysis, MachineSensors())
    ingest = Ingest(library, analyser, index_sync, settings.scan, lanes=lanes, throttle=throttle)
    return Works(ownership, library, index, analyser, lanes, ingest, opened.notes)
