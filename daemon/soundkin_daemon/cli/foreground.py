"""`soundkin up`: runs the daemon until a signal or `/soundkin/quit`, and shows how far the first scan is."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING

from soundkin_daemon.cli.context import say, say_lines
from soundkin_daemon.cli.progress_bar import show_progress
from soundkin_daemon.cli.shapes import changes_text, summary_text

if TYPE_CHECKING:
    from soundkin.model import Progress, ScanSummary
    from soundkin_daemon.app import Daemon
    from soundkin_daemon.cli.context import CommandContext

_TICK_S = 0.2


def run_in_foreground(context: CommandContext, folders: Sequence[str], *, quiet: bool) -> None:
    """Run until told to end. Raises `SoundkinError` where the daemon cannot start."""
    ended = threading.Event()
    with _signals(ended):
        from soundkin_daemon.app import Daemon

        daemon = Daemon(context.places, context.settings, ended.set, folders)
        with daemon:
            if quiet:
                _wait(ended)
            else:
                _show(daemon, ended)
        if not quiet:
            say("saved and stopped")


def _show(daemon: Daemon, ended: threading.Event) -> None:
    host, port = daemon.address
    say(f"OSC listens on {host}:{port}. Ask with `soundkin similar FILE`, or send /soundkin/find/path ,is 1 FILE")
    if not daemon.service.roots():
        say("no folder is followed yet; `soundkin add FOLDER` from another terminal, or `soundkin up FOLDER`")
    sys.stdout.flush()
    passes: SimpleQueue[ScanSummary] = SimpleQueue()
    daemon.tell_passes(passes.put)
    show_progress(_until_scanned(daemon, ended))
    if not ended.is_set():
        count = daemon.service.status().samples
        say_lines(f"{summary_text(daemon.last_scan)}; {count:,} samples can be found. Ctrl-C ends Soundkin.")
    sys.stdout.flush()
    while not passes.empty():  # the first one has been told
        passes.get()
    while not ended.wait(_TICK_S):
        _show_changes(daemon, passes, ended)


def _show_changes(daemon: Daemon, passes: SimpleQueue[ScanSummary], ended: threading.Event) -> None:
    """How far the work is while there is some, and what came of it, a line for each pass that changed something."""
    if daemon.progress().queued:
        show_progress(_until_idle(daemon, ended))
    while not passes.empty():
        if text := changes_text(passes.get()):
            count = daemon.service.status().samples
            say(f"{time.strftime('%H:%M:%S')}  {text}; {count:,} samples can be found")
            sys.stdout.flush()


def _until_idle(daemon: Daemon, ended: threading.Event) -> Iterator[Progress]:
    while (now := daemon.progress()).queued and not ended.wait(_TICK_S):
        yield now


def _until_scanned(daemon: Daemon, ended: threading.Event) -> Iterator[Progress]:
    """The progress, again and again, until the first complete pass is over."""
    while not daemon.scans and not ended.wait(_TICK_S):
        yield daemon.progress()


def _wait(ended: threading.Event) -> None:
    sys.stdout.flush()
    while not ended.wait(0.5):  # in slices, so that Ctrl-C is noticed on Windows too
        pass


@contextmanager
def _signals(ended: threading.Event) -> Iterator[None]:
    """Let the signals that ask a program to end stop the daemon."""

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    names = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
    before = {name: signal.signal(getattr(signal, name), end) for name in names if hasattr(signal, name)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
