"""What is remembered of endpoints: how they like their answers, what they subscribed to, until when. No I/O."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soundkin_osc.dispatch import Endpoint

MAX_SESSIONS = 256


@dataclass(slots=True, eq=False)
class Session:
    """One endpoint's state; the defaults are what an unknown endpoint gets."""

    key: tuple[object, ...]
    detail: bool = False
    bundled: bool = True
    reply_port: int = 0
    """Port that answers go to, at the endpoint's own address; 0: where the packets come from."""
    cursor: str = "main"
    trusted: bool = False
    """Showed the token, over a connection."""
    listens: frozenset[str] = field(default_factory=frozenset)
    """Addresses that OSCQuery's LISTEN named."""
    topics: frozenset[str] = field(default_factory=frozenset)
    lease_s: float = 0.0
    expires_s: float = 0.0
    endpoint: Endpoint | None = None
    """Where to push to; set when the session is kept."""


class Sessions:
    """Sessions by endpoint. The longest unused one without a subscription leaves when there are too many."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Session] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: tuple[object, ...]) -> Session:
        """The endpoint's session, or a fresh one that is forgotten unless kept."""
        return self._kept.get(key) or Session(key)

    def keep(self, endpoint: Endpoint) -> Session:
        """Remember the endpoint's session from now on."""
        session = endpoint.session
        session.endpoint = endpoint
        with self._lock:
            self._kept[session.key] = session
            self._kept.move_to_end(session.key)
            while len(self._kept) > MAX_SESSIONS:
                idle = next((key for key, kept in self._kept.items() if not kept.topics), None)
                if idle is None:
                    break
                del self._kept[idle]
        return session

    def forget(self, key: tuple[object, ...]) -> None:
        """The endpoint is gone."""
        with self._lock:
            self._kept.pop(key, None)

    def all(self) -> list[Session]:
        """Every kept session."""
        with self._lock:
            return list(self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)
