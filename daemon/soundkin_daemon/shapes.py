"""The JSON shapes of the commands (docs/cli.md): plain dicts made from the engine's values, and text tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from soundkin.model import Answer, Neighbour, Problem, Root, Sample, ScanSummary, State, Status


def answer_shape(query: str, answer: Answer, *, explain: bool = False) -> dict[str, Any]:
    """Shape of `similar --json`."""
    rows = [neighbour_shape(rank, hit, explain) for rank, hit in enumerate(answer.neighbours, 1)]
    shape: dict[str, Any] = {"query": query, "total": answer.total, "neighbours": rows}
    if explain:
        shape["plan"] = answer.plan
    return shape


def neighbour_shape(rank: int, hit: Neighbour, explain: bool = False) -> dict[str, Any]:
    """One hit."""
    row: dict[str, Any] = {
        "rank": rank,
        "id": hit.sample.id,
        "path": hit.sample.path,
        "similarity": round(hit.similarity, 6),
        "distance": round(hit.distance, 6),
        "duration": round(hit.sample.facts.duration_s, 6),
        "state": hit.sample.state,
    }
    if explain:
        row["aspects"] = {name: round(distance, 6) for name, distance in hit.aspect_distances.items()}
    if hit.stands_for != 1:
        row["stands_for"] = hit.stands_for
    return row


def sample_shape(sample: Sample) -> dict[str, Any]:
    """One row of `list --json`."""
    duration = round(sample.facts.duration_s, 6)
    return {"id": sample.id, "path": sample.path, "duration": duration, "state": sample.state}


def marked(sample: Sample) -> str:
    """The path for people, with a mark where the file is away."""
    return sample.path if sample.state is State.PRESENT else f"{sample.path}  ({sample.state})"


def problem_shape(problem: Problem) -> dict[str, Any]:
    """One row of `problems --json`."""
    return {"path": problem.path, "code": problem.code, "message": problem.message}


def summary_shape(summary: ScanSummary) -> dict[str, Any]:
    """Shape of `scan --json`."""
    shape = asdict(summary)
    shape["seconds"] = round(summary.seconds, 3)
    return shape


def root_shape(root: Root) -> dict[str, Any]:
    """One row of `folders --json`."""
    return {"path": root.path, "online": root.online, "samples": root.samples}


def status_shape(status: Status) -> dict[str, Any]:
    """Shape of `status --json`."""
    progress = status.progress
    return {
        "version": status.version,
        "pid": status.pid,
        "port": status.port,
        "state": progress.state,
        "folders": [root_shape(root) for root in status.roots],
        "samples": status.samples,
        "queued": progress.queued,
        "failed": status.failed,
        "rate": round(progress.rate, 2),
        "eta_s": None if progress.eta_s is None else round(progress.eta_s, 1),
        "index": {"size": status.index.size, "state": status.index.state},
        "memory_mb": round(status.memory_mb, 1),
        "notes": list(status.notes),
    }


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Plain aligned columns, the last one unpadded; the columns named in `right` are set flush right."""
    lines = [list(header), *[list(row) for row in rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    out: list[str] = []
    for line in lines:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        out.append("  ".join(cells).rstrip())
    return "\n".join(out)


def answer_table(answer: Answer, bars: Sequence[dict[str, str]] = ()) -> str:
    """The hits of a question as text; `bars`, one for each aspect of each hit, stand before the path."""
    aspects = list(bars[0]) if bars else []
    rows = [
        (
            str(rank),
            f"{hit.similarity:.3f}",
            f"{hit.distance:.3f}",
            f"{hit.sample.facts.duration_s:.2f} s",
            *(bars[rank - 1].get(name, "") for name in aspects),
            marked(hit.sample) + (f"  (+{hit.stands_for - 1} alike)" if hit.stands_for > 1 else ""),
        )
        for rank, hit in enumerate(answer.neighbours, 1)
    ]
    return table(("rank", "similarity", "distance", "length", *aspects, "path"), rows, right=(0, 1, 2, 3))


def status_text(status: Status) -> str:
    """The daemon's state for people."""
    progress = status.progress
    lines = [f"Soundkin {status.version}, pid {status.pid}, OSC on port {status.port}, {status.memory_mb:.0f} MB"]
    lines += [f"  {'online ' if root.online else 'OFFLINE'}  {root.samples:>9,}  {root.path}" for root in status.roots]
    lines.append(f"samples   {status.samples:,} findable, {status.failed:,} failed")
    work = progress.state
    if progress.queued or work != "idle":
        eta = f", about {duration_text(progress.eta_s)} left" if progress.eta_s is not None else ""
        work = f"{work}: {progress.done:,} of {progress.found:,} done, {progress.rate:.0f} files/s{eta}"
    lines += [f"work      {work}", f"index     {status.index.state}, {status.index.size:,} sounds"]
    lines += [f"note      {note}" for note in status.notes]
    return "\n".join(lines)


def duration_text(seconds: float) -> str:
    """A length of time for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def summary_text(summary: ScanSummary) -> str:
    """What a scan did, in a line."""
    parts = [f"{summary.found:,} files", f"{summary.analysed:,} analysed", f"{summary.unchanged:,} unchanged"]
    parts += [f"{count:,} {word}" for count, word in ((summary.moved, "moved"), (summary.removed, "removed")) if count]
    parts += [f"{summary.failed:,} failed (`soundkin problems` says why)"] if summary.failed else []
    return ", ".join(parts) + f" in {summary.seconds:.1f} s"
