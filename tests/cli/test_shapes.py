"""What the commands print, made from values alone."""

from __future__ import annotations

from soundkin.model import Facts, Neighbour, Sample, SampleId
from soundkin_daemon.cli.shapes import bars

SAMPLE = Sample(SampleId(1), "/s/a.wav", "/s", 0.0, Facts(duration_s=1.0, sample_rate=44_100, channels=1))


def test_bars_share_one_scale_and_are_as_long_as_their_distance() -> None:
    hits = [
        Neighbour(SAMPLE, 1.0, 0.5, {"timbre": 4.0, "pitch": 0.0}),
        Neighbour(SAMPLE, 1.0, 0.5, {"timbre": 1.0, "pitch": 2.25}),
    ]
    assert bars(hits, 4) == [{"timbre": "████", "pitch": "    "}, {"timbre": "█   ", "pitch": "██▎ "}]
    assert bars([], 4) == []
