"""The shared cursor and the private ones: runs their questions, latest wins, and feeds what changed to subscribers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from soundkin_osc.codec import Message
from soundkin_osc.cursor import Cursor
from soundkin_osc.dispatch import Later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soundkin.model import Query
    from soundkin_osc.dispatch import Request
    from soundkin_osc.door import Service
    from soundkin_osc.feed import Feed

MAIN = "main"
MAX_CURSORS = 32
Check = Callable[["Request", "Query"], None]


class _Held:
    """A cursor, its lock, and what its subscribers were told last."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cursor = Cursor()
        self.lock = threading.RLock()
        self.told = self.cursor.view()
        self.wanted = 0
        """Number of the newest question."""
        self.asking = False


class Cursors:
    """Cursors by name; the longest unused private one leaves when there are too many."""

    def __init__(self, service: Service, feed: Feed, check_paths: Check) -> None:
        self._service = service
        self._feed = feed
        self._check_paths = check_paths
        self._lock = threading.Lock()
        self._main = _Held(MAIN)
        self._private: OrderedDict[str, _Held] = OrderedDict()

    def question(self, request: Request) -> Query:
        """What the endpoint's cursor would ask now."""
        held = self._held(request.endpoint.session.cursor)
        with held.lock:
            return held.cursor.question()

    def change(self, request: Request, change: Callable[[Cursor], object]) -> list[Message]:
        """Change the endpoint's cursor and tell its subscribers what became different."""
        held = self._held(request.endpoint.session.cursor)
        with held.lock:
            change(held.cursor)
            self._tell(held, (request.endpoint.key, request.address.path))
        return []

    def ask(self, request: Request, change: Callable[[Cursor], object] | None = None) -> Later | list[Message]:
        """Change the cursor and fill its list anew. While a question runs, only the newest state is asked after it."""
        held = self._held(request.endpoint.session.cursor)
        with held.lock:
            if change is not None:
                change(held.cursor)
                self._tell(held, (request.endpoint.key, request.address.path))
            query = held.cursor.question()
            held.wanted += 1
            if held.asking:
                return []
            held.asking = True
        slow = not self._service.quick(query)
        return Later(lambda: self._fill(held, request), slow, lasting=True, refused=lambda: self._rest(held))

    def ask_if_filled(self, request: Request, change: Callable[[Cursor], object]) -> Later | list[Message]:
        """Change the cursor; where it shows a list, fill that anew."""
        held = self._held(request.endpoint.session.cursor)
        filled = bool(held.cursor.hits) and held.cursor.selection is not None
        return self.ask(request, change) if filled else self.change(request, change)

    def shown(self) -> dict[str, tuple[int | float | str, ...]]:
        """What the shared cursor shows, by address."""
        with self._main.lock:
            return self._main.cursor.view()

    def state(self, request: Request) -> list[Message]:
        """Everything that feedback shows."""
        held = self._held(request.endpoint.session.cursor)
        with held.lock:
            return [Message(address, args) for address, args in held.cursor.view().items()]

    def _fill(self, held: _Held, request: Request) -> Iterable[Message]:
        try:
            while True:
                with held.lock:
                    query, number = held.cursor.question(), held.wanted
                self._check_paths(request, query)
                answer = self._service.find(query)
                with held.lock:
                    if number == held.wanted:
                        held.cursor.fill(answer.neighbours)
                        self._tell(held, None)
                        held.asking = False
                        return []
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
        self._feed.publish("cursor", rest, held.name, mover)
        self._feed.publish("slots", slots, held.name, mover)
        for effect in effects:
            topic = "commit" if effect.address == "/soundkin/commit" else "audition"
            self._feed.publish(topic, [effect], held.name)

    def _held(self, name: str) -> _Held:
        if name == MAIN:
            return self._main
        with self._lock:
            held = self._private.get(name) or self._private.setdefault(name, _Held(name))
            self._private.move_to_end(name)
            while len(self._private) > MAX_CURSORS:
                self._private.popitem(last=False)
            return held
