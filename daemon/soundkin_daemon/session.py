"""What every command shares: the common options, the way to the daemon or the library, and the exit codes."""

from __future__ import annotations

import functools
import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soundkin.config import Settings, load_settings
from soundkin.errors import ConfigError, DaemonNotRunningError, SoundkinError
from soundkin_daemon.ownership import read_owner
from soundkin_daemon.places import Places, default_config_file, default_data_dir

if TYPE_CHECKING:
    from soundkin_osc.client import SoundkinClient

EXIT_FAILED, EXIT_NOT_RUNNING = 1, 3  # 2, usage, is typer's

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", envvar="SOUNDKIN_DATA_DIR", help="Where library, index and log live.", rich_help_panel="Common"
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", envvar="SOUNDKIN_CONFIG", help="Settings file to read.", rich_help_panel="Common"),
]
Port = Annotated[
    int | None,
    typer.Option("--port", min=1, max=65535, help="OSC port of the daemon (27400).", rich_help_panel="Common"),
]
LogLevel = Annotated[
    str | None,
    typer.Option("--log-level", help="debug, info, warning or error.", rich_help_panel="Common"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@dataclass(frozen=True, slots=True)
class Session:
    """One call of a command: where things are, what is set, and who set it."""

    places: Places
    settings: Settings
    config_file: Path
    origins: dict[str, str]
    """Dotted setting to where its value comes from, for those that are not defaults."""

    def client(self) -> SoundkinClient | None:
        """The running daemon of this data directory; None where none answers."""
        from soundkin_osc.client import SoundkinClient

        owner = read_owner(self.places)
        if owner is None:
            return None
        port = self.settings.osc.port if "osc.port" in self.origins else owner.port
        client = SoundkinClient(owner.host, port)
        if client.ping():
            return client
        client.close()
        return None

    def require_client(self) -> SoundkinClient:
        """The running daemon. Raises `DaemonNotRunningError`."""
        client = self.client()
        if client is None:
            raise DaemonNotRunningError(
                f"no Soundkin daemon runs on {self.places.data_dir}; `soundkin start` or `soundkin up` begins one"
            )
        return client


def open_session(data_dir: Path | None, config: Path | None, port: int | None, log_level: str | None) -> Session:
    """Settle the common options. Raises `ConfigError`."""
    config_file = config or default_config_file()
    if config is not None and not config.exists():
        raise ConfigError(f"{config}: no such file")
    settings = load_settings(config_file)
    origins = _file_origins(config_file)
    if port is not None:
        settings = replace(settings, osc=replace(settings.osc, port=port))
        origins["osc.port"] = "--port"
    if log_level is not None:
        if log_level not in {"debug", "info", "warning", "error"}:
            raise ConfigError(f"--log-level: expected one of debug, info, warning, error, got {log_level!r}")
        settings = replace(settings, log=replace(settings.log, level=log_level))
        origins["log.level"] = "--log-level"
    folder = (data_dir or default_data_dir()).expanduser().absolute()
    return Session(Places(folder), settings, config_file, origins)


def _file_origins(path: Path) -> dict[str, str]:
    import tomllib

    if not path.exists():
        return {}
    table = tomllib.loads(path.read_text("utf-8"))
    return {f"{section}.{key}": str(path) for section, values in table.items() for key in values}


def command(app: typer.Typer, name: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register `function(session, ...)` as a command with the common options, errors turned into exit codes."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(
            *args: Any,
            data_dir: Path | None = None,
            config: Path | None = None,
            port: int | None = None,
            log_level: str | None = None,
            **kwargs: Any,
        ) -> None:
            with exit_codes():
                function(open_session(data_dir, config, port, log_level), *args, **kwargs)

        run.__signature__ = _with_common_options(function)  # type: ignore[attr-defined]
        return app.command(name)(run)

    return register


def _with_common_options(function: Callable[..., Any]) -> inspect.Signature:
    own = inspect.signature(function, eval_str=True)
    common = {"data_dir": DataDir, "config": ConfigFile, "port": Port, "log_level": LogLevel}
    parameters = [parameter for name, parameter in own.parameters.items() if name != "session"]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in common.items()
    ]
    return own.replace(parameters=parameters)


class exit_codes:  # noqa: N801 - reads as a statement
    """Turns `SoundkinError` into one line on stderr and the exit code it stands for."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SoundkinError):
            sys.stderr.write(f"soundkin: {error}\n")
            code = EXIT_NOT_RUNNING if isinstance(error, DaemonNotRunningError) else EXIT_FAILED
            raise typer.Exit(code) from None
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(EXIT_FAILED) from None


def print_json(value: Any) -> None:
    """Print a value as JSON; names that are no valid text are escaped."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True) + "\n")


def say(text: str = "") -> None:
    """Print a line of text, whatever the terminal's encoding can show of it."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def note(text: str) -> None:
    """Print a line about how the answer came to be, on stderr."""
    sys.stderr.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
