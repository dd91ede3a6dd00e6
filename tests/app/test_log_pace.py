"""The log's numbers: how many lines a place may write in a minute, how large the file grows, what a line looks like."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from soundkin.config import LogSettings
from soundkin_daemon.logs import Moderation, close_log, open_log


def record(line: int, message: str = "the disk failed", path: str = "loop.py") -> logging.LogRecord:
    return logging.LogRecord("soundkin.ingest.loop", logging.WARNING, path, line, message, (), None)


class Paced:
    """A moderation with a clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.moderation = Moderation(clock=lambda: self.now)

    def written(self, count: int, line: int = 7) -> int:
        return sum(self.moderation.filter(record(line)) for _ in range(count))

    def text(self, line: int = 7, message: str = "the disk failed") -> str:
        late = record(line, message)
        assert self.moderation.filter(late) is True
        return late.getMessage()


def test_sixty_lines_a_minute_from_one_place_are_written() -> None:
    log = Paced()
    assert log.written(60) == 60
    assert log.moderation.filter(record(7)) is False
    log.now = 59.9
    assert log.written(5) == 0
    log.now = 60.0
    assert log.text() == "the disk failed (6 more like this left out)"
    assert log.written(100) == 59
    log.now = 120.0
    assert log.text() == "the disk failed (41 more like this left out)"


def test_where_nothing_was_left_out_nothing_is_said_of_it() -> None:
    log = Paced()
    assert log.written(60) == 60
    log.now = 60.0
    assert log.text() == "the disk failed"
    assert log.written(60) == 59


def test_the_minute_runs_from_a_places_first_line() -> None:
    log = Paced()
    log.written(1, line=1)
    log.now = 50.0
    log.written(61, line=2)
    log.now = 60.0
    assert log.written(1, line=2) == 0
    log.now = 110.0
    assert log.text(line=2).endswith("(2 more like this left out)")


def test_a_place_is_a_line_of_a_file() -> None:
    log = Paced()
    log.written(100)
    assert log.moderation.filter(record(8))
    assert log.moderation.filter(record(7, path="other.py"))
    assert not log.moderation.filter(record(7))


def test_arguments_of_a_line_are_put_in_before_it_is_added_to() -> None:
    log = Paced()
    log.written(62)
    log.now = 60.0
    late = logging.LogRecord("soundkin", logging.WARNING, "loop.py", 7, "%d %% of %s", (5, "a"), None)
    assert log.moderation.filter(late)
    assert late.getMessage() == "5 % of a (2 more like this left out)"


def test_a_thousand_places_are_remembered_and_then_all_are_forgotten() -> None:
    log = Paced()
    log.written(60, line=0)
    for line in range(1, 1_000):
        log.written(1, line=line)
    assert len(log.moderation._lines) == 1_000
    assert log.written(1, line=1_000) == 1
    assert len(log.moderation._lines) == 1
    assert log.written(1, line=0) == 1


def test_its_own_clock_goes_on() -> None:
    assert Moderation()._clock() > 0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "soundkin.log"


def test_a_line_says_when_how_grave_where_and_what(path: Path) -> None:
    handler = open_log(path, LogSettings(level="warning"))
    try:
        assert not path.exists()  # made with the first line
        # handed to the file alone: a runner that sends what it captured to another process cannot encode this name
        handler.handle(logging.LogRecord("soundkin.index", logging.WARNING, "view.py", 1, "é \udcff %s", ("x",), None))
        logging.getLogger("soundkin.index").info("unheard")
    finally:
        close_log(handler)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING soundkin\.index: é \\udcff x\n", path.read_text("utf-8")
    )
    logging.getLogger("soundkin.index").warning("after the end")
    assert "after" not in path.read_text("utf-8")


def test_a_traceback_is_written_line_by_line_with_nothing_that_a_terminal_obeys(path: Path) -> None:
    handler = open_log(path, LogSettings())
    failed = record(7, "it failed")
    try:
        raise ValueError("no \x1b[31m such \udcff file")
    except ValueError as error:
        failed.exc_info = (ValueError, error, error.__traceback__)
    try:
        handler.handle(failed)
    finally:
        close_log(handler)
    entry, head, *_, last = path.read_text("utf-8").splitlines()
    assert entry.endswith("WARNING soundkin.ingest.loop: it failed")
    assert head == "Traceback (most recent call last):"
    assert last == "ValueError: no \\x1b[31m such \\udcff file"


def test_each_place_is_moderated_in_the_file_too(path: Path) -> None:
    handler = open_log(path, LogSettings(level="debug"))
    try:
        for _ in range(100):
            logging.getLogger("soundkin.index").debug("again")
    finally:
        close_log(handler)
    assert path.read_text("utf-8").count("again") == 60


def test_the_file_begins_again_at_the_size_set_in_millions_of_bytes_and_one_older_is_kept(path: Path) -> None:
    handler = open_log(path, LogSettings(max_mb=0.01))
    sizes = []
    try:
        for line in range(500):
            handler.handle(record(line, "x" * 50))
            sizes.append(path.stat().st_size)
    finally:
        close_log(handler)
    assert 9_800 < max(sizes) <= 10_000
    assert sorted(file.name for file in path.parent.iterdir()) == ["soundkin.log", "soundkin.log.1"]
