"""The real analysis in the calling thread, without processes: for tests that take thousands of small turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from soundkin.analysis.jobs import Failure, Job, failure_of
from soundkin.analysis.pipeline import analyse_file, recheck_file
from soundkin.model import AnalysisFailure, DiskFile, FileStamp, Outcome


class DirectAnalyser:
    """`BatchAnalyser`, one file for each item asked of the iterator."""

    def __init__(self) -> None:
        self.analysed = 0
        self.rechecked = 0

    def analyse(self, files: Iterable[DiskFile]) -> Iterator[list[Outcome]]:
        for file in files:
            yield [self._outcome(Job(file.path, file.stamp, known=file.known, briefly=file.briefly))]

    def stalled(self) -> list[tuple[str, float]]:
        return []

    def take_back(self) -> list[str]:
        return []

    def _outcome(self, job: Job) -> Outcome:
        stamp = job.stamp or FileStamp(0, 0)
        try:
            if job.known:
                self.rechecked += 1
                same = recheck_file(job.path, stamp, job.known, briefly=job.briefly)
                if same is not None:
                    return same
            self.analysed += 1
            return analyse_file(job.path, job.stamp)
        except Exception as error:
            failure: Failure = failure_of(error)
            return AnalysisFailure(job.path, stamp, failure.code, failure.message)
