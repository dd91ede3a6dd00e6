"""The log file: bounded in size, and no place in the code may flood it."""

from __future__ import annotations

import logging
from pathlib import Path

from soundkin.config import LogSettings
from soundkin_daemon.logs import Moderation, close_log, open_log


def record(line: int, message: str = "the disk failed") -> logging.LogRecord:
    return logging.LogRecord("soundkin.ingest.loop", logging.WARNING, "ingest.py", line, message, (), None)


def test_a_place_that_repeats_itself_is_cut_short_and_says_later_how_often() -> None:
    now = [0.0]
    moderation = Moderation(most=60, clock=lambda: now[0])
    assert sum(moderation.filter(record(7)) for _ in range(1000)) == 60
    assert moderation.filter(record(8)), "others are not held responsible"
    now[0] = 61.0
    late = record(7)
    assert moderation.filter(late)
    assert late.getMessage() == "the disk failed (940 more like this left out)"
    quiet = record(8)
    assert moderation.filter(quiet)
    assert quiet.getMessage() == "the disk failed"


def test_memory_for_the_places_is_bounded() -> None:
    moderation = Moderation()
    for line in range(5_000):
        assert moderation.filter(record(line))
    assert len(moderation._lines) <= 1_000


def test_the_file_and_its_predecessor_stay_within_the_size_set(tmp_path: Path) -> None:
    path = tmp_path / "soundkin.log"
    handler = open_log(path, LogSettings(max_mb=0.1))
    try:
        for line in range(20_000):
            handler.handle(record(line, "x" * 50))
    finally:
        close_log(handler)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2 * 0.1e6
    assert len(list(tmp_path.iterdir())) == 2
