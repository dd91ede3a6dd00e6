"""Settings: the only place with defaults, and the reader of `soundkin.toml`, which reports every problem at once."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from soundkin.errors import ConfigError

DEFAULT_PORT = 27400
_LOG_LEVELS = ("debug", "info", "warning", "error")
_PAUSE_REASONS = ("recording", "playing")


@dataclass(frozen=True, slots=True)
class OscSettings:
    """Where OSC listens."""

    host: str = "127.0.0.1"
    """Address to listen on; anything but this machine's own lets the network in."""
    port: int = DEFAULT_PORT
    """One number for every carrier."""
    lan: bool = False
    """Whether other machines may ask; needs `host` and `allow`."""
    allow: tuple[str, ...] = ()
    """Machines that may ask in LAN mode, such as "192.168.1.0/24"."""
    token: str = ""
    """What other machines say to use TCP and to change things; none: they cannot."""
    show_paths: bool = False
    """Whether other machines are told where files lie, not only their names."""
    origins: tuple[str, ...] = ()
    """Web pages that may connect by WebSocket, such as "http://localhost:8080"; programs always may."""
    controllers: tuple[str, ...] = ()
    """Controllers that cannot subscribe and are always pushed to, such as "192.168.1.20:9000"."""


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """The worker processes."""

    workers: int = 0
    """0: one fewer than the machine has cores, at least one."""
    time_limit_s: float = 30.0
    """Longest that one file may take before it is given up."""
    pause_when: tuple[str, ...] = ("recording",)
    """States of the DAW's transport in which analysis pauses: "recording", "playing"."""
    pause_above_load: float = 100.0
    """Analysis pauses while other programs use more than this share of all cores, in percent; 100: never."""
    pause_below_battery: float = 20.0
    """On battery, analysis pauses below this charge in percent; 0: never, 100: whenever on battery."""


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """How folders are followed."""

    interval_s: float = 300.0
    """Every so often all folders are compared with the library, whatever the watcher said."""
    poll_s: float = 30.0
    """Every so often folders that cannot be watched, or are on a network, are compared with the library."""
    poll: tuple[str, ...] = ()
    """Globs of followed folders that give no events though they look local, and are to be polled too."""
    settle_s: float = 0.5
    """A file counts as complete when it has not changed for so long."""
    ignore: tuple[str, ...] = ()
    """Globs of names or paths to leave out, besides hidden files and what audio programs leave behind."""
    missing_keep_days: float = 30.0
    """How long all that is known of a vanished file is kept for its return."""


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """The voyager graph; see its documentation for M and ef."""

    M: int = 16
    """Links of each point: more finds better and takes more memory."""
    ef_construction: int = 200
    """Care taken when a point is added: more finds better and builds slower."""
    query_ef: int = 100
    """Care taken when asked: more finds better and answers slower."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The log file in the data directory."""

    level: str = "info"
    """"debug", "info", "warning" or "error"."""
    max_mb: float = 5.0
    """Size at which the log starts afresh; one older file is kept."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; each field is a table of `soundkin.toml`."""

    osc: OscSettings = field(default_factory=OscSettings)
    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    scan: ScanSettings = field(default_factory=ScanSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    log: LogSettings = field(default_factory=LogSettings)


_LIMITS: dict[str, tuple[float, float]] = {
    "osc.port": (1, 65535),
    "analysis.workers": (0, 256),
    "analysis.time_limit_s": (1, 3600),
    "analysis.pause_above_load": (1, 100),
    "analysis.pause_below_battery": (0, 100),
    "scan.interval_s": (1, 86_400),
    "scan.poll_s": (1, 86_400),
    "scan.settle_s": (0, 60),
    "scan.missing_keep_days": (0, 36_500),
    "index.M": (2, 128),
    "index.ef_construction": (8, 2000),
    "index.query_ef": (8, 10_000),
    "log.max_mb": (0.1, 1000),
}
_CHOICES: dict[str, tuple[str, ...]] = {"log.level": _LOG_LEVELS, "analysis.pause_when": _PAUSE_REASONS}


def worker_count(settings: AnalysisSettings) -> int:
    """How many analysis processes to run: as set, else one fewer than the cores, at least one."""
    return settings.workers or max(1, (os.cpu_count() or 2) - 1)


def load_settings(path: Path | None) -> Settings:
    """Settings from a TOML file on top of the defaults; no file, the defaults.

    Raises `ConfigError` listing every unknown name, wrong type and value out of range.
    """
    if path is None or not path.exists():
        return Settings()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return settings_from(table, str(path))


def settings_from(table: dict[str, Any], origin: str) -> Settings:
    """Settings from a parsed TOML table; `origin` names it in the `ConfigError`."""
    problems: list[str] = []
    settings = Settings()
    sections = {f.name: f for f in fields(Settings)}
    for name, values in table.items():
        if name not in sections:
            problems.append(f"[{name}]: no such table; known: {', '.join(sections)}")
        elif not isinstance(values, dict):
            problems.append(f"{name}: expected a table, got {values!r}")
        else:
            section = _section(name, getattr(settings, name), values, problems)
            settings = replace(settings, **{name: section})
    if problems:
        raise ConfigError(f"{origin}:\n" + "\n".join(f"  {line}" for line in problems))
    return settings


def _section(name: str, current: Any, values: dict[str, Any], problems: list[str]) -> Any:
    known = {f.name for f in fields(current)}
    accepted: dict[str, Any] = {}
    for key, value in values.items():
        dotted = f"{name}.{key}"
        if key not in known:
            problems.append(f"{dotted}: no such setting; known: {', '.join(sorted(known))}")
            continue
        try:
            accepted[key] = _coerce(dotted, value, getattr(current, key))
        except ValueError as error:
            problems.append(f"{dotted}: {error}")
    return replace(current, **accepted)


def _coerce(dotted: str, value: Any, default: Any) -> Any:
    """The value in its default's type; ValueError names what was expected."""
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ValueError(f"expected true or false, got {value!r}")
        return value
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"expected a list of strings, got {value!r}")
        for item in value:
            _check_choice(dotted, item)
        return tuple(value)
    if isinstance(default, str):
        if not isinstance(value, str):
            raise ValueError(f"expected a string, got {value!r}")
        _check_choice(dotted, value)
        return value
    expected = "a whole number" if isinstance(default, int) else "a number"
    if isinstance(value, bool) or not isinstance(value, int if isinstance(default, int) else (int, float)):
        raise ValueError(f"expected {expected}, got {value!r}")
    low, high = _LIMITS[dotted]
    if not low <= value <= high:
        raise ValueError(f"expected {expected} from {low:g} to {high:g}, got {value!r}")
    return type(default)(value)


def _check_choice(dotted: str, value: str) -> None:
    choices = _CHOICES.get(dotted)
    if choices and value not in choices:
        raise ValueError(f"expected one of {', '.join(choices)}, got {value!r}")
