"""The cursor group: buttons, encoders, faders and pads. Each changes the endpoint's cursor; feedback answers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError, UnknownPathError
from soundkin.model import Kind, SampleId, State
from soundkin_osc.cursor.state import Filters, selected_path, selected_sample, usual_faders
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.limits import ASPECTS, PRESSED, SLOTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from soundkin.interfaces import Service
    from soundkin.model import Sample
    from soundkin_osc.cursor.cursors import Cursors
    from soundkin_osc.cursor.state import Cursor, Selection
    from soundkin_osc.dispatch import Handler
    from soundkin_osc.peers.endpoint import Later, Request
    from soundkin_osc.peers.sessions import Sessions
    from soundkin_osc.protocol.codec import Message

_KINDS = ("", *Kind)


class CursorHandlers:
    """Handlers of the cursor group."""

    def __init__(self, service: Service, sessions: Sessions, cursors: Cursors) -> None:
        self._service = service
        self._sessions = sessions
        self._cursors = cursors

    def routes(self) -> dict[str, Handler]:
        """Handler by address."""
        change, ask = self._button_change, self._button_ask
        routes: dict[str, Handler] = {
            "session": self.session,
            "sel/path": self.select_path,
            "sel/id": self.select_id,
            "sel/region": self.select_region,
            "sel/clear": change(lambda cursor: cursor.select(None)),
            "go": ask(None),
            "nav/next": change(lambda cursor: cursor.move_by(1)),
            "nav/prev": change(lambda cursor: cursor.move_by(-1)),
            "nav/page/next": change(lambda cursor: cursor.move_by(SLOTS)),
            "nav/page/prev": change(lambda cursor: cursor.move_by(-SLOTS)),
            "nav/delta": self.delta,
            "nav/fader": self.fader,
            "nav/into": ask(lambda cursor: cursor.into()),
            "nav/back": ask(lambda cursor: cursor.back()),
            "play": change(_play),
            "stop": change(lambda cursor: cursor.stop()),
            "play/auto": self.auto,
            "commit": change(lambda cursor: cursor.commit()),
            "filter/dur/max": self.dur_max,
            "filter/type": self.kind,
            "filter/here": self.here,
            "filter/reset": self._button_refilter,
        }
        for aspect in ASPECTS:
            routes[f"weight/{aspect}"] = partial(self.weight, aspect)
        for number in range(1, SLOTS + 1):
            routes[f"slot/{number}/play"] = change(partial(_slot_play, number))
            routes[f"slot/{number}/pick"] = change(partial(_slot_pick, number))
        return {f"/soundkin/{name}": handler for name, handler in routes.items()}

    def _button_change(self, change: Callable[[Cursor], object]) -> Handler:
        return lambda request: self._cursors.change(request, change) if pressed(request) else []

    def _button_ask(self, change: Callable[[Cursor], object] | None) -> Handler:
        return lambda request: self._cursors.ask(request, change) if pressed(request) else []

    def _button_refilter(self, request: Request) -> Later | list[Message]:
        def reset(cursor: Cursor) -> None:
            cursor.filters = Filters()
            cursor.faders = usual_faders()

        return self._cursors.ask_if_filled(request, reset) if pressed(request) else []

    def session(self, request: Request) -> list[Message]:
        """Use a private cursor, or the shared one again."""
        name = request.text(0)[:64] or "main"
        self._sessions.keep(request.endpoint).cursor = name
        return [*self._cursors.state(request), replies.done(0)]

    def select_path(self, request: Request) -> Later:
        """Select a file."""
        path = request.path(0)

        def look_up() -> Selection:
            if not request.endpoint.local:
                return selected_sample(self._held(path))
            sample = self._service.by_path(path)
            if sample is None or sample.state is not State.PRESENT:
                return selected_path(path, self._root_of(path, sample))
            return selected_sample(sample)

        return self._cursors.select(request, look_up)

    def select_id(self, request: Request) -> Later:
        """Select a sample."""
        return self._cursors.select(request, lambda: selected_sample(self._service.sample(SampleId(request.whole(0)))))

    def select_region(self, request: Request) -> Later:
        """Select a part of a file."""
        path, start, end = request.path(0), request.number(1), request.number(2)
        if not 0 <= start < end:
            raise BadArgumentError(f"start_s and end_s: expected 0 <= start < end, got {start:g} and {end:g}")

        def look_up() -> Selection:
            if not request.endpoint.local:
                return selected_sample(self._held(path), start, end)
            return selected_path(path, self._root_of(path, self._service.by_path(path)), start, end)

        return self._cursors.select(request, look_up)

    def _root_of(self, path: str, sample: Sample | None) -> str:
        """The followed folder that a file lies in, the innermost; empty where in none."""
        if sample is not None:
            return sample.root
        roots = (root.path for root in self._service.roots())
        return max((root for root in roots if Path(path).is_relative_to(root)), key=len, default="")

    def _held(self, path: str) -> Sample:
        """The library's sample at a path: callers on other machines select nothing that is opened by its path."""
        sample = self._service.by_path(path)
        if sample is None:
            raise UnknownPathError("not in the library")
        return sample

    def delta(self, request: Request) -> Later | list[Message]:
        """An encoder turns."""
        steps = round(request.number(0))
        return self._cursors.change(request, lambda cursor: cursor.move_by(steps))

    def fader(self, request: Request) -> Later | list[Message]:
        """A fader over the list."""
        part = request.number(0)
        return self._cursors.change(request, lambda cursor: cursor.move_to_part(part))

    def auto(self, request: Request) -> Later | list[Message]:
        """Play each hit that the cursor comes to."""
        on = bool(request.whole(0))
        return self._cursors.change(request, lambda cursor: setattr(cursor, "auto", on))

    def dur_max(self, request: Request) -> Later | list[Message]:
        """Longest duration."""
        return self._refilter(request, dur_max_s=request.number(0))

    def kind(self, request: Request) -> Later | list[Message]:
        """One-shots or loops only."""
        kind = request.text(0)
        if kind not in _KINDS:
            raise BadArgumentError(f"kind: expected {', '.join(Kind)} or an empty string, got {kind[:20]!r}")
        return self._refilter(request, kind=kind)

    def here(self, request: Request) -> Later | list[Message]:
        """Only in the selection's folder and those below it."""
        return self._refilter(request, here=bool(request.whole(0)))

    def _refilter(self, request: Request, **changes: float | str | bool) -> Later | list[Message]:
        return self._cursors.ask_if_filled(request, lambda cursor: cursor.set_filters(**changes))

    def weight(self, aspect: str, request: Request) -> Later | list[Message]:
        """How much one aspect counts."""
        value = request.number(0)
        return self._cursors.ask_if_filled(request, lambda cursor: cursor.faders.update({aspect: value}))


def pressed(request: Request) -> bool:
    """Whether a button went down; its release (a number below `PRESSED`) is ignored."""
    return request.number(0, 1.0) >= PRESSED


def _play(cursor: Cursor) -> None:
    cursor.current()
    cursor.play()


def _slot_pick(number: int, cursor: Cursor) -> None:
    cursor.slot(number)


def _slot_play(number: int, cursor: Cursor) -> None:
    before = len(cursor.effects)
    cursor.slot(number)
    if len(cursor.effects) == before:
        cursor.play()
