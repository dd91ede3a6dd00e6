"""What our client reads out of the daemon's answers, line by line. Pure, and light to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError, QueryError, SoundkinError, UnknownSampleError, VectorIndexError
from soundkin.model import Facts, IndexStatus, Progress, Root, Sample, SampleId, ScanSummary, State, Status

if TYPE_CHECKING:
    from soundkin_osc.codec import Message

_ERRORS: dict[int, type[SoundkinError]] = {
    1: BadArgumentError,
    2: QueryError,
    3: UnknownSampleError,
    4: UnknownSampleError,
    6: VectorIndexError,
    7: BadArgumentError,
}


def error_from(message: Message) -> SoundkinError:
    """The error of ours that an /soundkin/error stands for."""
    _, code, _, text = message.args
    return _ERRORS.get(int(code), SoundkinError)(str(text))  # type: ignore[arg-type]


def root_from(line: Message) -> Root:
    """A followed folder from its line."""
    _, _, root_id, online, samples, path = line.args
    return Root(int(root_id), str(path), bool(online), int(samples))  # type: ignore[arg-type]


def sample_from(line: Message, state: State = State.PRESENT) -> Sample:
    """A sample from a result; of its facts only the duration is known."""
    _, _, sample_id, _, duration_s, path = line.args
    facts = Facts(duration_s=float(duration_s), sample_rate=0, channels=0)  # type: ignore[arg-type]
    return Sample(SampleId(int(sample_id)), str(path), "", 0.0, facts, state)  # type: ignore[arg-type]


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
        progress=progress,
        index=IndexStatus(int(fields["index.size"]), fields["index.state"]),
        memory_mb=float(fields["memory_mb"]),
        notes=notes,
        scans=int(fields["scans"]),
        last_scan=_scan_summary(fields),
    )


def _scan_summary(fields: dict[str, str]) -> ScanSummary:
    names = ("found", "analysed", "unchanged", "moved", "removed", "failed")
    counts = {name: int(fields[f"last_scan.{name}"]) for name in names}
    return ScanSummary(**counts, seconds=float(fields["last_scan.seconds"]))
