"""The client that our own commands use: the one door, opened by a running daemon. Imports nothing heavy.

A question is judged here, with the daemon's own words, before it goes on the wire; what comes back is exact.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from soundkin.config import DEFAULT_PORT
from soundkin.errors import BadArgumentError, UnknownPathError
from soundkin.model import Answer, Contradiction, DuplicateGroup, KitSlot, Neighbour, Problem, Query, Sample, SampleId
from soundkin.names.spelling import meant
from soundkin.questions.limits import (
    DAY_S,
    NEAR_IDENTICAL,
    check_age,
    check_id,
    check_kit_question,
    check_list,
    check_question,
    check_transport,
    check_within,
)
from soundkin_osc.client.exchange import RID, Exchange, both, counted, number_of
from soundkin_osc.client.reply_lines import contradiction_from, number, problem_from, root_from, status_from
from soundkin_osc.protocol.limits import JSON_STRINGS, MAX_COUNT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from types import TracebackType

    from soundkin.model import Root, Status
    from soundkin_osc.protocol.codec import Message

_STRING = 4_000
_FIELD = "/soundkin/field"


class SoundkinClient:
    """A daemon at `host`:`port`. `timeout_s`: how long it may be silent; one that works on an answer is not."""

    def __init__(self, host: str = "127.0.0.1", port: int = DEFAULT_PORT, timeout_s: float = 2.0) -> None:
        self._wire = Exchange(host, port, timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._wire.close()

    def ping(self, timeout_s: float | None = None) -> bool:
        """Whether a daemon answers within the time."""
        return self._wire.ping(timeout_s)

    # ---- questions -------------------------------------------------------------------------------------------

    def find(self, query: Query) -> Answer:
        """Answer a question of any shape, page by page."""
        check_question(query)
        hits: list[Neighbour] = []
        answer = Answer((), 0, query.snapshot or "")
        while len(hits) < query.k:
            part = replace(
                query,
                k=min(MAX_COUNT, query.k - len(hits)),
                offset=query.offset + len(hits),
                snapshot=(answer.snapshot or None) if hits else query.snapshot,
            )
            answer = self._page(part)
            hits += answer.neighbours
            if len(answer.neighbours) < part.k:
                break
        return replace(answer, neighbours=tuple(hits))

    def kit(self, query: Query, each: int, locked: Collection[int] = ()) -> tuple[KitSlot, ...]:
        """Up to `each` alternates for every example, no sample twice."""
        check_kit_question(query, each, locked)
        slots, hits = "/soundkin/kit.slot", "/soundkin/neighbour"
        answer = self._wire.report(
            hits,
            "/soundkin/kit",
            each,
            " ".join(map(str, sorted(locked))),
            after=_json(query),
            whole=both(counted(hits), number_of(slots, len(query.like))),
        )
        asked = {number(m, 1): number(m, 2) for m in answer if m.address == slots}
        found = _hits(answer)
        return tuple(
            KitSlot(
                SampleId(asked[slot]) if asked[slot] else None,
                slot in locked,
                tuple(found[rank] for rank in range(slot * each, (slot + 1) * each) if rank in found),
            )
            for slot in range(len(query.like))
        )

    def duplicates(self, within: float | None = None, matching: str = "") -> tuple[DuplicateGroup, ...]:
        """Groups of near-identical samples, those with most bytes to spare first."""
        from soundkin_osc.protocol.query_json import copy_from_json

        check_within(within)
        line = "/soundkin/copy"
        radius = NEAR_IDENTICAL if within is None else float(within)
        answer = self._wire.report(line, "/soundkin/duplicates", radius, matching, whole=counted(line))
        copies = {number(m, 1): str(m.args[2]) for m in answer if m.address == line}
        groups: dict[int, list[tuple[Sample, int, int]]] = {}
        for rank in sorted(copies):
            group, size, content, sample = copy_from_json(copies[rank])
            groups.setdefault(group, []).append((sample, size, content))
        return tuple(DuplicateGroup(*zip(*rows, strict=True)) for rows in groups.values())

    def sample(self, sample_id: SampleId) -> Sample:
        """One sample, its file present or not. Raises `UnknownSampleError`."""
        check_id(sample_id)
        return self._looked_up(sample_id, "")

    def by_path(self, path: str) -> Sample | None:
        """The sample at a path, its file present or not; None where the library has none."""
        try:
            return self._looked_up(0, path)
        except UnknownPathError:
            return None

    def search(self, text: str, limit: int, matching: str = "") -> list[Sample]:
        """Samples by the words of their paths and a filter."""
        from soundkin_osc.protocol.query_json import sample_from_json

        check_list(text, limit, matching)
        lines = self._wire.lines("/soundkin/sample", "/soundkin/list", text, after=(matching,), limit=limit)
        return [sample_from_json(str(line.args[2])) for line in lines]

    def problems(self) -> list[Problem]:
        """Files that could not be analysed, or not to their end."""
        lines = self._wire.lines("/soundkin/problem", "/soundkin/problems")
        now_s = time.time()
        return [problem_from(line, now_s) for line in lines]

    def contradictions(self) -> list[Contradiction]:
        """Samples whose sound speaks strongly against their name or folder, the surest first."""
        lines = self._wire.lines("/soundkin/contradiction", "/soundkin/contradictions")
        return [contradiction_from(line) for line in lines]

    def missing(self) -> list[str]:
        """Files that are missing and whose rows are kept, by their last paths."""
        return [meant(str(line.args[2])) for line in self._wire.lines("/soundkin/missing.file", "/soundkin/missing")]

    def roots(self) -> tuple[Root, ...]:
        """The followed folders."""
        return tuple(map(root_from, self._wire.lines("/soundkin/folder", "/soundkin/folders")))

    def status(self) -> Status:
        """Everything the daemon says of itself."""
        answer = self._wire.ask("/soundkin/report", RID, whole=lambda lines: len(lines) > number(lines[-1], 1))
        said = [m for m in answer if m.address == _FIELD]
        fields = {str(m.args[2]): str(m.args[3]) for m in said}
        notes = tuple(str(m.args[3]) for m in said if m.args[2] == "note")
        return status_from(fields, self.roots(), notes)

    # ---- wishes ----------------------------------------------------------------------------------------------

    def add_root(self, path: str) -> Root:
        """Follow a folder."""
        return root_from(self._wire.order("/soundkin/index/add", path, RID)[0])

    def remove_root(self, path: str) -> int:
        """Stop following a folder; how many samples left the library."""
        return self._count("/soundkin/index/remove", path, RID)

    def forget(self, older_than_s: float) -> int:
        """Remove what is kept about files that have been missing for at least this time; how many."""
        check_age(older_than_s)
        return self._count("/soundkin/index/forget", older_than_s / DAY_S, RID)

    def rescan(self, *, retry: bool = False) -> None:
        """Ask for a pass over the folders; `retry`: files that could not be read are tried again too."""
        self._wire.order("/soundkin/index/retry" if retry else "/soundkin/index/rescan", RID)

    def pause(self) -> None:
        """Stop analysing."""
        self._wire.order("/soundkin/pause", RID)

    def resume(self) -> None:
        """Go on analysing."""
        self._wire.order("/soundkin/resume", RID)

    def transport(self, state: str) -> None:
        """Say what the DAW is doing. Raises `BadArgumentError` for what none does."""
        check_transport(state)
        self._wire.order("/soundkin/transport", state, RID)

    def committed(self, sample_id: SampleId) -> None:
        """Say that a hit was put to use. Raises `UnknownSampleError`."""
        check_id(sample_id)
        self._wire.order("/soundkin/committed", sample_id, RID)

    def quit(self) -> None:
        """End the daemon; it answers before it begins to stop."""
        self._wire.order("/soundkin/quit", RID)

    # ---- how -------------------------------------------------------------------------------------------------

    def _page(self, query: Query) -> Answer:
        hits, about = "/soundkin/neighbour", "/soundkin/answer"
        lines = self._wire.ask(
            "/soundkin/find/query",
            RID,
            *_json(query),
            whole=both(counted(hits), number_of(about, 1)),
        )
        found = _hits(lines)
        asked = next(m for m in lines if m.address == about)
        done = lines[-1]
        return Answer(
            neighbours=tuple(found[rank] for rank in sorted(found)),
            total=number(done, 2),
            snapshot=str(done.args[3]),
            plan=str(asked.args[2]),
            query_id=SampleId(number(asked, 1)) if asked.args[1] else None,
            unfinished=next((str(m.args[3]) for m in lines if m.address == _FIELD and m.args[2] == "unfinished"), ""),
        )

    def _looked_up(self, sample_id: int, path: str) -> Sample:
        from soundkin_osc.protocol.query_json import sample_from_json

        line = "/soundkin/sample"
        answer = self._wire.ask("/soundkin/lookup", RID, sample_id, path, whole=counted(line))
        return sample_from_json(str(next(m for m in answer if m.address == line).args[2]))

    def _count(self, address: str, *args: Any) -> int:
        return number(self._wire.order(address, *args)[-1], 1)


def _json(query: Query) -> list[str]:
    """The question as JSON, in strings of which each is short enough for the wire."""
    from soundkin_osc.protocol.query_json import query_to_json

    text = query_to_json(query)
    parts = [text[at : at + _STRING] for at in range(0, len(text), _STRING)]
    if len(parts) > JSON_STRINGS:
        most = _STRING * JSON_STRINGS
        raise BadArgumentError(f"the question takes {len(text):,} bytes as JSON, expected at most {most:,}")
    return parts


def _hits(answer: Sequence[Message]) -> dict[int, Neighbour]:
    """The hits of an answer by rank."""
    from soundkin_osc.protocol.query_json import neighbour_from_json

    texts = {number(m, 1): str(m.args[2]) for m in answer if m.address == "/soundkin/neighbour"}
    return {rank: neighbour_from_json(text) for rank, text in texts.items()}
