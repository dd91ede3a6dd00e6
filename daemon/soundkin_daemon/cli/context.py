"""What every command shares: the common options, the way to the daemon or the library, and the exit codes."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, TypeVar

import typer

from soundkin.config import Judgement, Settings, read_settings
from soundkin.errors import BadArgumentError, ConfigError, DaemonNotRunningError, SoundkinError
from soundkin.names.printable import printable, printable_lines
from soundkin_daemon.cli.common_options import with_common_options
from soundkin_daemon.ownership import Owner, is_owned, living_owner
from soundkin_daemon.places import Places, default_config_file, default_data_dir

if TYPE_CHECKING:
    from soundkin.interfaces import Door
    from soundkin_osc.client.udp_client import SoundkinClient

_T = TypeVar("_T")
EXIT_FAILED, EXIT_USAGE, EXIT_NOT_RUNNING = 1, 2, 3  # typer's own is 2 too

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


class UnfitSettingsError(ConfigError):
    """The settings cannot be used; the text has a line for each problem."""

    in_lines = True


class OptionError(UnfitSettingsError):
    """An option of the command line has a value that cannot be used; the text lists what else is wrong, too."""

    code = "option"


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One call of a command: where things are, what is set, and who set it."""

    places: Places
    settings: Settings
    config_file: Path
    origins: Mapping[str, str]
    """Dotted setting to where its value comes from, for those that are not defaults."""
    judged: Judgement

    def require_settings(self) -> None:
        """Raise `ConfigError`, or `OptionError` where an option is at fault, with everything that is wrong."""
        if self.judged.option_problems:
            raise OptionError(self.judged.text)
        if self.judged.text:
            raise UnfitSettingsError(self.judged.text)

    @contextmanager
    def door(self, *, quiet: bool = False, begins: bool = False) -> Iterator[Door]:
        """Who answers this command: the running daemon, or the library opened in this process where none runs.

        `begins`: whether this command makes a library where there is none.
        """
        with ExitStack() as parts:

            def here() -> Door:
                from soundkin_daemon.engine import open_service

                if not quiet and self.places.library.exists():
                    note("(no daemon runs here: reading the library directly)")
                return parts.enter_context(open_service(self.places, self.settings, note, begins=begins))

            def there(daemon: SoundkinClient) -> Door:
                return parts.enter_context(daemon)

            yield self.choose(there, here, quiet=quiet)

    def choose(self, there: Callable[[SoundkinClient], _T], here: Callable[[], _T], *, quiet: bool = False) -> _T:
        """What `there` makes of the running daemon, which it closes, or what `here` does where none runs."""
        client = self._running(quiet=quiet)
        return here() if client is None else there(client)

    @contextmanager
    def daemon(self) -> Iterator[SoundkinClient]:
        """The running daemon. Raises `DaemonNotRunningError`."""
        client = self._running()
        if client is None:
            raise self._none_answers()
        with client:
            yield client

    def answers(self) -> bool:
        """Whether a daemon of this data directory answers."""
        client = self._running(quiet=True)
        if client is None:
            return False
        client.close()
        return True

    def _none_answers(self) -> DaemonNotRunningError:
        folder = self.places.data_dir
        if is_owned(self.places):
            return DaemonNotRunningError(
                f"the Soundkin daemon of {folder} does not answer: it is just starting or stopping; try again"
            )
        return DaemonNotRunningError(
            f"no Soundkin daemon runs on {folder}; `soundkin start` or `soundkin up` begins one"
        )

    def _running(self, *, quiet: bool = False) -> SoundkinClient | None:
        """The daemon where it says that it listens: the port that is set counts for the next one."""
        from soundkin_osc.client.udp_client import SoundkinClient

        owner = living_owner(self.places)
        if owner is None:
            return None
        client = SoundkinClient(owner.host, owner.port)
        if client.ping():
            if not quiet:
                self._tell_port(owner)
            return client
        client.close()
        return None

    def _tell_port(self, owner: Owner) -> None:
        wanted, origin = self.settings.osc.port, self.origins.get("osc.port")
        if origin is not None and wanted != owner.port:
            note(f"(the daemon listens on port {owner.port}; {wanted}, from {origin}, takes effect at its next start)")


def open_context(data_dir: Path | None, config: Path | None, port: int | None, log_level: str | None) -> CommandContext:
    """Settle the common options; what is wrong with the settings is in `judged`."""
    file = config or default_config_file()
    judged = read_settings(file, {"osc.port": ("--port", port), "log.level": ("--log-level", log_level)})
    if config is not None and not config.exists():
        judged = replace(judged, problems=("no such file",))
    folder = (data_dir or default_data_dir()).expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise BadArgumentError(f"{folder} is not a folder, expected the data directory")
    return CommandContext(Places(folder), judged.settings, file, judged.origins, judged)


class CommandApp(typer.Typer):
    """An application that may leave out the commands that a call does not name."""

    wanted: str | None = None
    """The name of the only command that matters; None: all do."""

    def wants(self, name: str) -> bool:
        """Whether a command of this name is to be part of the application."""
        return self.wanted in (None, name)


def command(
    app: typer.Typer, name: str | None = None, *, any_settings: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register `function(context, ...)` as a command with the common options, errors turned into exit codes.

    A command that the application does not want is left as it is. It only runs with settings that can be used, unless
    it takes `any_settings`.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        called = name or function.__name__.replace("_", "-")
        if isinstance(app, CommandApp) and not app.wants(called):
            return function

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
                context = open_context(data_dir, config, port, log_level)
                if not any_settings:
                    context.require_settings()
                function(context, *args, **kwargs)

        run.__signature__ = with_common_options(function)  # type: ignore[attr-defined]
        return app.command(called)(run)

    return register


class exit_codes:  # noqa: N801 - reads as a statement
    """Turns `SoundkinError`, and what the system refuses, into one line on stderr and the exit code it stands for."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SoundkinError):
            text = str(error)
            note_lines(f"soundkin: {text if error.in_lines else printable(text)}")
            raise typer.Exit(_exit_code(error)) from None
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(EXIT_FAILED) from None
        if isinstance(error, OSError):
            note(f"soundkin: {refusal_of(error)}")
            raise typer.Exit(EXIT_FAILED) from None


def refusal_of(error: OSError) -> str:
    """What the system refused, in a sentence: the file where it says which, and why."""
    names = [os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
    why = error.strerror or str(error) or type(error).__name__
    return f"{names[-1]}: {why}" if names else why


def _exit_code(error: SoundkinError) -> int:
    if isinstance(error, OptionError):
        return EXIT_USAGE
    return EXIT_NOT_RUNNING if isinstance(error, DaemonNotRunningError) else EXIT_FAILED


def print_json(value: Any) -> None:
    """Print a value as JSON; names that are no valid text are escaped."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True) + "\n")


def say(text: str = "") -> None:
    """Print a line of text. Control characters, and those that the terminal's encoding lacks, are escaped."""
    _print(printable(text), sys.stdout)


def say_lines(text: str) -> None:
    """Print text whose line breaks are ours, escaped as in `say`."""
    _print(printable_lines(text), sys.stdout)


def note(text: str) -> None:
    """Print a line about how the answer came to be, on stderr, escaped as in `say`."""
    _print(printable(text), sys.stderr)


def note_lines(text: str) -> None:
    """The same for text whose line breaks are ours."""
    _print(printable_lines(text), sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
