"""The checks of `soundkin doctor` that look into the library: integrity, followed folders, backups, the saved index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from soundkin.disks import DiskHangsError, Lanes
from soundkin.errors import CorruptLibraryError, LibraryError, SchemaVersionError, StaleIndexError
from soundkin.formats import CODECS_EXTRA, sentences
from soundkin_daemon.doctor.case import Case, Check
from soundkin_daemon.doctor.machine import watch_limits

if TYPE_CHECKING:
    from pathlib import Path

    from soundkin.library.inspection import Inspection
    from soundkin.model import Root

_MOST_REASONS = 3
_RESTORE = (
    "Restart the daemon: it sets the file aside under a date and goes on from the newest backup. "
    "`soundkin restore` does the same for a backup of your choice."
)


def library(case: Case) -> Iterator[Check]:
    """Integrity of the library, then everything that can be asked of a sound one."""
    path = case.places.library
    if not path.exists() or path.stat().st_size == 0:
        yield Check("library", True, f"There is no library at {path} yet.", "Run `soundkin up FOLDER` to begin one.")
        return
    inspection, check = _inspected(path)
    yield check
    yield from backups(case)
    if inspection is not None:
        yield from folders(inspection)
        yield from problems(inspection)
        yield from unheard(inspection)
        if watching := watch_limits(case.machine, inspection.folders):
            yield watching
        yield index(case, inspection)


def _inspected(path: Path) -> tuple[Inspection | None, Check]:
    from soundkin.library.inspection import inspect_library

    try:
        found = inspect_library(path)
    except SchemaVersionError as error:
        return None, Check("library", False, f"{error}.", "Update Soundkin.")
    except CorruptLibraryError as error:
        return None, Check("library", False, f"{error}.", _RESTORE)
    except LibraryError as error:
        return None, Check("library", False, f"{error}.", f"Move {path} away, or use another --data-dir.")
    if found.findings:
        first, *others = found.findings
        more = f" (and {len(others)} more)" if others else ""
        return None, Check("library", False, f"The library {path} is damaged: {first}{more}.", _RESTORE)
    if found.serving is None:
        sentence = f"The library is of schema {found.schema}; the next start of the daemon brings it up to date."
        return None, Check("library", True, sentence)
    sentence = f"The library is sound: {found.files} files known, {found.samples} can be found."
    return found, Check("library", True, sentence)


def folders(found: Inspection) -> Iterator[Check]:
    """Each followed folder exists and can be read."""
    if not found.roots:
        yield Check("folders", True, "No folder is followed.", "Run `soundkin add FOLDER`.")
    lanes = Lanes()
    for root in found.roots:
        yield _folder(root, lanes)


def _folder(root: Root, lanes: Lanes) -> Check:
    name, path = "folders", root.path
    try:
        is_empty = lanes.ask(path, lambda: _is_empty(path), path)
    except OSError as error:
        return Check(name, False, *_refused(path, error))
    if is_empty and root.samples:
        remedy = "If its disk is not mounted, mount it; its samples are kept meanwhile."
        return Check(name, False, f"{path} is empty, but {root.samples} samples of it are known.", remedy)
    if not root.online and root.within is not None and not root.is_link and not os.path.ismount(path):
        remedy = f"Mount its disk, or run `soundkin remove {path}`. Until then its samples stay as they are, offline."
        return Check(name, False, f"{path} is a disk that is not mounted.", remedy)
    if not root.online:
        return Check(name, True, f"{path} can be reached again; the next scan takes its samples back.")
    return Check(name, True, f"{path} can be read; {root.samples} samples of it can be found.")


def _refused(path: str, error: OSError) -> tuple[str, str]:
    """What is wrong with a folder that could not be listed, and the remedy."""
    if isinstance(error, DiskHangsError):
        remedy = "Look at its disk or network; what is known of it is kept, and other folders are not held up."
        return f"{path} does not answer; `soundkin status` says since when.", remedy
    if isinstance(error, PermissionError):
        return f"{path} may not be read.", "Give your user read permission for the folder."
    remedy = f"Connect the disk, or run `soundkin remove {path}`. Until then its samples stay as they are, offline."
    return f"{path} cannot be reached: {error.strerror or error}.", remedy


def _is_empty(path: str) -> bool:
    with os.scandir(path) as entries:
        return next(entries, None) is None


def problems(found: Inspection) -> Iterator[Check]:
    """Files that are not audio, which is no fault, and files that could not be read, which is one."""
    if found.failed:
        sentence = f"{found.failed} files are not audio; each is tried again when it changes (`soundkin problems`)."
        yield Check("files", True, sentence)
    if not found.unread:
        yield Check("files", True, "Every file within reach could be read.")
        return
    why = "; ".join(f"{number} times: {reason}" for reason, number in list(found.unread.items())[:_MOST_REASONS])
    sentence = (
        f"{sum(found.unread.values())} files could not be read ({why}). What was known of them is kept, and they are "
        "tried again ever more rarely."
    )
    remedy = "Look at their disk and permissions (`soundkin problems`), then run `soundkin scan --retry`."
    yield Check("files", False, sentence, remedy)


def unheard(found: Inspection) -> Iterator[Check]:
    """Files that hold sounds and cannot be heard, as the newest look at each folder counted them."""
    if not found.unheard:
        yield Check("formats", True, "Nothing was seen that holds sounds and cannot be heard.")
    for sentence in sentences(found.unheard):
        helps = CODECS_EXTRA in sentence
        remedy = f"Run `uv tool install '{CODECS_EXTRA}'` (or pip), then start the daemon again." if helps else ""
        yield Check("formats", True, f"{sentence}.", remedy)


def backups(case: Case) -> Iterator[Check]:
    """When the newest backup was taken, and what was set aside."""
    from soundkin.library import backups as dated

    known = dated.listed(case.places.backups)
    if known:
        taken = dated.words_of(known[0].taken_s)
        yield Check("backups", True, f"The newest of {len(known)} backups is of {taken}.")
    else:
        yield Check("backups", True, "There is no backup yet; a running daemon takes one a day.")
    aside = sorted(path.name for path in case.places.data_dir.glob("library-damaged-*.db"))
    if aside:
        sentence = f"Damaged libraries of earlier are kept here: {', '.join(aside)}."
        yield Check("backups", True, sentence, "Delete them when you no longer want them.")


def index(case: Case, found: Inspection) -> Check:
    """Whether the saved index belongs to this library. It is a cache, so being behind is no fault."""
    from soundkin.index import cache

    path, serving = case.places.index, found.serving
    if not path.exists() or serving is None:
        return Check("index", True, "No index is saved yet; the daemon builds it from the library.")
    try:
        with path.open("rb") as file:
            header = cache.checked(cache.read_header(file, path), found.uid, serving, path)
    except (StaleIndexError, OSError) as error:
        sentence = f"The saved index is not this library's: {error}."
        return Check("index", False, sentence, "Restart the daemon: it builds the index again from the library.")
    if header.generation > found.generation:
        sentence = "The saved index is ahead of the library, as after a power cut."
        return Check("index", False, sentence, "Restart the daemon: it builds the index again from the library.")
    behind = found.generation - header.generation
    state = "up to date" if behind == 0 else f"behind by {behind}, which the daemon catches up with"
    return Check("index", True, f"The saved index belongs to this library and is {state}.")
