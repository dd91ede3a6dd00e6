"""The analyser that the rest of Soundkin talks to: two lanes of worker processes behind `interfaces.Analyser`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from soundkin.analysis.jobs import Job
from soundkin.analysis.lane import Lane
from soundkin.analysis.params import PARAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from soundkin.model import Analysis, DiskFile, FeatureParams, Outcome


class ProcessAnalyser:
    """Analyses files in other processes, scans and questions in lanes of their own; implements `Analyser`.

    No process runs before the first file. Safe to use from several threads: questions take turns in one worker,
    and every running `analyse` has workers of its own.
    """

    def __init__(self, workers: int, time_limit_s: float) -> None:
        self._workers = max(1, workers)
        self._time_limit_s = time_limit_s
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._resting: Lane | None = None
        self._lanes: set[Lane] = set()
        self._questions: Lane | None = None
        self._closed = False

    @property
    def params(self) -> FeatureParams:
        """Which features it makes."""
        return PARAMS

    def analyse(self, files: Iterable[DiskFile]) -> Iterator[list[Outcome]]:
        """Outcomes as they come, at least four lists a second; see `interfaces.Analyser.analyse`."""
        lane = self._take_lane()
        try:
            yield from lane.analyse(iter(files))
        finally:
            self._give_back(lane)

    def analyse_now(self, path: str, start_s: float | None = None, end_s: float | None = None) -> Analysis:
        """One file, or the part [start_s, end_s) of it, in the worker kept for questions."""
        with self._asking:
            if self._questions is None:
                self._questions = self._new_lane(workers=1, background=False)
            return self._questions.ask(Job(path, None, start_s, end_s))

    def pids(self) -> tuple[int, ...]:
        """Process ids of the worker processes that run now."""
        with self._lock:
            return tuple(pid for lane in self._lanes for pid in lane.pids())

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
            self._lanes.discard(lane)
        lane.close()


def analyse_in_process(path: str, start_s: float | None = None, end_s: float | None = None) -> Analysis:
    """One file in this very process, for commands that run without a daemon. Raises `AnalysisError`, `OSError`."""
    from soundkin.analysis.pipeline import analyse_file

    return analyse_file(path, None, start_s, end_s)
