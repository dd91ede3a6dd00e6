"""Messages that answer: one maker per reply address, types never varying. Pure; i, f and s only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from soundkin.names.spelling import readable, sent
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message

if TYPE_CHECKING:
    from soundkin.model import Contradiction, Problem, Root, Sample, Status

_TEXT_BYTES = 4_000
"""Of an error's sentence: long paths are named in full."""


_NAMES = ("path", "name")
"""What the table calls arguments that are paths or names of files."""


def spelled(message: Message) -> Message:
    """The message with its paths and names as they are sent, and no other text that is not valid."""
    if not any(isinstance(arg, str) and (not arg.isascii() or arg.startswith("file:")) for arg in message.args):
        return message
    entry = TABLE.get(message.address)
    names = [parameter.name for parameter in entry.parameters] if entry is not None else []
    named = [*names, *[""] * (len(message.args) - len(names))]
    args = tuple(
        _spelled(arg, is_name=name in _NAMES) if isinstance(arg, str) else arg
        for arg, name in zip(message.args, named, strict=False)
    )
    return Message(message.address, args)


def _spelled(text: str, *, is_name: bool) -> str:
    return sent(text) if is_name or os.path.isabs(text) else readable(text)


def done(rid: int, sent: int = 0, total: int | None = None, snapshot: str = "") -> Message:
    """End of an answer."""
    return Message("/soundkin/done", (rid, sent, sent if total is None else total, snapshot))


def error(rid: int, code: int, what: str, text: str) -> Message:
    """End of an answer that failed."""
    sentence = _shortened(text.replace("\0", ""))
    return Message("/soundkin/error", (rid, int(code), what[:100].replace("\0", ""), sentence))


def _shortened(text: str) -> str:
    raw = text.encode("utf-8", "surrogatepass")
    return text if len(raw) <= _TEXT_BYTES else raw[: _TEXT_BYTES - 3].decode("utf-8", "ignore") + "..."


def result(rid: int, rank: int, sample: Sample, score: float, shown_path: str) -> Message:
    """One hit."""
    args = (rid, rank, sample.id, float(score), float(sample.facts.duration_s), shown_path)
    return Message("/soundkin/result", args)


def detail(rid: int, sample: Sample) -> Message:
    """The facts that most clients show; 0 and "" for unknown."""
    facts = sample.facts
    numbers = (facts.loudness_db or 0.0, facts.tempo_bpm or 0.0, facts.root_hz or 0.0)
    kind = facts.kind.value if facts.kind else ""
    return Message("/soundkin/detail", (rid, sample.id, *map(float, numbers), facts.key or "", kind))


def field(rid: int, id: int, name: str, value: object) -> Message:  # noqa: A002
    """One fact as text."""
    return Message("/soundkin/field", (rid, id, name, "" if value is None else str(value)))


def folder(rid: int, rank: int, root: Root) -> Message:
    """One followed folder."""
    return Message(
        "/soundkin/folder", (rid, rank, root.id, int(root.online), root.samples, root.path, root.within or 0)
    )


def problem(rid: int, rank: int, found: Problem, now_s: float) -> Message:
    """One file that could not be analysed; `now_s` since the epoch."""
    retry_s = -1 if found.retry_s is None else max(0, round(found.retry_s - now_s))
    return Message("/soundkin/problem", (rid, rank, found.path, found.code, found.message, found.kind.value, retry_s))


def contradiction(rid: int, rank: int, found: Contradiction) -> Message:
    """One sample whose sound speaks against its name."""
    named = " ".join(found.named)
    args = (rid, rank, found.id, found.path, named, found.heard, float(found.confidence))
    return Message("/soundkin/contradiction", args)


def status(state: Status) -> Message:
    """The daemon's state in one message."""
    progress = state.progress
    part = progress.done / progress.found if progress.found else 1.0
    args = (progress.state, state.samples, min(1.0, part), progress.queued, state.version)
    return Message("/soundkin/status.reply", args)
