"""The JSON shapes of the commands (docs/cli.md): plain dicts made from the engine's values, and text tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from soundkin.formats import sentences
from soundkin.model import (
    Answer,
    Contradiction,
    DuplicateGroup,
    KitSlot,
    Neighbour,
    Problem,
    Root,
    Sample,
    ScanSummary,
    Source,
    State,
    Status,
)
from soundkin.names.printable import printable
from soundkin.names.spelling import sent

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def answer_shape(query: str, answer: Answer, *, explain: bool = False, offset: int = 0) -> dict[str, Any]:
    """Shape of `similar --json`. `offset`: how many hits come before these, so that ranks go on over pages."""
    rows = [neighbour_shape(rank, hit, explain) for rank, hit in enumerate(answer.neighbours, offset + 1)]
    shape: dict[str, Any] = {"query": sent(query), "total": answer.total, "neighbours": rows}
    if explain:
        shape["plan"] = answer.plan
    if answer.unfinished:
        shape["unfinished"] = answer.unfinished
    return shape


def neighbour_shape(rank: int, hit: Neighbour, explain: bool = False) -> dict[str, Any]:
    """One hit."""
    row: dict[str, Any] = {
        "rank": rank,
        "id": hit.sample.id,
        "path": sent(hit.sample.path),
        "similarity": round(hit.similarity, 6),
        "distance": round(hit.distance, 6),
        "duration": round(hit.sample.facts.duration_s, 6),
        "state": hit.sample.state,
        **category_shape(hit.sample),
    }
    if explain:
        row["aspects"] = {name: round(distance, 6) for name, distance in hit.aspect_distances.items()}
    if hit.stands_for != 1:
        row["stands_for"] = hit.stands_for
    return row


def kit_slot_shape(number: int, source: str, slot: KitSlot) -> dict[str, Any]:
    """One row of `kit --json`; `number` from 1, as `--lock` counts."""
    alternates = [neighbour_shape(rank, hit) for rank, hit in enumerate(slot.alternates, 1)]
    return {"slot": number, "source": sent(source), "locked": slot.locked, "alternates": alternates}


def group_shape(group: DuplicateGroup) -> dict[str, Any]:
    """One row of `duplicates --json`."""
    samples = [
        {"id": sample.id, "path": sent(sample.path), "bytes": size, "state": sample.state, "content": content}
        for sample, size, content in zip(group.samples, group.sizes, group.contents, strict=True)
    ]
    return {"spare_bytes": group.spare_bytes, "samples": samples}


def group_lines(group: DuplicateGroup) -> list[str]:
    """One group of `duplicates` for people; `=1`, `=2` and so on mark files that are identical."""
    counts = Counter(group.contents)
    spare = f"{group.spare_bytes / 1e6:.2f} MB to spare" if group.spare_files else "none identical"
    lines = [f"{len(group.samples)} alike, {spare}"]
    for sample, size, content in zip(group.samples, group.sizes, group.contents, strict=True):
        mark = f"={content}" if counts[content] > 1 else ""
        lines.append(f"  {mark:<3} {size / 1e6:9.2f} MB  {marked(sample)}")
    return lines


def sample_shape(sample: Sample) -> dict[str, Any]:
    """One row of `list --json`."""
    duration = round(sample.facts.duration_s, 6)
    shape = {"id": sample.id, "path": sent(sample.path), "duration": duration, "state": sample.state}
    shape |= category_shape(sample)
    return shape | ({"cut_off": sample.facts.cut_off} if sample.facts.cut_off else {})


def category_shape(sample: Sample) -> dict[str, Any]:
    """The fields of a row that say what a sample is."""
    labels = sample.labels
    return {"category": labels.category, "confidence": labels.confidence, "source": labels.source}


def category_text(sample: Sample) -> str:
    """The category for people: what only the sound says with how sure it is; "" for unknown."""
    labels = sample.labels
    if labels.category is None or labels.source is Source.NAME or labels.confidence is None:
        return labels.category or ""
    return f"{labels.category} {labels.confidence:.2f}"


def marked(sample: Sample) -> str:
    """The path for people, with a mark where the file is away or ends too early."""
    marks = [] if sample.state is State.PRESENT else [str(sample.state)]
    marks += ["cut off"] if sample.facts.cut_off else []
    return sent(sample.path) + (f"  ({', '.join(marks)})" if marks else "")


def problem_shape(problem: Problem) -> dict[str, Any]:
    """One row of `problems --json`."""
    retry_s = problem.retry_s
    return {
        "path": sent(problem.path),
        "kind": problem.kind,
        "code": problem.code,
        "message": problem.message,
        "retry_s": None if retry_s is None else round(retry_s),
    }


def problem_rows(problems: Iterable[Problem], now_s: float) -> list[tuple[str, str, str, str]]:
    """Rows of `problems` for people: kind, code, reason and path; `now_s` since the epoch."""
    rows = []
    for each in problems:
        again = ""
        if each.retry_s is not None:
            again = f"; tried again in {duration_text(max(0.0, each.retry_s - now_s))}"
        rows.append((each.kind.value, each.code, each.message + again, sent(each.path)))
    return rows


def contradiction_shape(found: Contradiction) -> dict[str, Any]:
    """One row of `problems --contradictions --json`."""
    return {
        "id": found.id,
        "path": sent(found.path),
        "named": list(found.named),
        "heard": found.heard,
        "confidence": round(found.confidence, 3),
    }


def contradiction_rows(contradictions: Iterable[Contradiction]) -> list[tuple[str, str, str, str]]:
    """The same for people: what the name says, what it sounds like, how likely, path."""
    return [(" or ".join(each.named), each.heard, f"{each.confidence:.2f}", sent(each.path)) for each in contradictions]


def summary_shape(summary: ScanSummary) -> dict[str, Any]:
    """Shape of `scan --json`."""
    shape = asdict(summary)
    shape["seconds"] = round(summary.seconds, 3)
    return shape


def root_shapes(roots: Sequence[Root]) -> list[dict[str, Any]]:
    """Shape of `folders --json`."""
    paths = {root.id: sent(root.path) for root in roots}
    return [
        {"path": sent(root.path), "online": root.online, "samples": root.samples, "within": paths.get(root.within or 0)}
        for root in roots
    ]


def status_shape(status: Status) -> dict[str, Any]:
    """Shape of `status --json`."""
    progress = status.progress
    return {
        "version": status.version,
        "pid": status.pid or None,
        "port": status.port or None,
        "state": progress.state,
        "folders": root_shapes(status.roots),
        "samples": status.samples,
        "queued": progress.queued,
        "failed": status.failed,
        "unread": status.unread,
        "rate": round(progress.rate, 2),
        "eta_s": None if progress.eta_s is None else round(progress.eta_s, 1),
        "index": {"size": status.index.size, "state": status.index.state},
        "memory_mb": round(status.memory_mb, 1),
        "notes": list(status.notes),
        "unheard": dict(status.unheard),
    }


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Plain aligned columns, the last one unpadded; the columns named in `right` are set flush right.

    What a terminal must not get is escaped in each cell.
    """
    lines = [list(header), *[[printable(cell) for cell in row] for row in rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    out: list[str] = []
    for line in lines:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        out.append("  ".join(cells).rstrip())
    return "\n".join(out)


def answer_table(answer: Answer, bars: Sequence[dict[str, str]] = (), *, offset: int = 0) -> str:
    """The hits of a question as text; `bars`, one for each aspect of each hit, stand before the path.

    `offset`: how many hits come before these.
    """
    aspects = list(bars[0]) if bars else []
    rows = [
        (
            str(rank),
            f"{hit.similarity:.3f}",
            f"{hit.distance:.3f}",
            f"{hit.sample.facts.duration_s:.2f} s",
            category_text(hit.sample),
            *(bars[rank - offset - 1].get(name, "") for name in aspects),
            marked(hit.sample) + (f"  (+{hit.stands_for - 1} alike)" if hit.stands_for > 1 else ""),
        )
        for rank, hit in enumerate(answer.neighbours, offset + 1)
    ]
    return table(("rank", "similarity", "distance", "length", "category", *aspects, "path"), rows, right=(0, 1, 2, 3))


def bars(neighbours: Sequence[Neighbour], width: int = 8) -> list[dict[str, str]]:
    """For each hit a small bar for each aspect's distance; all share one scale, the longest fills `width` cells."""
    longest = max((value for each in neighbours for value in each.aspect_distances.values()), default=0.0)
    return [
        {name: bar(value / longest if longest else 0.0, width) for name, value in each.aspect_distances.items()}
        for each in neighbours
    ]


def bar(part: float, width: int) -> str:
    """A bar of `width` characters of which `part` (0..1) is filled, in eighths of a character."""
    eighths = round(min(1.0, max(0.0, part)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def status_text(status: Status) -> str:
    """The daemon's state for people, or what can be said without one."""
    lines = [
        f"Soundkin {status.version}, pid {status.pid}, OSC on port {status.port}, {status.memory_mb:.0f} MB"
        if status.pid
        else f"Soundkin {status.version}; no daemon runs: `soundkin start` or `soundkin up` begins one"
    ]
    lines += [
        f"  {'online ' if root.online else 'OFFLINE'}  {root.samples:>9,}  {sent(root.path)}" for root in status.roots
    ]
    unread = f", {status.unread:,} not read yet" if status.unread else ""
    lines.append(f"samples   {status.samples:,} findable, {status.failed:,} failed{unread}")
    lines += _work_lines(status) if status.pid else []
    lines += [f"unheard   {sentence}" for sentence in sentences(status.unheard)]
    lines += [f"note      {note}" for note in status.notes]
    return "\n".join(map(printable, lines))


def _work_lines(status: Status) -> list[str]:
    progress = status.progress
    work = progress.state
    if progress.queued or work != "idle":
        eta = f", about {duration_text(progress.eta_s)} left" if progress.eta_s is not None else ""
        work = f"{work}: {progress.done:,} of {progress.found:,} done, {progress.rate:.0f} files/s{eta}"
    return [f"work      {work}", f"index     {status.index.state}, {status.index.size:,} sounds"]


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
    done = ", ".join([*parts, *_seldom(summary)]) + f" in {summary.seconds:.1f} s"
    return "\n".join([done, *sentences(summary.unheard)])


def changes_text(summary: ScanSummary) -> str:
    """What a pass changed, in a line; "" where that is nothing."""
    return ", ".join(([f"{summary.analysed:,} analysed"] if summary.analysed else []) + _seldom(summary))


def _seldom(summary: ScanSummary) -> list[str]:
    parts = [f"{count:,} {word}" for count, word in ((summary.moved, "moved"), (summary.removed, "removed")) if count]
    parts += [f"{summary.failed:,} failed (`soundkin problems` says why)"] if summary.failed else []
    return parts + ([f"{summary.unread:,} could not be read (tried again later)"] if summary.unread else [])
