"""The analyser that the rest of Soundkin talks to: two lanes of worker processes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from soundkin.analysis.asking import Asking
from soundkin.analysis.jobs import Job
from soundkin.analysis.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from soundkin.model import Analysis, DiskFile, Outcome


class ProcessAnalyser:
    """Analyses files in other processes, scans and questions in lanes of their own: `BatchAnalyser` and `FileAnalyser`.

    No process runs before the first file. Safe to use from several threads: questions take turns (`Asking`), and every
    running `analyse` has workers of its own.
    """

    def __init__(self, workers: int, time_limit_s: float) -> None:
        self._workers = max(1, workers)
        self._time_limit_s = time_limit_s
        self._lock = threading.Lock()
        self._resting: Lane | None = None
        self._lanes: set[Lane] = set()
        self._asking = Asking(lambda: self._new_lane(workers=1, background=False), self._let_go)
        self._closed = False

    def get_ready(self) -> None:
        """Start the workers of the first scan now, so that they are up by the time it has files for them."""
        lane = self._take_lane()
        lane.start()
        self._give_back(lane)

    def analyse(self, files: Iterable[DiskFile]) -> Iterator[list[Outcome]]:
        """Outcomes as they come, at least four lists a second; see `interfaces.BatchAnalyser.analyse`."""
        lane = self._take_lane()
        try:
            yield from lane.analyse(iter(files))
        finally:
            self._give_back(lane)

    def stalled(self) -> list[tuple[str, float]]:
        """See `interfaces.BatchAnalyser.stalled`."""
        return [each for lane in self._of_scans() for each in lane.stalled()]

    def take_back(self) -> list[str]:
        """See `interfaces.BatchAnalyser.take_back`."""
        return [path for lane in self._of_scans() for path in lane.take_back()]

    def _of_scans(self) -> list[Lane]:
        with self._lock:
            return [lane for lane in self._lanes if lane.background]

    def analyse_now(self, path: str, start_s: float | None = None, end_s: float | None = None) -> Analysis:
        """One file, or the part [start_s, end_s) of it, in a worker kept for questions."""
        return self._asking.ask(Job(path, None, start_s, end_s))

    def close(self) -> None:
        """End the worker processes, waiting for them. Running scans end early."""
        with self._lock:
            self._closed = True
            lanes = tuple(self._lanes)
            self._lanes.clear()
        for lane in lanes:
            lane.close()

    def _new_lane(self, *, workers: int, background: bool) -> Lane:
        with self._lock:
            if self._closed:
                raise RuntimeError("the analyser is closed")
            lane = Lane(workers, self._time_limit_s, background=background)
            self._lanes.add(lane)
            return lane

    def _take_lane(self) -> Lane:
        with self._lock:
            lane, self._resting = self._resting, None
        return lane or self._new_lane(workers=self._workers, background=True)

    def _give_back(self, lane: Lane) -> None:
        with self._lock:
            if self._resting is None and not self._closed:
                self._resting = lane
                return
        self._let_go(lane)

    def _let_go(self, lane: Lane) -> None:
        with self._lock:
            self._lanes.discard(lane)
        lane.close()


def analyse_in_process(path: str, start_s: float | None = None, end_s: float | None = None) -> Analysis:
    """One file in this very process, for commands that run without a daemon. Raises `AnalysisError`, `OSError`."""
    from soundkin.analysis.pipeline import analyse_file

    return analyse_file(path, None, start_s, end_s)
