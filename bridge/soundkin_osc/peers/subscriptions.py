"""What is pushed to subscribers: encoded once, sent to every endpoint whose lease holds. Knows no socket."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from soundkin.errors import BadArgumentError
from soundkin_osc.peers.budget import Budget
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.codec import Message, encode
from soundkin_osc.protocol.error_codes import BusyError, Code
from soundkin_osc.protocol.limits import TOPICS
from soundkin_osc.protocol.replies import spelled

if TYPE_CHECKING:
    from soundkin_osc.peers.endpoint import Endpoint, Session
    from soundkin_osc.peers.sessions import Sessions

Clock: TypeAlias = Callable[[], float]
MAX_SUBSCRIBERS = 32
CHANGES_PER_S = 16.0
"""Subscriptions that make room for those of others in a second, after as many at once as there are."""
_SUBSCRIBE = "/soundkin/subscribe"
_DISPLACED = "others need the room: this subscription has ended"
_WITH_PATH = frozenset({"/soundkin/audition", "/soundkin/commit"})


class Subscriptions:
    """Leases, and the way from one message to many endpoints."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._lock = threading.Lock()
        self._subscribers: list[Session] = []
        self._budget: Budget[tuple[object, ...]] = Budget(MAX_SUBSCRIBERS)
        self._changes, self._changed_s = float(MAX_SUBSCRIBERS), clock()
        self._listeners: list[Session] = []

    def subscribe(self, endpoint: Endpoint, topics: frozenset[str], lease_s: float) -> None:
        """Push these topics to the endpoint from now on. Raises `BadArgumentError`, `BusyError`.

        Where there is no more room, the longest idle subscription of the source that has most ends, and is told so.
        That happens 16 times a second at most, so that each lasts a while when there are very many newcomers.
        """
        unknown = sorted(topics - set(TOPICS))
        if unknown:
            raise BadArgumentError(f"topics: no such topic {unknown[0][:20]!r}; known: {' '.join(TOPICS)}")
        self.expire()
        with self._lock:
            session = endpoint.session
            if session.pinned:
                return
            self._check_pace(session.key, endpoint.source)
            self._note(endpoint, topics, lease_s)
            self._budget.take(session.key, endpoint.source)
            displaced = self._displaced()
        if displaced is not None:
            displaced.send([encode(replies.error(0, Code.BUSY, _SUBSCRIBE, _DISPLACED))])

    def _check_pace(self, key: tuple[object, ...], source: tuple[object, ...]) -> None:
        """Raise `BusyError` where too many have had to make room for others just now."""
        if key in self._budget or len(self._budget) < MAX_SUBSCRIBERS or self._budget.is_charged_most(source):
            return
        now = self._clock()
        self._changes = min(float(MAX_SUBSCRIBERS), self._changes + CHANGES_PER_S * max(0.0, now - self._changed_s))
        self._changed_s = now
        if self._changes < 1:
            raise BusyError("too many endpoints subscribe at once; try again in a second")
        self._changes -= 1

    def pin(self, endpoint: Endpoint) -> None:
        """Push everything to an endpoint that the settings name, for as long as the daemon runs."""
        with self._lock:
            endpoint.session.pinned = True
            self._note(endpoint, frozenset(TOPICS), math.inf)

    def _note(self, endpoint: Endpoint, topics: frozenset[str], lease_s: float) -> None:
        session = endpoint.session
        session.topics, session.lease_s = topics, lease_s
        session.expires_s = self._clock() + lease_s
        self._sessions.keep(endpoint)
        self._subscribers = [*(s for s in self._subscribers if s is not session), session]

    def _displaced(self) -> Endpoint | None:
        """Who had to make room, if there was no more."""
        key = self._budget.first_out() if self._budget.exceeded else None
        if key is None:
            return None
        session = next(session for session in self._subscribers if session.key == key)
        self._drop(session)
        return session.endpoint

    def _drop(self, session: Session) -> None:
        session.topics = frozenset()
        self._budget.release(session.key)
        self._subscribers = [each for each in self._subscribers if each is not session]

    def unsubscribe(self, key: tuple[object, ...]) -> None:
        """Push nothing more to an endpoint, unless the settings name it."""
        with self._lock:
            for session in self._subscribers:
                if session.key == key and not session.pinned:
                    self._drop(session)

    def renew(self, endpoint: Endpoint) -> None:
        """Any packet of an endpoint renews its lease."""
        session = endpoint.session
        if session.topics:
            session.expires_s = self._clock() + session.lease_s
            with self._lock:
                self._budget.used(session.key)

    def expire(self) -> None:
        """Drop the leases that have run out."""
        now = self._clock()
        for session in self._subscribers:
            if session.expires_s <= now:
                self.unsubscribe(session.key)

    def subscribers(self, topic: str, cursor: str | None = None) -> list[Session]:
        """Who gets a topic, of one cursor where one is named."""
        return [s for s in self._subscribers if topic in s.topics and cursor in (None, s.cursor)]

    def publish(
        self,
        topic: str,
        messages: Sequence[Message],
        cursor: str | None = None,
        mover: tuple[tuple[object, ...], str] | None = None,
    ) -> None:
        """Send to a topic's subscribers. `mover`: endpoint that is moving the control of this address itself."""
        to = self.subscribers(topic, cursor)
        if self._listeners and messages and cursor in (None, "main"):
            self._publish_to_listeners(messages, mover)
        if not to or not messages:
            return
        encoded = [(message.address, encode(spelled(message))) for message in messages]
        for session in to:
            endpoint = session.endpoint
            if endpoint is None:
                continue
            if not endpoint.sees_paths and any(address in _WITH_PATH for address, _ in encoded):
                endpoint.send([encode(spelled(without_folder(message))) for message in messages])
                continue
            skip = mover[1] if mover is not None and mover[0] == session.key else None
            parts = [data for address, data in encoded if address != skip]
            if parts:
                endpoint.send(parts)

    def listen(self, endpoint: Endpoint, path: str, on: bool) -> None:
        """OSCQuery's LISTEN and IGNORE: push one address, or no longer."""
        with self._lock:
            session = endpoint.session
            session.endpoint = endpoint
            session.listens = session.listens | {path} if on else session.listens - {path}
            others = [s for s in self._listeners if s is not session]
            self._listeners = [*others, session] if session.listens else others

    def forget(self, key: tuple[object, ...]) -> None:
        """The endpoint will not come back."""
        self.unsubscribe(key)
        with self._lock:
            self._listeners = [session for session in self._listeners if session.key != key]
        self._sessions.forget(key)

    def _publish_to_listeners(self, messages: Sequence[Message], mover: tuple[tuple[object, ...], str] | None) -> None:
        for session in self._listeners:
            heard = [m for m in messages if m.address in session.listens and mover != (session.key, m.address)]
            if heard and session.endpoint is not None:
                session.endpoint.send([encode(spelled(without_folder(message))) for message in heard])


def without_folder(message: Message) -> Message:
    """The message as other machines may see it: the path's last part only."""
    if message.address not in _WITH_PATH:
        return message
    path, *rest = message.args
    return Message(message.address, (Path(str(path)).name, *rest))
