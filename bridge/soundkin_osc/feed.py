"""What is pushed to subscribers: encoded once, sent to every endpoint whose lease holds. Knows no socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from soundkin.errors import BadArgumentError
from soundkin_osc.codec import Message, encode
from soundkin_osc.replies import BusyError

if TYPE_CHECKING:
    from soundkin_osc.dispatch import Endpoint
    from soundkin_osc.sessions import Session, Sessions

Clock: TypeAlias = Callable[[], float]
TOPICS = ("cursor", "slots", "map", "status", "audition", "commit")
MAX_SUBSCRIBERS = 32
LEASE_S = 60
_WITH_PATH = frozenset({"/soundkin/audition", "/soundkin/commit"})


class Feed:
    """Leases, and the way from one message to many endpoints."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._lock = threading.Lock()
        self._subscribers: list[Session] = []
        self._listeners: list[Session] = []

    def subscribe(self, endpoint: Endpoint, topics: frozenset[str], lease_s: float) -> None:
        """Push these topics to the endpoint from now on. Raises `BadArgumentError`, `BusyError`."""
        unknown = sorted(topics - set(TOPICS))
        if unknown:
            raise BadArgumentError(f"topics: no such topic {unknown[0][:20]!r}; known: {' '.join(TOPICS)}")
        self.expire()
        with self._lock:
            session = endpoint.session
            if session not in self._subscribers and len(self._subscribers) >= MAX_SUBSCRIBERS:
                raise BusyError(f"{MAX_SUBSCRIBERS} endpoints are subscribed already")
            session.topics, session.lease_s = topics, lease_s
            session.expires_s = self._clock() + lease_s
            self._sessions.keep(endpoint)
            self._subscribers = [*(s for s in self._subscribers if s is not session), session]

    def unsubscribe(self, key: tuple[object, ...]) -> None:
        """Push nothing more to an endpoint."""
        with self._lock:
            for session in self._subscribers:
                if session.key == key:
                    session.topics = frozenset()
            self._subscribers = [session for session in self._subscribers if session.key != key]

    def renew(self, endpoint: Endpoint) -> None:
        """Any packet of an endpoint renews its lease."""
        session = endpoint.session
        if session.topics:
            session.expires_s = self._clock() + session.lease_s

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
        encoded = [(message.address, encode(message)) for message in messages]
        for session in to:
            endpoint = session.endpoint
            if endpoint is None:
                continue
            if not endpoint.sees_paths and any(address in _WITH_PATH for address, _ in encoded):
                endpoint.send([encode(without_folder(message)) for message in messages])
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
        """The endpoint is gone for good."""
        self.unsubscribe(key)
        with self._lock:
            self._listeners = [session for session in self._listeners if session.key != key]
        self._sessions.forget(key)

    def _publish_to_listeners(self, messages: Sequence[Message], mover: tuple[tuple[object, ...], str] | None) -> None:
        for session in self._listeners:
            heard = [m for m in messages if m.address in session.listens and mover != (session.key, m.address)]
            if heard and session.endpoint is not None:
                session.endpoint.send([encode(without_folder(message)) for message in heard])


def without_folder(message: Message) -> Message:
    """The message as other machines may see it: the path's last part only."""
    if message.address not in _WITH_PATH:
        return message
    path, *rest = message.args
    return Message(message.address, (Path(str(path)).name, *rest))
