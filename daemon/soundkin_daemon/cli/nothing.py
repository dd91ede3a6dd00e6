"""Why an answer is empty, and what to do next; how much there is behind what an answer shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from soundkin.questions.limits import MOST_HITS, MOST_LISTED

if TYPE_CHECKING:
    from soundkin.interfaces import Asking
    from soundkin.model import Answer, Query, Status

_AHEAD = 400
"""Samples that are looked for behind the end of a list whose length nothing else tells."""


def limit_beyond(text: str, matching: str, limit: int) -> int:
    """How many samples to ask for, to show `limit` of them and say how many more there are."""
    return max(limit, min(limit + (_AHEAD if text or matching else 1), MOST_LISTED))


def why_no_hits(door: Asking, query: Query, total: int) -> str:
    """Why a question has no hits. `total`: how many it has before its offset."""
    status = door.status()
    if total and query.offset:
        return f"nothing behind the first {query.offset:,}: there are {total:,} hits; a smaller --offset shows them"
    if query.within is not None:
        nearest = door.find(replace(query, within=None, k=1, offset=0, explain=False)).neighbours
        if nearest:
            return (
                f"nothing within {query.within:g}: the nearest lies at {nearest[0].distance:.3f}; try a larger --within"
            )
    if not status.samples:
        return why_empty(door, status)
    if query.filter:
        return f"no other sample matches the filter {query.filter!r}; {status.samples:,} are present"
    return "the library holds no other sample"


def why_not_listed(door: Asking, text: str, matching: str) -> str:
    """Why a list is empty."""
    status = door.status()
    if not status.samples:
        return why_empty(door, status)
    if not matching:
        return f"none of {status.samples:,} paths holds every word of {text!r}; fewer words find more"
    if text and door.search(text, 1):
        return f"some paths hold every word of {text!r}, but none of these samples matches the filter {matching!r}"
    if text and door.search("", 1, matching):
        return f"some samples match the filter {matching!r}, but none of their paths holds every word of {text!r}"
    return f"no sample matches the filter {matching!r}; {status.samples:,} are present"


def why_empty(door: Asking, status: Status | None = None) -> str:
    """Why no sample can be found at all; "" where some can."""
    status = status or door.status()
    if status.samples:
        return ""
    if not status.roots:
        return "the library is empty: no folder is followed; `soundkin add FOLDER` does it"
    if status.progress.queued or status.progress.state in {"walking", "analysing"}:
        return "nothing has been analysed yet: it is being done; `soundkin status` shows how far it is"
    return _why_none_present(door, status)


def _why_none_present(door: Asking, status: Status) -> str:
    """The same where folders are followed and nothing is at work."""
    offline = sum(not root.online for root in status.roots)
    missing = len(door.missing())
    if offline or missing:
        away = f"{missing:,} files are missing and {offline:,} followed folders are offline"
        return f"no sample is present: {away}; --filter is:any shows what is kept of them"
    if status.failed or status.unread:
        return f"none of {status.failed + status.unread:,} files could be analysed; `soundkin problems` says why"
    if not status.pid:
        return "nothing has been analysed yet; `soundkin scan` or `soundkin up` does it"
    return "the library is empty: the followed folders hold no audio files"


def hits_behind(query: Query, answer: Answer) -> str:
    """How many hits there are behind those of an answer, "" where there are none."""
    shown = query.offset + len(answer.neighbours)
    if len(answer.neighbours) < query.k or shown >= answer.total:
        return ""
    most = "at most " if query.fold_duplicates or query.per_folder is not None else ""
    following = f"; --offset {shown} shows the next" if shown + query.k <= MOST_HITS else ""
    return f"{shown:,} of {most}{answer.total:,} hits{following}"


def samples_behind(door: Asking, text: str, matching: str, shown: int, found: int) -> str:
    """The same for a list that shows some of the samples that were `found` by a question with `limit_beyond`."""
    if found <= shown:
        return ""
    if not (text or matching):
        count = f"{door.status().samples:,}"
    else:
        count = f"{found:,}" if found < shown + _AHEAD else f"more than {found:,}"
    return f"{shown:,} of {count} samples; a larger --limit shows more"
