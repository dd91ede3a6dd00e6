"""Progress for people, on stderr: a bar in a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from soundkin.names.printable import printable
from soundkin_daemon.cli.context import note
from soundkin_daemon.cli.shapes import duration_text

if TYPE_CHECKING:
    from soundkin.model import Progress

_PLAIN_S = 10.0


def show_progress(states: Iterable[Progress]) -> None:
    """Show each state as it comes, until there are no more."""
    if sys.stderr.isatty():
        _show_bar(states)
    else:
        _show_lines(states)


def _show_bar(states: Iterable[Progress]) -> None:
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[more]}"),
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("walking", total=None, more="")
        for now in states:
            state = printable(now.state)
            bar.update(task, description=state, completed=now.done, total=now.found or None, more=_more(now))


def _show_lines(states: Iterable[Progress]) -> None:
    said = time.monotonic()
    for now in states:
        if time.monotonic() - said >= _PLAIN_S:
            said = time.monotonic()
            note(f"{now.state}: {now.done:,} of {now.found:,} files, {_more(now)}")
            sys.stderr.flush()


def _more(now: Progress) -> str:
    eta = f", {duration_text(now.eta_s)} left" if now.eta_s is not None else ""
    failed = f", {now.failed:,} failed" if now.failed else ""
    return f"{now.rate:.0f} files/s{eta}{failed}"
