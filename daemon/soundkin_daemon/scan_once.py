"""One pass over the folders that ends: in this process, or by the running daemon. Progress goes to stderr."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from soundkin.errors import SoundkinError
from soundkin_daemon.bar import show_progress

if TYPE_CHECKING:
    from soundkin.model import Progress, Root, ScanSummary
    from soundkin_daemon.session import Session
    from soundkin_osc.client import SoundkinClient

_TICK_S = 0.1
_POLL_S = 0.25


def scan_here(session: Session, folders: Sequence[str]) -> ScanSummary:
    """Scan in this process, owning the data directory meanwhile. Ctrl-C saves what is done and raises."""
    from soundkin_daemon.app import start_works

    with ExitStack() as parts:
        workers = session.settings.analysis.workers or os.cpu_count()  # somebody waits for this one
        works = start_works(parts, session.places, session.settings, workers)
        targets = [_followed(path, works.library.roots(), works.library.add_root) for path in folders]
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
            raise SoundkinError(f"the scan ended early; {session.places.log} says why")
        return done[0]


def scan_there(client: SoundkinClient, folders: Sequence[str]) -> ScanSummary:
    """Have the running daemon scan, and wait for it. It compares all its folders."""
    roots = client.folders()
    for path in folders:
        _followed(path, roots, client.add_root)
    before = client.status().scans
    client.rescan()

    def polled() -> Iterator[Progress]:
        while True:
            status = client.status()
            if status.scans > before and not status.progress.queued:
                return
            yield status.progress
            time.sleep(_POLL_S)

    show_progress(polled())
    return client.status().last_scan


def _followed(path: str, roots: Sequence[Root], add: Callable[[str], Root]) -> str:
    """The folder's real path, followed from now on unless a root holds it already."""
    from soundkin.scan import is_below
    from soundkin.service import existing_folder

    folder = existing_folder(path)
    if not any(is_below(folder, root.path) for root in roots):
        add(folder)
    return folder


def _while_alive(thread: threading.Thread, progress: Callable[[], Progress]) -> Iterator[Progress]:
    while thread.is_alive():
        yield progress()
        thread.join(_TICK_S)
