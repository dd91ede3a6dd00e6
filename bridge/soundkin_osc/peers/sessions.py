"""What is remembered of endpoints: how they like their answers, what they subscribed to, until when. No I/O."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeAlias

from soundkin_osc.peers.budget import Budget
from soundkin_osc.peers.endpoint import Session

if TYPE_CHECKING:
    from soundkin_osc.peers.endpoint import Endpoint

Key: TypeAlias = tuple[object, ...]
MAX_SESSIONS = 1_024


class Sessions:
    """Sessions by endpoint.

    Where there are too many, the longest unused one of the source that has most is forgotten; never a subscriber's.
    """

    def __init__(self) -> None:
        self._kept: dict[Key, Session] = {}
        self._budget: Budget[Key] = Budget(MAX_SESSIONS)
        """Each session at the charge of who had it kept."""
        self._lock = threading.Lock()

    def of(self, key: Key) -> Session:
        """The endpoint's session, or a fresh one that is forgotten unless kept. Being looked up, it is not idle."""
        session = self._kept.get(key)
        if session is None:
            return Session(key)
        with self._lock:
            self._budget.used(key)
        return session

    def keep(self, endpoint: Endpoint) -> Session:
        """Remember the endpoint's session from now on."""
        session = endpoint.session
        session.endpoint = endpoint
        with self._lock:
            self._kept[session.key] = session
            self._budget.take(session.key, endpoint.source)
            while self._budget.exceeded:
                idle = self._budget.first_out(self._is_subscribed)
                if idle is None:
                    break
                self._drop(idle)
        return session

    def speaks_for_itself(self, key: Key) -> bool:
        """Whether what is remembered of an endpoint was said by itself, and not by another in its place."""
        with self._lock:
            return self._budget.source_of(key) == key

    def forget(self, key: Key) -> None:
        """The endpoint is gone."""
        with self._lock:
            self._drop(key)

    def _is_subscribed(self, key: Key) -> bool:
        return bool(self._kept[key].topics)

    def _drop(self, key: Key) -> None:
        self._kept.pop(key, None)
        self._budget.release(key)

    def __len__(self) -> int:
        return len(self._kept)
