"""The whole daemon, killed between every two steps of the straight line, then at random: nothing torn, nothing lost."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mortal_daemon import STEPS, MortalDaemon, Run, analysed
from soundkin.analysis.params import PARAMS
from soundkin.library import open_library

pytestmark = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="needs fork, and signals that kill at once")

BATCH = 64
"""Files that are stored together, so the most that are analysed again after a kill."""
RANDOM_RUNS = int(os.environ.get("SOUNDKIN_KILLS", "8"))
"""The long version: SOUNDKIN_KILLS=100."""
OLD_S = 1_000_000


class World:
    """A library made by an undisturbed run, the folders as they look some changes later, and the run that saw those."""

    def __init__(self, folder: Path, daemon: MortalDaemon) -> None:
        self.daemon = daemon
        self.folder = folder
        self.samples = folder / "samples"
        self._before()
        self.data = folder / "data"
        self._follow("samples", "usb")
        daemon.run(self.data)
        self._changes()
        self.undisturbed = self.copy("undisturbed")
        self.expected = daemon.run(self.undisturbed).state
        self.to_analyse = len(analysed(self.undisturbed)) - len(analysed(self.data))

    def _before(self) -> None:
        for number in range(60):
            self._file(f"samples/a/{number}.wav", f"a{number}")
            self._file(f"samples/b/{number}.wav", f"b{number}")
        for number in range(3):
            self._file(f"samples/bad/{number}.wav", f"bad{number}")
        for number in range(10):
            self._file(f"usb/{number}.wav", f"usb{number}")

    def _changes(self) -> None:
        (self.samples / "b").rename(self.samples / "c")
        for number in range(20):
            (self.samples / f"a/{number}.wav").unlink()
            self._file(f"samples/a/{number + 20}.wav", f"changed{number}", OLD_S + 1)
        for number in range(130):
            self._file(f"samples/new/{number}.wav", f"new{number}")
        (self.folder / "usb").rename(self.folder / "unplugged")

    def _file(self, name: str, content: str, mtime: int = OLD_S) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        os.utime(path, (mtime, mtime))

    def _follow(self, *names: str) -> None:
        self.data.mkdir()
        library = open_library(self.data / "library.db", PARAMS)
        for name in names:
            library.add_root(str(self.folder / name))
        library.close()

    def copy(self, name: str) -> Path:
        """A copy of the data directory from before the changes."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return shutil.copytree(self.data, self.folder / name)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    daemon = MortalDaemon()
    yield World(tmp_path_factory.mktemp("mortal").resolve(), daemon)
    daemon.close()


def compare(world: World, run: Run) -> None:
    """A run that was allowed to end knows and answers what the undisturbed one did, and never answered wrongly."""
    state, expected = run.state, world.expected
    for moment in ("served at start", "served"):
        for path, answer in state[moment]["answers"].items():
            assert answer["said"] == pytest.approx(answer["nearest"], abs=0.002), (moment, path)
            assert answer["true"] == pytest.approx(answer["nearest"], abs=0.002), (moment, path)
    for what in ("rows", "roots", "lag"):
        assert state[what] == expected[what], what
    assert state["served"]["samples"] == expected["served"]["samples"]
    assert state["findings"] == []


def redone(world: World, data: Path) -> int:
    """Files analysed more often than the undisturbed run did."""
    return len(analysed(data)) - len(analysed(world.undisturbed))


def test_the_undisturbed_run_did_what_the_tests_rely_on(world: World) -> None:
    rows = world.expected["rows"]
    assert world.to_analyse == 20 + 130
    assert sum(row[3] for row in rows.values()) == 20
    assert sum(row[4] for row in rows.values()) == 3
    assert [online for online, _ in world.expected["roots"].values()] == [True, False]
    assert world.expected["served"]["samples"] == 60 - 20 + 60 + 130


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_the_daemon_goes_on_from_the_last_commit(world: World, step: str) -> None:
    data = world.copy("victim")
    assert world.daemon.run(data, step=step).killed, "the step was never reached"
    compare(world, world.daemon.run(data))
    assert redone(world, data) <= BATCH


@pytest.mark.parametrize("nth", range(2, 7))
def test_killed_inside_any_write_before_its_commit_the_library_holds_all_of_it_or_nothing(
    world: World, nth: int
) -> None:
    data = world.copy("victim")  # moves, losses, then three batches; the first write forgets what is long missing
    assert world.daemon.run(data, step="inside a write, before its commit", nth=nth).killed, "no such write"
    compare(world, world.daemon.run(data))
    assert redone(world, data) <= BATCH


def test_killed_at_the_same_step_again_and_again_it_still_gets_to_the_end(world: World) -> None:
    data = world.copy("victim")
    deaths = 0
    while world.daemon.run(data, step="after a batch is stored").killed:
        deaths += 1
    compare(world, world.daemon.run(data))
    assert deaths == -(-world.to_analyse // BATCH)
    assert redone(world, data) == 0


def test_killed_at_random_times_in_a_row_it_loses_at_most_a_batch_each_time(world: World) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    data = world.copy("victim")
    fresh = world.daemon.run(world.copy("timed"), per_file_s=0.002).seconds
    kills, at_work = 0, 0
    while kills < RANDOM_RUNS:
        before = len(analysed(data))
        run = world.daemon.run(data, after_s=chance.uniform(0.05, 1.1) * fresh, per_file_s=0.002)
        if run.killed:
            kills += 1
            at_work += len(analysed(data)) > before
            continue
        compare(world, run)
        assert redone(world, data) <= at_work * BATCH, f"seed {seed}"
        data, at_work = world.copy("victim"), 0
    compare(world, world.daemon.run(data))
    assert redone(world, data) <= at_work * BATCH, f"seed {seed}"
