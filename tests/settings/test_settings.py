"""Settings: defaults, the file that documents them, and every mistake reported at once."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import pytest

from judged_settings import load_settings, settings_from
from soundkin.config import Settings, worker_count
from soundkin.errors import ConfigError
from soundkin_daemon.cli.settings_file import annotated_settings, settings_rows

SHIPPED = Path(__file__).parents[2] / "config/soundkin.toml"


def uncommented(text: str) -> str:
    return re.sub(r"^#(?=\w+ = )", "", text, flags=re.MULTILINE)


def test_the_shipped_file_is_the_one_that_config_init_writes() -> None:
    assert SHIPPED.read_text("utf-8") == annotated_settings()


def test_the_shipped_file_as_it_is_changes_nothing() -> None:
    assert load_settings(SHIPPED) == Settings()


def test_the_shipped_file_with_every_line_taken_in_spells_out_every_default() -> None:
    table = tomllib.loads(uncommented(SHIPPED.read_text("utf-8")))
    assert settings_from(table, "file") == Settings()
    named = {f"{section}.{key}" for section, values in table.items() for key in values}
    assert named == {name for name, _, _ in settings_rows(Settings(), {})}


def test_every_setting_is_explained_in_the_file() -> None:
    lines = SHIPPED.read_text("utf-8").splitlines()
    bare = [
        line
        for before, line in itertools.pairwise(lines)
        if re.match(r"#\w+ = ", line) and re.match(r"#\w+ = ", before)
    ]
    assert bare == []


def test_all_problems_are_reported_at_once_and_each_names_value_and_expectation() -> None:
    table = {
        "osc": {"port": 99_999, "hots": "x"},
        "analysis": {"workers": "two", "pause_when": ["sleeping"]},
        "scan": {"interval_s": True},
        "log": {"level": "loud"},
        "nonsense": {},
    }
    with pytest.raises(ConfigError) as caught:
        settings_from(table, "soundkin.toml")
    text = str(caught.value)
    for fragment in ("osc.port", "99999", "65535", "osc.hots", "'two'", "'sleeping'", "True", "'loud'", "[nonsense]"):
        assert fragment in text, fragment


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("[osc\nport=1")
    with pytest.raises(ConfigError, match=r"broken\.toml"):
        load_settings(path)


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == Settings()
    assert load_settings(None) == Settings()


def test_values_take_the_type_of_their_default() -> None:
    settings = settings_from({"scan": {"interval_s": 60, "ignore": ["*.tmp.wav"]}, "analysis": {"workers": 3}}, "t")
    assert settings.scan.interval_s == 60.0
    assert settings.scan.ignore == ("*.tmp.wav",)
    assert worker_count(settings.analysis) == 3
    assert worker_count(Settings().analysis) >= 1
