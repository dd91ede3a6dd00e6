"""One pass over the folders that ends: in this process, or by the running daemon. Progress goes to stderr."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError, SoundkinError
from soundkin.folders.completeness import STILL_WRITTEN
from soundkin_daemon.cli.context import note
from soundkin_daemon.cli.progress_bar import show_progress

if TYPE_CHECKING:
    from soundkin.model import Progress, Root, ScanSummary
    from soundkin_daemon.cli.context import CommandContext
    from soundkin_osc.client.udp_client import SoundkinClient

_TICK_S = 0.1
_POLL_S = 0.25


MayFollow = Callable[[Sequence[str]], None]
"""Asks whether folders that are not followed yet are to be; raises where they are not."""


def scan_here(
    context: CommandContext, folders: Sequence[str], may_follow: MayFollow, *, retry: bool = False
) -> ScanSummary:
    """Scan in this process, owning the data directory meanwhile. Ctrl-C saves what is done and raises."""
    from soundkin.analysis.pool import ProcessAnalyser

    if not folders and not context.places.data_dir.exists():
        raise BadArgumentError(f"there is no library in {context.places.data_dir}; `soundkin scan FOLDER` begins one")
    with ExitStack() as parts:
        settings = context.settings.analysis
        workers = settings.workers or os.cpu_count() or 1  # a person waits for this scan
        analyser = parts.enter_context(closing(ProcessAnalyser(workers, settings.time_limit_s)))
        if not context.places.library.exists():
            analyser.get_ready()  # the processes of a first scan start while the rest is imported and opened
        from soundkin_daemon.classifying import classify_all
        from soundkin_daemon.works import start_works

        works = start_works(parts, context.places, context.settings, analyser)
        targets = [_followed(path, works.library.roots(), may_follow, works.library.add_root) for path in folders]
        if retry:
            works.library.retry_unread()
        done: list[ScanSummary] = []
        thread = threading.Thread(target=lambda: done.append(works.ingest.run_until_idle(targets or None)))
        thread.start()
        try:
            show_progress(_while_alive(thread, works.ingest.progress))
        except KeyboardInterrupt:
            raise SoundkinError("interrupted; what was analysed is kept, the next scan goes on from there") from None
        finally:
            works.ingest.stop()
            thread.join()
            works.ingest.finish()
        if not done:
            raise SoundkinError(f"the scan ended early; {context.places.log} says why")
        classify_all(works.library)
        _say_left(works.ingest.notes)
        return done[0]


def scan_there(
    daemon: SoundkinClient, folders: Sequence[str], may_follow: MayFollow, *, retry: bool = False
) -> ScanSummary:
    """Have the running daemon scan, and wait for it. It compares all its folders."""
    with daemon:
        roots = daemon.roots()
        for path in folders:
            _followed(path, roots, may_follow, daemon.add_root)
        before = daemon.status().scans
        daemon.rescan(retry=retry)

        def polled() -> Iterator[Progress]:
            while True:
                status = daemon.status()
                if status.scans > before and not status.progress.queued:
                    return
                yield status.progress
                time.sleep(_POLL_S)

        show_progress(polled())
        status = daemon.status()
        _say_left(status.notes)
        return status.last_scan


def _followed(path: str, roots: Sequence[Root], may_follow: MayFollow, add: Callable[[str], Root]) -> str:
    """The folder's real path, followed from now on unless a root holds it already."""
    from soundkin.folders.walk import is_below
    from soundkin.service import existing_folder

    folder = existing_folder(path)
    if not any(is_below(folder, root.path) for root in roots):
        may_follow([folder])
        add(folder)
    return folder


def _say_left(notes: Sequence[str]) -> None:
    """Say which files the scan left because they are still written to."""
    for sentence in notes:
        if sentence.startswith(STILL_WRITTEN):
            note(f"({sentence})")


def _while_alive(thread: threading.Thread, progress: Callable[[], Progress]) -> Iterator[Progress]:
    while thread.is_alive():
        yield progress()
        thread.join(_TICK_S)
