"""One request file's answers on their way to its answer file, and those that cannot be written yet. Opens nothing."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin.disks.shortage import is_shortage
from soundkin_osc.carriers.framing import size_framed
from soundkin_osc.peers.endpoint import Counted, Session
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.codec import encode
from soundkin_osc.protocol.limits import MAX_STREAM_COUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soundkin_osc.peers.endpoint import Endpoint

log = logging.getLogger(__name__)

_KEEP_S = 60.0
"""How long an answer that cannot be written is kept: its script has given up by then."""
_FIRST_S, _LONGEST_S = 0.02, 2.0
_LASTING = frozenset(
    getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EROFS", "EIO", "ENOENT", "ENOTDIR") if hasattr(errno, name)
)


class MailEndpoint(Counted):
    """One request file: collects what answers it and hands it over as one file when all messages in it have ended.

    Nothing gets lost on the way, so two questions with one id are two questions: both are answered.
    """

    local = admin = sees_paths = welcome = confirmed = steers = True
    address = ("", 0)
    max_count = MAX_STREAM_COUNT

    def __init__(self, name: str, put: Callable[[str, bytes], None]) -> None:
        self.key: tuple[object, ...] = ("mailbox", name)
        self.source: tuple[object, ...] = ("mailbox",)
        self.session = Session(self.key)
        self._name = name
        self._put = put
        self._open = 0
        self._packets: list[bytes] = []
        self._lock = threading.Lock()

    def at_port(self, port: int, session: Session) -> Endpoint:
        """Not over this carrier."""
        raise NotImplementedError(port, session.key)

    def confirm(self) -> None:
        """Nothing to confirm: only datagrams can be forged."""

    def expect(self) -> None:
        """The file waits for one more answer."""
        with self._lock:
            self._open += 1

    def settle(self) -> None:
        """One message has ended; with the last one the file is handed over. One of controls alone says that."""
        with self._lock:
            self._open -= 1
            if self._open:
                return
            packets = self._packets or [encode(replies.done(0))]
        self._put(self._name, size_framed(packets))

    def send(self, messages: Sequence[bytes]) -> None:
        """Keep a part of the answer."""
        with self._lock:
            self._packets += messages


@dataclass(slots=True)
class _Unsent:
    data: bytes
    until_s: float
    next_s: float
    wait_s: float = _FIRST_S


class Outbox:
    """Writes answers, at once or again later. Any thread may put; one calls `send_again`."""

    def __init__(self, write: Callable[[str, bytes], None], clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock
        self._unsent: dict[str, _Unsent] = {}
        self._lock = threading.Lock()
        self.trouble = ""
        """Why none can be written: meanwhile no further question is to be taken. "" where one can."""

    @staticmethod
    def is_lasting(error: OSError) -> bool:
        """Whether an error concerns the whole folder, not one file in it."""
        return error.errno in _LASTING or is_shortage(error)

    def put(self, name: str, data: bytes) -> None:
        """Write an answer, or keep it."""
        if not self._sent(name, data):
            now = self._clock()
            with self._lock:
                self._unsent[name] = _Unsent(data, now + _KEEP_S, now + _FIRST_S)

    def send_again(self) -> None:
        """Try what is due."""
        with self._lock:
            unsent = list(self._unsent.items())
        now = self._clock()
        for name, each in unsent:
            if now < each.next_s and each.until_s - now <= _KEEP_S:  # else the clock was set back
                continue
            each.wait_s = min(_LONGEST_S, 2 * each.wait_s)
            each.next_s = now + each.wait_s
            is_over = self._sent(name, each.data)
            if not is_over and now >= each.until_s:
                log.error("mailbox: the answer to %s could not be written: %s", name, self.trouble or "in use")
                is_over = True
            if is_over:
                with self._lock:
                    self._unsent.pop(name, None)
        if not self._unsent:
            self.trouble = ""

    def _sent(self, name: str, data: bytes) -> bool:
        try:
            self._write(f"res-{name}.osc", data)
        except (
            OSError,
            MemoryError,
        ) as error:  # a virus scanner may hold a fresh file for a moment, a disk may be full
            if not isinstance(error, OSError) or self.is_lasting(error):
                self.trouble = f"answers cannot be written: {getattr(error, 'strerror', None) or error}"
            log.debug("mailbox: res-%s.osc: %s", name, error)
            return False
        self.trouble = ""
        return True
