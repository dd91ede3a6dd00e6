"""What our client reads out of the daemon's answers, line by line. Pure, and light to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.model import Contradiction, IndexStatus, Problem, Progress, Root, SampleId, ScanSummary, Status
from soundkin.names.spelling import meant
from soundkin_osc.protocol.error_codes import error_of

if TYPE_CHECKING:
    from soundkin.errors import SoundkinError
    from soundkin_osc.protocol.codec import Message


def error_from(message: Message) -> SoundkinError:
    """The error of ours that an /soundkin/error stands for."""
    _, code, _, text = message.args
    return error_of(int(code), str(text))  # type: ignore[arg-type]


def number(line: Message, at: int) -> int:
    """The whole number that is argument `at` of a line."""
    arg = line.args[at]
    return arg if isinstance(arg, int) else 0


def root_from(line: Message) -> Root:
    """A followed folder from its line."""
    _, _, root_id, online, samples, path, within = line.args
    return Root(int(root_id), meant(str(path)), bool(online), int(samples), int(within) or None)  # type: ignore[arg-type]


def problem_from(line: Message, now_s: float) -> Problem:
    """A file that could not be analysed from its line; `now_s` since the epoch."""
    _, _, path, code, message, _, retry_s = line.args
    wait_s = int(retry_s)  # type: ignore[arg-type]
    return Problem(meant(str(path)), str(code), str(message), now_s + wait_s if wait_s >= 0 else None)


def contradiction_from(line: Message) -> Contradiction:
    """A sample whose sound speaks against its name from its line."""
    _, _, id_, path, named, heard, confidence = line.args
    words = tuple(str(named).split())
    return Contradiction(SampleId(int(id_)), meant(str(path)), words, str(heard), round(float(confidence), 3))  # type: ignore[arg-type]


def status_from(fields: dict[str, str], roots: tuple[Root, ...], notes: tuple[str, ...]) -> Status:
    """The daemon's status from the fields of its report."""
    eta = fields["progress.eta_s"]
    progress = Progress(
        state=fields["progress.state"],
        found=int(fields["progress.found"]),
        done=int(fields["progress.done"]),
        failed=int(fields["progress.failed"]),
        rate=float(fields["progress.rate"]),
        eta_s=float(eta) if eta else None,
    )
    return Status(
        version=fields["version"],
        pid=int(fields["pid"]),
        port=int(fields["port"]),
        roots=roots,
        samples=int(fields["samples"]),
        failed=int(fields["failed"]),
        unread=int(fields["unread"]),
        progress=progress,
        index=IndexStatus(int(fields["index.size"]), fields["index.state"]),
        memory_mb=float(fields["memory_mb"]),
        notes=notes,
        scans=int(fields["scans"]),
        last_scan=_scan_summary(fields),
        unheard=_counts(fields.get("unheard", "")),
    )


def _scan_summary(fields: dict[str, str]) -> ScanSummary:
    names = ("found", "analysed", "unchanged", "moved", "removed", "failed", "unread")
    counts = {name: int(fields[f"last_scan.{name}"]) for name in names}
    unheard = _counts(fields.get("last_scan.unheard", ""))
    return ScanSummary(**counts, seconds=float(fields["last_scan.seconds"]), unheard=unheard)


def _counts(text: str) -> dict[str, int]:
    """What `formats.in_words` wrote."""
    pairs = (part.split() for part in text.split(", ") if part)
    return {ending: int(count.replace(",", "")) for count, ending in pairs}
