"""An honest Analyser without processes: vectors come from the files' bytes, failures from their first word."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from soundkin.errors import DecodeError
from soundkin.folders.content_hash import content_hash, is_same
from soundkin.folders.walk import look_at_file
from soundkin.model import Analysis, AnalysisFailure, DiskFile, Facts, FeatureParams, Outcome, Unchanged


class FakeAnalyser:
    """Analyses in the calling thread, one file for each item asked of the iterator.

    A file whose bytes begin with b"bad" is an `AnalysisFailure`; `analysed` lists every path analysed, in order, and
    `rechecked` every one that was only compared with the content that is known;
    `waiting` is what it says of files whose disk does not answer;
    `on_file` is called before each, so that a test can interfere at an exact point.
    """

    def __init__(self, params: FeatureParams, on_file: Callable[[str], None] = lambda path: None) -> None:
        self.params = params
        self.analysed: list[str] = []
        self.rechecked: list[str] = []
        self.waiting: list[tuple[str, float]] = []
        self._on_file = on_file

    def analyse(self, files: Iterable[DiskFile]) -> Iterator[list[Outcome]]:
        for file in files:
            self._on_file(file.path)
            yield [self._outcome(file)]

    def analyse_now(self, path: str, start_s: float | None = None, end_s: float | None = None) -> Analysis:
        file = look_at_file(path)
        if file is None:
            raise FileNotFoundError(path)
        outcome = self._one(file, f"{start_s}-{end_s}")
        if isinstance(outcome, AnalysisFailure):
            raise DecodeError(outcome.message)
        return outcome

    def stalled(self) -> list[tuple[str, float]]:
        return self.waiting

    def take_back(self) -> list[str]:
        return []

    def close(self) -> None:
        pass

    def _outcome(self, file: DiskFile) -> Outcome:
        if file.known:
            self.rechecked.append(file.path)
            try:
                if is_same(file.path, file.stamp.size, file.known, briefly=file.briefly):
                    return Unchanged(file.path, file.stamp, file.known)
            except OSError as error:
                return AnalysisFailure(file.path, file.stamp, "unreadable", str(error))
        return self._one(file)

    def _one(self, file: DiskFile, part: str = "None-None") -> Analysis | AnalysisFailure:
        self.analysed.append(file.path)
        try:
            with open(file.path, "rb") as stream:
                data = stream.read()
            digest = content_hash(file.path, file.stamp.size)
        except OSError as error:
            return AnalysisFailure(file.path, file.stamp, "unreadable", str(error))
        if data.startswith(b"bad"):
            return AnalysisFailure(file.path, file.stamp, "decode", "not audio")
        return Analysis(file.path, file.stamp, digest, Facts(len(data) / 1000, 44_100, 1), self.vector(data, part))

    def vector(self, data: bytes, part: str = "None-None") -> np.ndarray:
        """The vector of a content: the same for the same bytes."""
        seed = int.from_bytes(hashlib.blake2b(data + part.encode(), digest_size=8).digest(), "big")
        return np.random.default_rng(seed).standard_normal(self.params.num_dimensions).astype(np.float32)
