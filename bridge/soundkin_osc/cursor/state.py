"""The cursor: what buttons and faders move over. Selection, list of hits, place in it, history. Pure state, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from soundkin.errors import BadArgumentError
from soundkin.model import Like, Neighbour, Query, Sample, SampleId
from soundkin.names.followed import followed_part
from soundkin.names.spelling import uri
from soundkin.questions.limits import HIGHEST_WEIGHT
from soundkin_osc.protocol.codec import Message
from soundkin_osc.protocol.limits import ASPECTS, LIST, LONGEST_DUR_S, SLOTS

_HISTORY = 32
_USUAL = 0.5
"""Where a weight fader stands at first."""
_LOUDNESS_DB = -20.0
"""Samples are auditioned as if they were this loud."""
_MAX_GAIN = 4.0


@dataclass(frozen=True, slots=True)
class Selection:
    """What "find similar" is about."""

    like: Like
    name: str
    folder: str
    """From the followed folder's own name downwards, between slashes, as the filter `in` takes it."""


def selected_sample(sample: Sample, start_s: float | None = None, end_s: float | None = None) -> Selection:
    """A sample of the library, or a part of one, as selection."""
    path = Path(sample.path)
    return Selection(
        Like(id=sample.id, start_s=start_s, end_s=end_s), path.name, followed_part(str(path.parent), sample.root)
    )


def selected_path(path: str, root: str, start_s: float | None = None, end_s: float | None = None) -> Selection:
    """A file, or a part of one, as selection. `root`: the followed folder that it lies in; empty where in none."""
    folder = followed_part(str(Path(path).parent), root)
    if not root:
        folder = f"/{folder}"  # so begins no folder of the library: no hit is in the same
    return Selection(Like(path=path, start_s=start_s, end_s=end_s), Path(path).name, folder)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the filter controls say."""

    dur_max_s: float = LONGEST_DUR_S
    kind: str = ""
    here: bool = False
    """Only in the selection's folder and those below it."""

    def text(self, folder: str) -> str:
        """As a filter string; `folder`: the selection's."""
        terms = []
        if self.dur_max_s < LONGEST_DUR_S:
            terms.append(f"dur<={self.dur_max_s:g}")
        if self.kind:
            terms.append(f"kind:{self.kind}")
        if self.here and folder.strip("/"):
            exact = uri(folder) if '"' in folder or "\\" in folder else folder
            terms.append(f'in:"{exact}"')
        return " ".join(terms)


def usual_faders() -> dict[str, float]:
    """The weight faders of all aspects as they stand at first."""
    return dict.fromkeys(ASPECTS, _USUAL)


class Cursor:
    """One cursor. Methods change it and note sounds to be played or committed in `effects` and `used`."""

    def __init__(self) -> None:
        self.selection: Selection | None = None
        self.hits: tuple[Neighbour, ...] = ()
        self.at = -1
        self.auto = False
        self.filters = Filters()
        self.faders = usual_faders()
        self.effects: list[Message] = []
        self.used: list[SampleId] = []
        """Committed hits that the library has not been told of."""
        self._history: list[tuple[Selection, int]] = []
        self._return_to = 0

    # ---- questions -------------------------------------------------------------------------------------------

    def question(self) -> Query:
        """What `go` asks. Raises `BadArgumentError` where nothing is selected."""
        if self.selection is None:
            raise BadArgumentError("nothing is selected; send /soundkin/sel/path or /soundkin/sel/id first")
        weights = {aspect: HIGHEST_WEIGHT * value**2 for aspect, value in self.faders.items() if value != _USUAL}
        return Query(
            like=(self.selection.like,),
            k=LIST,
            filter=self.filters.text(self.selection.folder),
            weights=weights,
        )

    def select(self, selection: Selection | None) -> None:
        """Choose what the next question is about; the list stays."""
        self.selection = selection
        if selection is None:
            self.hits, self.at = (), -1
            self._history.clear()

    def fill(self, hits: tuple[Neighbour, ...]) -> None:
        """The answer is here."""
        self.hits = hits
        self.at = min(self._return_to, len(hits) - 1)
        self._return_to = 0
        if self.auto:
            self.play()

    def into(self) -> None:
        """Make the current hit the new question."""
        hit = self.current()
        if self.selection is not None:
            self._history = [*self._history[1 - _HISTORY :], (self.selection, self.at)]
        self.selection = selected_sample(hit.sample)

    def back(self) -> None:
        """Return to the question before."""
        if not self._history:
            raise BadArgumentError("there is no earlier question")
        self.selection, self._return_to = self._history.pop()

    # ---- place -----------------------------------------------------------------------------------------------

    def current(self) -> Neighbour:
        """The hit the cursor is on. Raises `BadArgumentError` on an empty list."""
        if not 0 <= self.at < len(self.hits):
            raise BadArgumentError("the list is empty; send /soundkin/go first")
        return self.hits[self.at]

    def move_to(self, at: int) -> None:
        """Go to a place in the list, or the nearest that exists; plays it where auto-play is on."""
        self.current()
        at = max(0, min(at, len(self.hits) - 1))
        if at != self.at:
            self.at = at
            if self.auto:
                self.play()

    def move_by(self, steps: int) -> None:
        """Go some hits on or back."""
        self.move_to(self.at + steps)

    def move_to_part(self, part: float) -> None:
        """Go to a part of the list, 0 its first hit and 1 its last."""
        self.move_to(round(part * (len(self.hits) - 1)))

    @property
    def page(self) -> int:
        """Page that the slots show, from 0."""
        return max(0, self.at) // SLOTS

    def slot(self, number: int) -> None:
        """Go to a slot of the page, from 1. Raises `BadArgumentError` for an empty one."""
        at = self.page * SLOTS + number - 1
        if at >= len(self.hits):
            raise BadArgumentError(f"slot {number} is empty")
        self.move_to(at)

    # ---- sounds ----------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Ask the programs that play sounds to play the current hit."""
        if 0 <= self.at < len(self.hits):
            sample = self.hits[self.at].sample
            self.effects.append(Message("/soundkin/audition", (sample.path, audition_gain(sample), 0.0)))

    def stop(self) -> None:
        """Ask the programs that play to stop."""
        self.effects.append(Message("/soundkin/audition", ("", 0.0, 0.0)))

    def commit(self) -> None:
        """Hand the current hit to the DAW."""
        sample = self.current().sample
        self.effects.append(Message("/soundkin/commit", (sample.path,)))
        self.used.append(sample.id)

    # ---- what controllers show -------------------------------------------------------------------------------

    def view(self) -> dict[str, tuple[int | float | str, ...]]:
        """Everything that feedback shows, by address."""
        hit = self.hits[self.at] if 0 <= self.at < len(self.hits) else None
        last = len(self.hits) - 1
        view: dict[str, tuple[int | float | str, ...]] = {
            "/soundkin/cursor/name": (Path(hit.sample.path).name if hit else "",),
            "/soundkin/cursor/id": (hit.sample.id if hit else 0,),
            "/soundkin/cursor/score": (float(hit.similarity) if hit else 0.0,),
            "/soundkin/cursor/index": (self.at + 1,),
            "/soundkin/cursor/total": (len(self.hits),),
            "/soundkin/nav/fader": (self.at / last if last > 0 else 0.0,),
            "/soundkin/sel/name": (self.selection.name if self.selection else "",),
            "/soundkin/page": (self.page + 1 if self.hits else 0,),
            "/soundkin/play/auto": (int(self.auto),),
            "/soundkin/filter/dur/max": (self.filters.dur_max_s,),
            "/soundkin/filter/type": (self.filters.kind,),
            "/soundkin/filter/here": (int(self.filters.here),),
            **{f"/soundkin/weight/{aspect}": (value,) for aspect, value in self.faders.items()},
        }
        first = self.page * SLOTS
        for number in range(1, SLOTS + 1):
            at = first + number - 1
            filled = self.hits[at] if at < len(self.hits) else None
            view[f"/soundkin/slot/{number}/name"] = (Path(filled.sample.path).name if filled else "",)
            view[f"/soundkin/slot/{number}/score"] = (float(filled.similarity) if filled else 0.0,)
            view[f"/soundkin/slot/{number}/on"] = (0 if filled is None else 2 if at == self.at else 1,)
        return view

    def set_filters(self, **changes: float | str | bool) -> None:
        """Change some of the filter controls."""
        self.filters = replace(self.filters, **changes)  # type: ignore[arg-type]


def audition_gain(sample: Sample) -> float:
    """Linear gain that plays every sample about equally loud, without lifting its peak over full scale."""
    loudness, peak = sample.facts.loudness_db, sample.facts.peak_db
    if loudness is None:
        return 1.0
    gain: float = min(_MAX_GAIN, 10 ** ((_LOUDNESS_DB - loudness) / 20))
    if gain > 1 and peak is not None:
        gain = max(1.0, min(gain, 10 ** (-peak / 20)))
    return float(gain)
