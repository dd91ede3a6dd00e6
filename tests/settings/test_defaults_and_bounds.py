"""What `soundkin.toml` and the documents promise of each setting: its default and its bounds, written out."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from judged_settings import settings_from
from soundkin.config import Settings
from soundkin.errors import ConfigError

DEFAULTS: dict[str, Any] = {
    "osc.host": "127.0.0.1",
    "osc.port": 27_400,
    "osc.lan": False,
    "osc.allow": (),
    "osc.token": "",
    "osc.show_paths": False,
    "osc.origins": (),
    "osc.controllers": (),
    "analysis.workers": 0,
    "analysis.time_limit_s": 30.0,
    "analysis.pause_when": ("recording",),
    "analysis.pause_above_load": 100.0,
    "analysis.pause_below_battery": 20.0,
    "scan.interval_s": 300.0,
    "scan.poll_s": 30.0,
    "scan.poll": (),
    "scan.settle_s": 0.5,
    "scan.ignore": (),
    "scan.missing_keep_days": 30.0,
    "index.M": 16,
    "index.ef_construction": 200,
    "index.query_ef": 100,
    "log.level": "info",
    "log.max_mb": 5.0,
}
BOUNDS: dict[str, tuple[float, float]] = {
    "osc.port": (1, 65_535),
    "analysis.workers": (0, 256),
    "analysis.time_limit_s": (1, 3_600),
    "analysis.pause_above_load": (1, 100),
    "analysis.pause_below_battery": (0, 100),
    "scan.interval_s": (1, 86_400),
    "scan.poll_s": (1, 86_400),
    "scan.settle_s": (0, 60),
    "scan.missing_keep_days": (0, 36_500),
    "index.M": (2, 128),
    "index.ef_construction": (8, 2_000),
    "index.query_ef": (8, 10_000),
    "log.max_mb": (0.1, 1_000),
}
CHOICES = {"log.level": ("debug", "info", "warning", "error"), "analysis.pause_when": ("recording", "playing")}


def value_of(settings: Settings, name: str) -> Any:
    section, key = name.split(".")
    return getattr(getattr(settings, section), key)


def read(name: str, value: object) -> Any:
    section, key = name.split(".")
    return value_of(settings_from({section: {key: value}}, "soundkin.toml"), name)


def test_there_are_these_settings_and_no_others() -> None:
    settings = Settings()
    names = {f"{part.name}.{each.name}" for part in fields(settings) for each in fields(getattr(settings, part.name))}
    assert names == set(DEFAULTS)
    numbers = {name for name, value in DEFAULTS.items() if type(value) in (int, float)}
    assert numbers == set(BOUNDS)


@pytest.mark.parametrize("name", DEFAULTS)
def test_each_setting_has_the_default_that_is_promised(name: str) -> None:
    value = value_of(Settings(), name)
    assert value == DEFAULTS[name]
    assert type(value) is type(DEFAULTS[name])


@pytest.mark.parametrize("name", BOUNDS)
def test_each_number_may_be_at_its_bounds_and_not_beyond(name: str) -> None:
    step = 1 if isinstance(DEFAULTS[name], int) else 0.01
    low, high = BOUNDS[name]
    assert read(name, low) == low
    assert read(name, high) == high
    for beyond in (low - step, high + step):
        with pytest.raises(ConfigError) as caught:
            read(name, beyond)
        assert name in str(caught.value)
        assert f"from {low:g} to {high:g}, got {beyond:g}" in str(caught.value)


@pytest.mark.parametrize(("name", "words"), CHOICES.items())
def test_each_choice_is_taken_and_no_other(name: str, words: tuple[str, ...]) -> None:
    is_list = isinstance(DEFAULTS[name], tuple)
    for word in words:
        assert read(name, [word] if is_list else word) == ((word,) if is_list else word)
    with pytest.raises(ConfigError, match="'loud'"):
        read(name, ["loud"] if is_list else "loud")
