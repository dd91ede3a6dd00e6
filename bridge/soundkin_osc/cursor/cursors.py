"""The shared cursor and the private ones: runs their questions, latest wins, and feeds what changed to subscribers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from soundkin_osc.cursor.state import Cursor
from soundkin_osc.peers.access import check_strangers
from soundkin_osc.peers.budget import Budget
from soundkin_osc.peers.endpoint import Later
from soundkin_osc.protocol.codec import Message

if TYPE_CHECKING:
    from soundkin.interfaces import Service
    from soundkin.model import Query, Resolved, SampleId
    from soundkin_osc.cursor.state import Selection
    from soundkin_osc.peers.endpoint import Endpoint, Request
    from soundkin_osc.peers.subscriptions import Subscriptions

Change = Callable[[Cursor], object]
Answer: TypeAlias = "Later | list[Message]"

MAIN = "main"
MAX_CURSORS = 32


class _Held:
    """A cursor, its lock, and what its subscribers were told last."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cursor = Cursor()
        self.lock = threading.RLock()
        self.told = self.cursor.view()
        self.waiting = 0
        """Controls that wait for the library; those that come after them wait behind them."""
        self.wanted = 0
        """Number of the newest question."""
        self.asking = False


class Cursors:
    """Cursors by name; where there are too many, the longest unused private one of the source that made most leaves.

    Controls are done at once, on the thread that received them, as long as they need nothing but the cursor. What
    needs the library is done on the quick lane of workers, and so is what comes before that is done: jobs of one
    cursor are taken in order, those of all endpoints together.
    """

    def __init__(self, service: Service, subscriptions: Subscriptions) -> None:
        self._service = service
        self._subscriptions = subscriptions
        self._lock = threading.Lock()
        self._main = _Held(MAIN)
        self._private: dict[str, _Held] = {}
        self._places: Budget[str] = Budget(MAX_CURSORS)

    def question(self, request: Request) -> Query:
        """What the endpoint's cursor would ask now."""
        held = self._held(request.endpoint)
        with held.lock:
            return held.cursor.question()

    def select(self, request: Request, look_up: Callable[[], Selection]) -> Later:
        """Select what `look_up` finds in the library, on a worker."""
        held = self._held(request.endpoint)

        def selected() -> Answer:
            found = look_up()
            return self._change(held, request, lambda cursor: cursor.select(found))

        return self._behind(held, selected)

    def change(self, request: Request, change: Change) -> Answer:
        """Change the endpoint's cursor and tell its subscribers what became different."""
        return self._in_turn(request, lambda held: self._change(held, request, change))

    def ask(self, request: Request, change: Change | None = None) -> Answer:
        """Change the cursor and fill its list again. While a question runs, only the newest state is asked after it."""
        return self._in_turn(request, lambda held: self._ask(held, request, change))

    def ask_if_filled(self, request: Request, change: Change) -> Answer:
        """Change the cursor; where it shows a list, fill that again."""

        def run(held: _Held) -> Answer:
            filled = bool(held.cursor.hits) and held.cursor.selection is not None
            return self._ask(held, request, change) if filled else self._change(held, request, change)

        return self._in_turn(request, run)

    def shown(self) -> dict[str, tuple[int | float | str, ...]]:
        """What the shared cursor shows, by address."""
        with self._main.lock:
            return self._main.cursor.view()

    def state(self, request: Request) -> list[Message]:
        """Everything that feedback shows."""
        held = self._held(request.endpoint)
        with held.lock:
            return [Message(address, args) for address, args in held.cursor.view().items()]

    def _in_turn(self, request: Request, run: Callable[[_Held], Answer]) -> Answer:
        """Run a control now, or behind those that wait for the library."""
        held = self._held(request.endpoint)
        with held.lock:
            return self._behind(held, lambda: run(held)) if held.waiting else run(held)

    def _behind(self, held: _Held, run: Callable[[], Answer]) -> Later:
        with held.lock:
            held.waiting += 1

        def done() -> None:
            with held.lock:
                held.waiting -= 1

        def work() -> Answer:
            try:
                return run()
            finally:
                done()

        return Later(work, lasting=True, order=held.name, refused=done)

    def _change(self, held: _Held, request: Request, change: Change) -> Answer:
        with held.lock:
            change(held.cursor)
            self._tell(held, (request.endpoint.key, request.address.path))
            used, held.cursor.used = held.cursor.used, []
        return Later(lambda: self._note(used), lasting=True) if used else []

    def _note(self, used: Iterable[SampleId]) -> list[Message]:
        for sample_id in used:
            self._service.committed(sample_id)
        return []

    def _ask(self, held: _Held, request: Request, change: Change | None) -> Answer:
        with held.lock:
            if change is not None:
                change(held.cursor)
                self._tell(held, (request.endpoint.key, request.address.path))
            held.cursor.question()
            held.wanted += 1
            if held.asking:
                return []
            held.asking = True
        fill = partial(self._fill, held, request)
        return Later(fill, lasting=True, order=held.name, refused=partial(self._rest, held))

    def _fill(self, held: _Held, request: Request) -> Answer:
        """Look the newest question up, and answer it: here, or in the slow lane where audio has to be read."""
        with self._resting_after_errors(held):
            with held.lock:
                query, number = held.cursor.question(), held.wanted
            resolved = self._service.resolve(query)
            check_strangers(request.endpoint, resolved)
            rest = partial(self._answer, held, request, resolved, number)
            return Later(rest, slow=True, lasting=True) if resolved.reads_audio else rest()

    def _answer(self, held: _Held, request: Request, resolved: Resolved, number: int) -> Answer:
        """Answer a question and show its hits; where a newer one was asked meanwhile, that takes its turn instead."""
        with self._resting_after_errors(held):
            answer = self._service.answer(resolved)
            with held.lock:
                if number != held.wanted:
                    return Later(partial(self._fill, held, request), lasting=True)
                held.cursor.fill(answer.neighbours)
                self._tell(held, None)
                held.asking = False
            return []

    @contextmanager
    def _resting_after_errors(self, held: _Held) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._rest(held)
            raise

    def _rest(self, held: _Held) -> None:
        with held.lock:
            held.asking = False

    def _tell(self, held: _Held, mover: tuple[tuple[object, ...], str] | None) -> None:
        view = held.cursor.view()
        told, held.told = held.told, view
        effects, held.cursor.effects = held.cursor.effects, []
        fresh = [Message(address, args) for address, args in view.items() if told[address] != args]
        slots = [message for message in fresh if message.address.startswith("/soundkin/slot/")]
        rest = [message for message in fresh if not message.address.startswith("/soundkin/slot/")]
        self._subscriptions.publish("cursor", rest, held.name, mover)
        self._subscriptions.publish("slots", slots, held.name, mover)
        for effect in effects:
            topic = "commit" if effect.address == "/soundkin/commit" else "audition"
            self._subscriptions.publish(topic, [effect], held.name)

    def _held(self, endpoint: Endpoint) -> _Held:
        name = endpoint.session.cursor
        if name == MAIN:
            return self._main
        with self._lock:
            held = self._private.get(name)
            if held is None:
                held = self._private[name] = _Held(name)
                self._places.take(name, endpoint.source)
            self._places.used(name)
            while self._places.exceeded and (idle := self._places.first_out()) is not None:
                self._places.release(idle)
                del self._private[idle]
            return held
