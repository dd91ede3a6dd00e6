"""Endpoints without a socket, and subscriptions with a clock that a test sets."""

from __future__ import annotations

from collections.abc import Sequence

from soundkin_osc.peers.endpoint import Session
from soundkin_osc.peers.sessions import Sessions
from soundkin_osc.peers.subscriptions import Subscriptions
from soundkin_osc.protocol.codec import Message, decode


class Wire:
    """An endpoint that keeps what is sent to it."""

    local = admin = welcome = confirmed = steers = True
    address = ("127.0.0.1", 9)
    max_count = 64

    def __init__(self, name: str, sessions: Sessions, *, sees_paths: bool = True, source: str | None = None) -> None:
        self.key: tuple[object, ...] = ("udp", name)
        self.source = self.key if source is None else ("udp", source)
        self.session = sessions.of(self.key)
        self.sees_paths = sees_paths
        self.sent: list[Message] = []
        self.sends = 0

    def confirm(self) -> None: ...

    def at_port(self, port: int, session: Session) -> Wire:
        raise NotImplementedError

    def send(self, messages: Sequence[bytes]) -> None:
        self.sends += 1
        self.sent += [found for data in messages for found in decode(data)]


class House:
    """Subscriptions with a clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sessions = Sessions()
        self.pushes = Subscriptions(self.sessions, lambda: self.now)

    def wire(self, name: str, topics: str = "", lease_s: float = 60, *, sees_paths: bool = True) -> Wire:
        wire = Wire(name, self.sessions, sees_paths=sees_paths)
        if topics:
            self.pushes.subscribe(wire, frozenset(topics.split()), lease_s)
        return wire
