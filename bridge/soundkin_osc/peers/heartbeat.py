"""The heartbeat: every two seconds subscribers of "status" hear that the daemon lives, and old leases end."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from soundkin_osc.protocol.codec import Message
from soundkin_osc.protocol.limits import BEAT_S

if TYPE_CHECKING:
    from soundkin_osc.peers.subscriptions import Subscriptions

log = logging.getLogger(__name__)


class Heartbeat:
    """Beats on a thread of its own; `beat` is one beat."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._on = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="osc-heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def beat(self) -> None:
        """Drop old leases and tell the rest that the daemon lives."""
        self._subscriptions.expire()
        self._on = 1 - self._on
        self._subscriptions.publish("status", [Message("/soundkin/heartbeat", (self._on,))])

    def _run(self) -> None:
        while not self._stop.wait(BEAT_S):
            try:
                self.beat()
            except Exception:
                log.exception("a heartbeat failed")
