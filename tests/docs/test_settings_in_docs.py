"""The settings that documents and messages name exist, and examples of the settings file are accepted."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from judged_settings import settings_from
from soundkin.config import Settings, each_setting
from soundkin_daemon.cli.settings_file import annotated_settings

TOP = Path(__file__).parents[2]
DOCUMENTS = [TOP / "README.md", TOP / "SECURITY.md", *sorted(TOP.glob("docs/*.md"))]
SOURCES = [*TOP.glob("daemon/**/*.py"), *TOP.glob("bridge/**/*.py")]
KNOWN = {name for name, _, _ in each_setting(Settings())}
TABLES = sorted({name.partition(".")[0] for name in KNOWN})
_NAMED = re.compile(rf"\[({'|'.join(TABLES)})\] `?([a-z_]+\b)(?=[`)]| =| as| percent|;|,)")
_OSC = re.compile(r"`osc\.(\w+)|\bosc\.(lan|allow|host|token|origins|controllers|port|show_paths)\b")


@pytest.mark.parametrize("path", [*DOCUMENTS, *SOURCES], ids=lambda path: path.name)
def test_a_setting_that_is_named_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    named = {f"{table}.{name}" for table, name in _NAMED.findall(text)}
    if path.suffix == ".md":
        named |= {f"osc.{first or second}" for first, second in _OSC.findall(text)}
        named |= {f"scan.{name}" for name in re.findall(r"`scan\.(\w+)`", text)}
    assert sorted(named - KNOWN) == []


def test_the_pages_do_name_settings() -> None:
    found = {f"{table}.{name}" for path in DOCUMENTS for table, name in _NAMED.findall(path.read_text("utf-8"))}
    assert {"analysis.pause_when", "scan.poll_s", "scan.missing_keep_days"} <= found


def test_the_settings_for_other_machines_in_the_documents_are_accepted() -> None:
    text = (TOP / "docs/osc.md").read_text("utf-8")
    block = re.search(r"^    \[osc\]\n(?:    .+\n)+", text, re.MULTILINE)
    assert block is not None
    table = tomllib.loads(re.sub("^    ", "", block[0], flags=re.MULTILINE))
    assert settings_from(table, "docs/osc.md").osc.lan
    controllers = re.search(r"`(osc\.controllers = .*?)`", text)
    assert controllers is not None
    settings_from(tomllib.loads(controllers[1]), "docs/osc.md")


def test_every_meaning_says_its_unit_and_its_values_are_in_the_file() -> None:
    units = {"_s": "seconds", "_days": "days", "_mb": "MB", "_load": "percent", "_battery": "percent"}
    text = annotated_settings()
    for name, known, _ in each_setting(Settings()):
        assert known.help.endswith("."), name
        assert known.meaning in text, name
        for ending, unit in units.items():
            assert not name.endswith(ending) or unit in known.help, name
