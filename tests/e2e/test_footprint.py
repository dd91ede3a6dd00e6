"""What the real daemon costs a machine, as ratios measured in one run; benchmarks/footprint.py prints the figures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from daemon_process import RunningDaemon, daemon, until
from soundkin.analysis.params import PARAMS
from soundkin.library import open_library
from soundkin.model import Like, Query
from soundkin_daemon.places import Places
from tiny_files import make_files, make_known

FILES = 30_000
IDLE_S = 20.0
NEIGHBOURS = 5

pytestmark = pytest.mark.alone


@dataclass(frozen=True)
class Home:
    """A data directory, and how many samples it knows."""

    folder: Path
    files: int

    def at_rest(self, running: RunningDaemon) -> bool:
        """Whether the first pass is over and the graph complete."""
        status = running.client.status()
        return bool(status.scans) and status.index.state in {"ready", "empty"}

    def first_answer_s(self) -> float:
        """Seconds from starting the process to a right answer."""
        began = time.monotonic()
        with daemon(self.folder) as running:
            if self.files:
                question = Query(like=(Like(id=running.client.search("", 1)[0].id),), k=NEIGHBOURS)
                assert len(running.client.find(question).neighbours) == NEIGHBOURS
            return time.monotonic() - began


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Nothing followed."""
    return Home(tmp_path_factory.mktemp("empty"), 0)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Many samples, their index saved."""
    folder = tmp_path_factory.mktemp("full")
    make_files(folder / "samples", FILES)
    with closing(open_library(Places(folder / "data").library, PARAMS)) as library:
        make_known(library, (folder / "samples").resolve())
    home = Home(folder / "data", FILES)
    with daemon(home.folder) as running:
        until(lambda: home.at_rest(running), "the graph")
    return home


@pytest.fixture(scope="module")
def resting(full: Home) -> Iterator[RunningDaemon]:
    """A daemon with nothing to do."""
    with daemon(full.folder) as running:
        until(lambda: full.at_rest(running), "the first pass")
        time.sleep(5)
        yield running


def test_a_library_adds_little_to_the_time_of_a_start(full: Home, empty: Home) -> None:
    """One second is allowed with 300,000 samples, and an empty daemon takes almost half of it."""
    starts = [(full.first_answer_s(), empty.first_answer_s()) for _ in range(3)]
    assert min(some for some, _ in starts) < 1.5 * min(none for _, none in starts)


def test_a_daemon_with_nothing_to_do_takes_less_than_half_a_percent_of_a_core(resting: RunningDaemon) -> None:
    watched = psutil.Process(resting.process.pid)
    before, began = watched.cpu_times(), time.monotonic()
    time.sleep(IDLE_S)
    after, ended = watched.cpu_times(), time.monotonic()
    assert after.user + after.system - before.user - before.system < 0.005 * (ended - began)


def test_a_library_does_not_double_the_memory_of_an_empty_daemon(resting: RunningDaemon, empty: Home) -> None:
    with daemon(empty.folder) as other:
        until(lambda: empty.at_rest(other), "the first pass")
        some, none = (psutil.Process(one.process.pid).memory_info().rss for one in (resting, other))
    assert some < 2 * none
