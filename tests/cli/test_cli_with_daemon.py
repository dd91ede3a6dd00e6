"""Commands with a daemon and without one: they print the same, and with a daemon they load nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemon_process import daemon, environment, run_cli
from door_house import House, build

NOTE = "(no daemon runs here: reading the library directly)\n"
HEAVY = {"numpy", "voyager", "apsw", "librosa", "soundfile", "soxr", "msgspec", "asyncio", "soundkin.search"}

COMMANDS = [
    "similar {kick}",
    "similar {kick} --json -k 80 --offset 3",
    "similar {kick} --explain",
    "similar {kick} --explain --json --filter is:any --fold --per-folder 2",
    "similar {stranger} -k 3 --like {hat}:0.5 --unlike {kick}",
    "similar {kick} --from 0.01 --to 0.1 --json",
    "similar {kick} --filter dur>99",
    "similar {kick} --offset 9000",
    "similar {kick} --within 0.0001",
    "similar {kick} -k 3 --offset 3",
    "similar {kick} -k 3 --fold --per-folder 2",
    "kit {kick} --filter dur>99",
    "duplicates --filter dur>99",
    "list --limit 3",
    "list wav --limit 2",
    "list kick --filter dur>99",
    "list no-such-word --filter dur<9",
    "list --filter dur>99",
    "kit {kick} {stranger} {hat} --lock 2",
    "kit {kick} {hat} --json --each 30 --filter -name:snare",
    "duplicates",
    "duplicates --within 3 --json",
    "duplicates --filter is:any --json",
    "list --limit 1000",
    "list --json --filter is:any",
    "list kick --json --limit 1",
    "list no-such-word",
    "problems",
    "problems --json",
    "folders",
    "folders --json",
    "forget --dry-run",
    "forget --dry-run --json",
]
MISTAKES = [
    "similar nowhere.wav",
    "similar {top}",
    "similar {text}",
    "similar {kick} -k 0",
    "similar {kick} -k 10001",
    "similar {kick} --offset -1",
    "similar {kick} --within nan",
    "similar {kick} --weight timbre=nan",
    "similar {kick} --weight colour=2",
    "similar {kick} --novelty 2",
    "similar {kick} --like {hat}:0",
    "similar {kick} --from 2 --to 1",
    "similar {kick} --filter bpm:fast",
    "similar {missing}",
    "kit {kick} --lock 0",
    "kit {kick} --lock 2",
    "kit {kick} --each 0",
    "kit nowhere.wav",
    "duplicates --within 7.1",
    "duplicates --within nan",
    "duplicates --filter is:lost",
    "list --filter is:lost",
    "list --limit 9999999999",
    "add nowhere",
    "remove nowhere",
    "forget --older-than nan",
]


@dataclass(frozen=True)
class Printed:
    """What one call of a command did."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build(tmp_path_factory.mktemp("commands"))


def words(text: str, house: House) -> list[str]:
    names = {
        "kick": house.path("kick/kick-1.wav"),
        "hat": house.path("hat/hat-1.wav"),
        "stranger": house.stranger,
        "missing": house.missing,
        "text": str(house.top / "text.wav"),
        "top": str(house.top),
    }
    return [word.format(**names) for word in text.split()]


def printed(house: House, text: str) -> Printed:
    done = run_cli(house.data, *words(text, house), check=None)
    return Printed(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def with_daemon(house: House) -> dict[str, Printed]:
    """What every command prints while a daemon runs, which has ended when the tests begin."""
    with daemon(house.data) as running:
        running.scanned()
        return {text: printed(house, text) for text in [*COMMANDS, *MISTAKES, "status --json"]}


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_prints_the_same_with_and_without_a_daemon(
    text: str, house: House, with_daemon: dict[str, Printed]
) -> None:
    there, here = with_daemon[text], printed(house, text)
    assert (there.code, here.code) == (0, 0)
    assert there.out == here.out
    assert NOTE + there.err == here.err
    assert there.out or there.err


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_named_with_the_same_words_with_and_without_a_daemon(
    text: str, house: House, with_daemon: dict[str, Printed]
) -> None:
    there, here = with_daemon[text], printed(house, text)
    assert (there.code, here.code) == (1, 1)
    assert there.out == here.out == ""
    assert there.err == here.err.replace(NOTE, "")
    assert there.err.startswith("soundkin: ")
    assert there.err.count("\n") == 1


def test_status_says_the_same_of_the_library(house: House, with_daemon: dict[str, Printed]) -> None:
    there, here = (json.loads(each.out) for each in (with_daemon["status --json"], printed(house, "status --json")))
    assert set(there) == set(here)
    for name in ("version", "folders", "samples", "failed"):
        assert there[name] == here[name]
    assert there["pid"] > 0
    assert (here["pid"], here["port"], here["state"]) == (None, None, "not running")


def loaded(data_dir: Path, *words: str) -> set[str]:
    """Every module that a command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "soundkin_daemon", *words, "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        env=environment(data_dir),
    )
    assert done.returncode in {0, 3}, done.stderr  # 3: `status` without a daemon
    return {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def test_commands_that_ask_a_daemon_load_nothing_heavy(house: House) -> None:
    asked = [
        *("status", "similar {kick}", "similar {kick} --explain", "similar {stranger} --json", "kit {kick} {hat}"),
        *("duplicates", "list", "problems", "folders", "forget --dry-run", "scan", "pause", "resume"),
    ]
    with daemon(house.data) as running:
        running.scanned()
        for text in asked:
            modules = loaded(house.data, *words(text, house))
            assert "soundkin_osc.client.udp_client" in modules, text
            assert modules & HEAVY == set(), text


def test_commands_that_read_rows_only_open_no_index(house: House) -> None:
    for text in ("status", "list", "problems", "folders", "forget --dry-run"):
        modules = loaded(house.data, text.split()[0], *text.split()[1:])
        assert "apsw" in modules, text
        assert modules & {"voyager", "soundkin.search", "soundkin.index", "librosa"} == set(), text


@pytest.mark.parametrize("text", ["pause", "resume", "stop"])
def test_what_needs_a_daemon_says_that_none_runs(text: str, house: House) -> None:
    done = printed(house, text)
    assert done.code == 3
    assert "no Soundkin daemon runs on" in done.err
