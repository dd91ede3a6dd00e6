"""Every judgement of a setting: limits, choices, forms, what values mean together, and all of it in one list."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from daemon_process import run_cli
from judged_settings import settings_from
from soundkin.config import OscSettings, Settings, each_setting, problems_of, read_settings
from soundkin.errors import ConfigError

NUMBERS = [name for name, _, value in each_setting(Settings()) if type(value) in (int, float)]
"""Their defaults and limits are spelled out in `test_defaults_and_bounds`."""
BAD = """
[osc]
host = "0.0.0.0"
port = 0
allow = ["everyone", "192.168.1.0/24", "10.0.0.0/99"]
token = "short"
controllers = ["phone:9000", "1.2.3.4", "1.2.3.4:70000"]
origins = ["http://localhost:8080/", "*"]
show_paths = "yes"
[analysis]
pause_when = ["sleeping"]
[log]
level = "loud"
[colours]
"""
COMPLAINTS = [
    "[colours]: no such table",
    "osc.port: expected a whole number from 1 to 65535, got 0",
    "'everyone'",
    "'10.0.0.0/99'",
    "osc.token: expected at least 12 characters, got 5",
    "'phone:9000'",
    "'1.2.3.4'",
    "'1.2.3.4:70000'",
    "'http://localhost:8080/'",
    "'*'",
    "osc.show_paths: expected true or false, got 'yes'",
    "'sleeping'",
    "log.level: expected one of debug, info, warning, error, got 'loud'",
    "osc.host: other machines could reach 0.0.0.0",
]


def table(dotted: str, value: object) -> dict[str, Any]:
    section, _, name = dotted.partition(".")
    return {section: {name: value}}


def complaints(osc: dict[str, object]) -> str:
    try:
        settings_from({"osc": osc}, "file")
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("dotted", NUMBERS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), "3", True, [3]])
def test_what_is_no_number_is_refused(dotted: str, value: object) -> None:
    with pytest.raises(ConfigError, match=re.escape(dotted)):
        settings_from(table(dotted, value), "file")


@pytest.mark.parametrize(
    ("dotted", "good"),
    [
        ("log.level", ["debug", "info", "warning", "error"]),
        ("analysis.pause_when", [["recording"], ["playing"], ["playing", "recording"], []]),
    ],
)
def test_choices_are_those_that_exist(dotted: str, good: list[object]) -> None:
    for value in good:
        settings_from(table(dotted, value), "file")
    for value in ("Info", "stopped", ["stopped"], ["recording", "loud"], 3):
        with pytest.raises(ConfigError, match=re.escape(dotted)):
            settings_from(table(dotted, value), "file")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("host", ["127.0.0.1", "::1", "localhost"], ["", "127.0.0.300", "1.2.3", "a b", "http://x", "-x", "*", "::g"]),
        ("token", ["", "x" * 12, "ü" * 12], ["x", "x" * 11]),
        ("allow", [[], ["192.168.1.7"], ["fd00::/8", "10.0.0.0/8"]], [["everyone"], [""], ["10.0.0.0/33"], "10.0.0.1"]),
        (
            "controllers",
            [[], ["192.168.1.20:9000"], ["[fd00::1]:9000"]],
            [["phone:9000"], ["1.2.3.4"], ["1.2.3.4:0"], ["1.2.3.4:65536"], ["1.2.3.4:x"], [""]],
        ),
        (
            "origins",
            [[], ["http://localhost:8080"], ["https://a.example", "app://panel"]],
            [["localhost:8080"], ["http://x/"], ["http://x/page"], ["null"], ["*"], [""], ["http://a b"]],
        ),
    ],
)
def test_texts_have_their_form(name: str, good: list[object], bad: list[object]) -> None:
    for value in good:
        assert complaints({name: value}) == "", value
    for value in bad:
        assert f"osc.{name}: expected" in complaints({name: value}), value


@pytest.mark.parametrize(
    ("osc", "complaint"),
    [
        ({"host": "0.0.0.0"}, "osc.host: other machines could reach 0.0.0.0"),
        ({"host": "::"}, "osc.host"),
        ({"host": "studio.local"}, "osc.host"),
        ({"host": "127.0.0.1.example.org"}, "osc.host"),
        ({"host": "0.0.0.0", "lan": True}, "osc.lan: name the machines"),
        ({"host": "0.0.0.0", "lan": True, "allow": ["10.0.0.0/8"]}, ""),
        ({"host": "127.1.2.3"}, ""),
    ],
)
def test_what_lets_other_machines_in_has_to_say_so_wholly(osc: dict[str, object], complaint: str) -> None:
    told = complaints(osc)
    assert complaint in told
    assert told.count("\n") == (1 if complaint else 0), "one complaint, not the same thing twice"


def test_a_value_that_is_wrong_by_itself_is_not_blamed_for_others() -> None:
    assert "osc.lan" not in complaints({"host": "0.0.0.0", "lan": True, "allow": ["everyone"]})
    assert "osc.host" not in complaints({"host": "0.0.0.0", "lan": "yes"})


def test_settings_that_code_makes_are_judged_by_the_same_rules() -> None:
    told = problems_of(OscSettings(host="0.0.0.0", token="short", origins=("*",)))
    assert list(told) == ["osc.token", "osc.origins", "osc.host"]


@pytest.mark.parametrize("command", [("config",), ("up", "--quiet"), ("start",), ("status",), ("doctor", "--quick")])
def test_every_command_tells_all_problems_of_the_file_at_once(tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(BAD, "utf-8")
    done = run_cli(tmp_path / "data", *command, "--config", str(file), check=1)
    told = done.stdout if command[0] == "doctor" else done.stderr
    assert [text for text in COMPLAINTS if text not in told] == []
    assert str(file) in told
    assert not (tmp_path / "data" / "library.db").exists()


def test_options_are_judged_with_the_file_and_come_first(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('[osc]\ntoken = "short"\n', "utf-8")
    words = ("config", "--config", str(file), "--port", "70000", "--log-level", "loud")
    done = run_cli(tmp_path / "data", *words, check=2)
    assert done.stderr.splitlines() == [
        "soundkin: --port: expected a whole number from 1 to 65535, got 70000",
        "--log-level: expected one of debug, info, warning, error, got 'loud'",
        f"{file}:",
        "  osc.token: expected at least 12 characters, got 5",
    ]


def test_an_option_does_not_hide_what_is_wrong_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("[osc]\nport = 70000\n", "utf-8")
    assert "osc.port" in run_cli(tmp_path / "data", "status", "--config", str(file), "--port", "27500", check=1).stderr


def test_a_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "soundkin.toml"
    file.write_text("[analysis]\nworkers = 3\n", "utf-8")
    reads: list[Path] = []
    original = Path.read_text

    def counted(path: Path, *args: Any, **kwargs: Any) -> str:
        reads.append(path)
        return original(path, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", counted)
    judged = read_settings(file, {"osc.port": ("--port", 27_500), "log.level": ("--log-level", None)})
    assert reads == [file]
    assert judged.text == ""
    assert judged.origins == {"analysis.workers": str(file), "osc.port": "--port"}
    assert (judged.settings.analysis.workers, judged.settings.osc.port) == (3, 27_500)


def test_the_doctor_goes_on_with_what_can_be_used_and_says_which_file(tmp_path: Path) -> None:
    file = tmp_path / "soundkin.toml"
    file.write_text('[osc]\nport = 27555\ntoken = "short"\n', "utf-8")
    done = run_cli(tmp_path / "data", "doctor", "--quick", "--json", "--config", str(file), check=1)
    checks = json.loads(done.stdout)
    wrong = [check for check in checks if check["name"] == "settings"]
    assert [(check["ok"], check["sentence"]) for check in wrong] == [
        (False, "osc.token: expected at least 12 characters, got 5.")
    ]
    assert str(file) in wrong[0]["remedy"]
    assert any("27555" in check["sentence"] for check in checks if check["name"] == "port")
    file.write_text("[osc]\nport = 27555\n", "utf-8")
    fine = json.loads(run_cli(tmp_path / "data", "doctor", "--quick", "--json", "--config", str(file)).stdout)
    assert [check["sentence"] for check in fine if check["name"] == "settings"] == [f"{file} can be used."]


@pytest.mark.parametrize(("text", "reason"), [("[osc\nport=1", "cannot be read"), ("\udcff", "cannot be read")])
def test_a_file_that_is_no_toml_is_a_problem_like_any_other(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = run_cli(tmp_path / "data", "config", "--config", str(file), check=1)
    assert reason in done.stderr
    assert "broken.toml" in done.stderr
