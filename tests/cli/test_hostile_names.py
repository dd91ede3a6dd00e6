"""Names that hold escape sequences: whatever prints them, no raw control character reaches a terminal or the log."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import odd_files as odd
from daemon_process import daemon, environment, run_cli
from soundkin.errors import ConfigError, SoundkinError
from soundkin.names.printable import printable, printable_lines
from soundkin_daemon.cli.context import UnfitSettingsError, exit_codes
from soundkin_daemon.cli.demo import free_port
from soundkin_daemon.cli.program import application
from soundkin_daemon.log_lines import OneLine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such names")

EVIL = "\x1b]0;owned\x07\x1b[2J\nFORGED\n\t\r\x08\x7f\x9b31m\x85\u202egnp\u2066x\u2069\u2028\u200f"
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Everything but the line feed, which has to end lines."""


class Place:
    """A library of hostile names, in a data directory of one."""

    def __init__(self, top: Path) -> None:
        self.root = top / f"root{EVIL}"
        self.data = top / "data\x7f\x9b31m\x85\u202egnp\u2066x"  # a running daemon's has no line breaks
        self.config = top / f"config{EVIL}.toml"
        self.config.write_text("[scan]\ninterval_s = 86400\n", "utf-8")
        self.resource = top / f"reaper{EVIL}"
        self.root.mkdir()
        self.resource.mkdir()
        (self.resource / "reaper.ini").touch()
        sound = odd.encoded(odd.melody(0.4), 44_100, "WAV", "PCM_16")
        self.kick, self.snare = self.wav("kick", sound), self.wav("snare", sound)  # each other's copies
        self.wav("hat", odd.encoded(odd.melody(0.3, seed=7), 44_100, "WAV", "PCM_16"))
        self.wav("cut", sound[: len(sound) // 2])
        self.wav("bad", b"junk" * 100)
        codec = odd.encoded(odd.melody(0.1), 44_100, "AIFF", "ULAW")
        (self.root / f"codec{EVIL}.aif").write_bytes(codec.replace(b"ulaw", b"\x1b[1m").replace(b"ULAW", b"\x1b[1m"))
        (self.root / f"loop{EVIL}.rx2").touch()
        with open(os.fsencode(self.root) + b"/byte\xff\x1b.wav", "wb") as file:
            file.write(sound)
        self.lost = self.wav("lost", odd.encoded(odd.melody(0.2, seed=9), 44_100, "WAV", "PCM_16"))

    def wav(self, name: str, data: bytes) -> Path:
        path = self.root / f"{name}{EVIL}.wav"
        path.write_bytes(data)
        return path

    def run(self, *words: str) -> tuple[int, str]:
        """Exit code, and everything that a command printed."""
        done = subprocess.run(
            [sys.executable, "-m", "soundkin_daemon", *words],
            capture_output=True,
            timeout=120,
            check=False,
            env={**environment(self.data), "SOUNDKIN_DATA_DIR": str(self.data), "SOUNDKIN_CONFIG": str(self.config)},
        )
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "surrogateescape")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = Place(tmp_path_factory.mktemp("hostile").resolve())
    _, text = made.run("scan", str(made.root))
    assert offences(text) == []
    made.lost.unlink()
    made.run("scan")
    return made


def offences(text: str) -> list[str]:
    """What must not be in a text that is shown."""
    forged = [line for line in text.split("\n") if line.strip() == "FORGED"]
    return [repr(text[max(0, found.start() - 30) : found.end() + 10]) for found in RAW.finditer(text)] + forged


def calls(place: Place) -> dict[str, Sequence[str]]:
    """Calls of every command that prints anything: under its name, and with a comma behind that, further ones."""
    file, gone = str(place.kick), str(place.root / f"gone{EVIL}.wav")
    return {
        "add": ["add", str(place.root)],
        "add, a file": ["add", file],
        "folders": ["folders"],
        "list": ["list"],
        "list, missing": ["list", "--filter", "is:missing"],
        "list, a bad filter": ["list", "--filter", f"foo:{EVIL}"],
        "similar": ["similar", file],
        "similar, explained": ["similar", file, "--explain"],
        "similar, no file": ["similar", gone],
        "similar, a bad weight": ["similar", file, "--weight", EVIL],
        "similar, too much": ["similar", file, gone],
        "similar, no number": ["similar", file, "-k", EVIL],
        "kit": ["kit", file, str(place.snare)],
        "duplicates": ["duplicates"],
        "problems": ["problems"],
        "status": ["status"],
        "forget": ["forget", "--dry-run"],
        "doctor": ["doctor", "--quick"],
        "backup": ["backup"],
        "restore": ["restore", "--list"],
        "restore, no file": ["restore", gone],
        "config": ["config"],
        "config, once more": ["config", "--init"],
        "config, no file": ["config", "--config", gone],
        "export": ["export", str(place.data.parent / f"vectors{EVIL}.npz")],
        "version": ["version"],
        "scan": ["scan"],
        "scan, no folder": ["scan", gone],
        "pause": ["pause"],
        "resume": ["resume"],
        "osc": ["osc", "send", "find/path", "1", file],
        "osc, no address": ["osc", "send", f"none{EVIL}"],
        "reaper": ["reaper", "install", "--resource", str(place.resource)],
        "reaper, status": ["reaper", "status", "--resource", str(place.resource)],
        "reaper, no folder": ["reaper", "status", "--resource", gone],
        "reaper, uninstall": ["reaper", "uninstall", "--resource", str(place.resource)],
        "no command": [EVIL],
        "no option": ["list", f"--{EVIL}"],
        "remove": ["remove", gone],
    }


def bad_ones(place: Place) -> dict[str, list[str]]:
    found = {}
    for name, words in calls(place).items():
        code, text = place.run(*words)
        assert "Traceback" not in text, (name, printable_lines(text))
        assert code in (0, 1, 2, 3), name
        assert text.strip() or name in ("add", "export"), name
        if offending := offences(text):
            found[name] = offending
    return found


def test_every_command_is_looked_at(place: Place) -> None:
    """`up`, `start`, `stop` are tried below; `demo` makes names of its own."""
    app = application()
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    known |= {str(group.name) for group in app.registered_groups}
    tried = {name.partition(",")[0] for name in calls(place)}
    assert {each.removesuffix("_samples").replace("_", "-") for each in known} - tried == {
        "up",
        "start",
        "stop",
        "demo",
    }


def test_no_command_lets_them_through_without_a_daemon(place: Place) -> None:
    assert bad_ones(place) == {}


def test_nor_with_one_nor_does_the_log(place: Place) -> None:
    started, text = place.run("start", "--port", str(free_port()), "--log-level", "debug", str(place.root))
    assert offences(text) == []
    try:
        assert started == 0, printable_lines(text)
        again, twice = place.run("start", str(place.root))
        assert again == 0, printable_lines(twice)  # the running daemon takes the folder over
        assert offences(twice) == []
        assert bad_ones(place) == {}
    finally:
        _, text = place.run("stop")
    assert offences(text) == []
    log = (place.data / "soundkin.log").read_text("utf-8", "surrogateescape")
    assert offences(log) == []
    assert "kick\\x1b]0;owned" in log or "root\\x1b]0;owned" in log


def test_a_daemon_in_the_foreground_lets_none_through(place: Place, tmp_path: Path) -> None:
    with daemon(tmp_path / "data\x9b31m\u202e", place.root) as running:
        running.scanned()
        printed = running.end()
    assert offences(printed) == []
    assert "OSC listens" in printed


def test_a_data_directory_that_reapers_scripts_could_not_read_is_refused_with_a_reason(place: Place) -> None:
    code, text = place.run("start", "--port", str(free_port()), "--data-dir", str(place.data.parent / f"other{EVIL}"))
    assert code == 1
    assert "control character" in text
    assert offences(text) == []


def test_settings_that_quote_them_are_refused_without(tmp_path: Path) -> None:
    file = tmp_path / f"bad{EVIL}.toml"
    for text in (
        '["\\u001b[2J\\nFORGED"]\n',
        '[scan]\n"\\u001b[2J\\nFORGED" = 1\n',
        '[log]\nlevel = "\\u001b[2J\\nFORGED"\n',
        "\x1b[2J",
    ):
        file.write_text(text, "utf-8")
        done = run_cli(tmp_path / "data", "status", "--config", str(file), check=1)
        assert offences(done.stdout + done.stderr) == []


def test_json_keeps_the_very_names(place: Place) -> None:
    text = run_cli(place.data, "list", "--json").stdout
    paths = {row["path"] for row in json.loads(text)}
    assert str(place.kick) in paths
    assert offences(text) == []
    text = run_cli(place.data, "folders", "--json").stdout
    assert json.loads(text)[0]["path"] == str(place.root)


def test_completion_prints_none(place: Place) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "soundkin_daemon"],
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "_SOUNDKIN_COMPLETE": "complete_bash",
            "COMP_WORDS": f"soundkin similar --weight mo{EVIL}".replace("\n", " "),
            "COMP_CWORD": "3",
        },
    )
    assert offences((done.stdout + done.stderr).decode("utf-8", "replace")) == []


@pytest.mark.parametrize("char", [chr(code) for code in (*range(32), *range(0x7F, 0xA0), *range(0x202A, 0x202F))])
def test_each_is_shown_as_an_escape(char: str) -> None:
    assert printable(f"a{char}b") == "a" + ascii(char)[1:-1] + "b"


@pytest.mark.parametrize("text", ["C:\\new\\table", "ünï código", "日本語", "عربي", "👩‍👩‍👧", "a b", "\\x1b"])
def test_what_harms_nobody_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_an_entry_of_the_log_is_one_line_and_so_is_each_of_its_traceback() -> None:
    formatter = OneLine("%(levelname)s %(message)s")
    try:
        raise ValueError(EVIL)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "no %s", (EVIL,), sys.exc_info())
    text = formatter.format(record)
    assert RAW.search(text) is None
    assert text.split("\n")[0] == "ERROR no " + printable(EVIL)


def test_line_breaks_of_an_error_are_its_own_only_where_it_is_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    for error, lines in ((SoundkinError("a\nb\x1b"), 1), (ConfigError("a\nb"), 1), (UnfitSettingsError("a\nb\x1b"), 2)):
        with pytest.raises(Exception), exit_codes():  # noqa: B017
            raise error
        printed = capsys.readouterr().err
        assert printed.count("\n") == lines
        assert offences(printed) == []


def test_progress_says_states_of_others_without_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from soundkin.model import Progress
    from soundkin_daemon.cli import progress_bar

    monkeypatch.setattr(progress_bar, "_PLAIN_S", 0.0)
    progress_bar.show_progress([Progress(EVIL)])
    assert offences(capsys.readouterr().err) == []


@pytest.mark.skipif(shutil.which("script") is None, reason="needs the program script")
def test_nor_do_bars_in_a_real_terminal(place: Place, tmp_path: Path) -> None:
    typed = tmp_path / "typescript"
    command = f"{sys.executable} -m soundkin_daemon scan --data-dir '{tmp_path / 'data'}' '{tmp_path / 'link'}'"
    (tmp_path / "link").symlink_to(place.root)
    subprocess.run(["script", "-q", "-c", command, str(typed)], capture_output=True, check=False, timeout=120)
    text = typed.read_text("utf-8", "surrogateescape")
    assert "owned\x07" not in text
    assert "\u202e" not in text
