"""What goes through the pipe to a worker and back arrives as it was."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from soundkin.analysis.jobs import Failure, Job
from soundkin.model import Analysis, Facts, FileStamp, Kind, Unchanged

STAMP = FileStamp(1, 2, 3, 4)
FACTS = Facts(
    0.5, 44_100, 2, bit_depth=24, loudness_db=-12.5, loudness_is_lufs=True, peak_db=-0.1, root_hz=55.0,
    root_confidence=0.9, tempo_bpm=120.0, tempo_confidence=0.8, key="Am", kind=Kind.LOOP, cut_off="half",
)  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        Job("/a", STAMP, 0.5, 1.5, b"known", True),
        Job("/a", None),
        Failure("decode", "not audio", 5),
        Unchanged("/a", STAMP, b"hash"),
        STAMP,
        FACTS,
    ],
)
def test_it_arrives_as_it_was(value: object) -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value


def test_an_analysis_does_too() -> None:
    sent = Analysis("/a", STAMP, b"hash", FACTS, np.arange(48, dtype=np.float32))
    come = pickle.loads(pickle.dumps(sent))
    assert (come.path, come.stamp, come.content_hash, come.facts) == ("/a", STAMP, b"hash", FACTS)
    np.testing.assert_array_equal(come.vector, sent.vector)
    assert come.vector.dtype == np.float32
