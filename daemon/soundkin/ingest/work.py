"""What comparisons and analysis work on together: what waits, what is on its way into the library, how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soundkin.ingest.batch import BatchWriter
from soundkin.ingest.in_flight import InFlight
from soundkin.ingest.progress import Passes
from soundkin.ingest.queue import AnalysisQueue
from soundkin.ingest.retries import Retries
from soundkin.ingest.wishes import Wishes
from soundkin.interfaces import IndexKeeper, IngestLibrary


@dataclass(frozen=True, slots=True)
class Work:
    """Made once, by the loop. `clock` counts seconds and does not go back, `wall` those since the epoch."""

    library: IngestLibrary
    index_sync: IndexKeeper
    wishes: Wishes
    queue: AnalysisQueue
    batch: BatchWriter
    passes: Passes
    in_flight: InFlight
    retries: Retries
    clock: Callable[[], float]
    wall: Callable[[], float]
