"""Settings of a file or a table, or the error with all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from soundkin.config import Judgement, Settings, read_settings
from soundkin.config.judgement import judge
from soundkin.errors import ConfigError


def load_settings(path: Path | None) -> Settings:
    return _accepted(read_settings(path))


def settings_from(table: Mapping[str, Any], file: str) -> Settings:
    return _accepted(judge(table, file))


def _accepted(judged: Judgement) -> Settings:
    if judged.text:
        raise ConfigError(judged.text)
    return judged.settings
