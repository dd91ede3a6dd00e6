"""The mailbox: questions and answers as files, for scripts without sockets. Touches only its own private folder.

A script writes `req-NAME.tmp` and renames it to `req-NAME.osc`; the daemon removes that, and puts its answer at
`res-NAME.osc`, which the script removes. Both hold OSC packets with int32 sizes. Every request file gets an answer
file, in which each message has an answer that has one over other carriers; a request that cannot be read gets an error.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from soundkin.disks.shortage import is_shortage
from soundkin.errors import SoundkinError
from soundkin_osc.carriers.framing import size_framed, size_unframed
from soundkin_osc.carriers.mail import MailEndpoint, Outbox
from soundkin_osc.carriers.private_folder import LinkError, PrivateFolder, TooLargeFileError, UnfitFileError
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.codec import PacketError, decode, encode
from soundkin_osc.protocol.error_codes import Code

if TYPE_CHECKING:
    from pathlib import Path

    from soundkin_osc.dispatch import Dispatcher

log = logging.getLogger(__name__)

Clock: TypeAlias = Callable[[], float]
MAX_BYTES = 1 << 20
SWEEP_AFTER_S = 60.0
IDLE_S, BUSY_S = 0.2, 0.02
"""Pauses between two looks: at rest, and for a while after a question."""
TROUBLE_S = 5.0
"""Pause while the folder cannot be used."""
_BUSY_FOR_S = 20.0
_SETTLED_S = 2.5
"""A folder's time stamp that is older cannot hide a change made in the same tick (FAT: 2 s)."""
_LIST_S = 2.0
_REQUEST = re.compile(r"req-([0-9A-Za-z_-]{1,64})\.osc")
_OURS = re.compile(r"(req|res)-[0-9A-Za-z_-]{1,96}\.(osc|tmp|probe)")


class Mailbox:
    """Watches the folder from one thread; `look` is one look, so that tests need neither thread nor clock."""

    def __init__(self, folder: Path, dispatcher: Dispatcher, clock: Clock = time.time) -> None:
        self._folder = PrivateFolder(folder)
        self._dispatcher = dispatcher
        self._clock = clock
        self._outbox = Outbox(self._folder.write, clock)
        self._stamp = -1
        self._listed_s = self._swept_s = self._asked_s = float("-inf")
        self._stuck: dict[str, tuple[int, int]] = {}
        """Requests that were answered and cannot be removed, with what tells whether another took their place."""
        self._trouble = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="osc-mailbox", daemon=True)

    @property
    def note(self) -> str:
        """What a person should know; "" where the mailbox can be used."""
        trouble = self._trouble or self._outbox.trouble
        if not trouble:
            return ""
        return (
            f"the file mailbox cannot be used ({trouble}); questions over the network are answered, and it is tried "
            f"again every {TROUBLE_S:.0f} s"
        )

    def start(self) -> None:
        """Begin to look. A folder that cannot be used is named in `note` and tried again."""
        self.look()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._folder.close()

    def _run(self) -> None:
        while not self._stop.wait(self.pause_s()):
            self.look()

    def pause_s(self) -> float:
        """How long to wait until the next look."""
        if self._trouble:
            return TROUBLE_S
        return BUSY_S if self._clock() - self._asked_s < _BUSY_FOR_S else IDLE_S

    def look(self) -> int:
        """Answer what lies there; how many request files were taken. No error leaves this."""
        try:
            taken = self.poll()
        except (OSError, SoundkinError, MemoryError) as error:
            self._stumble(str(error))
        except Exception:
            log.exception("mailbox %s", self._folder.path)
        else:
            if self._trouble:
                log.info("the file mailbox %s can be used again", self._folder.path)
                self._trouble = ""
            return taken
        return 0

    def _stumble(self, why: str) -> None:
        if why != self._trouble:
            log.warning("the file mailbox cannot be used: %s", why)
        self._trouble, self._stamp = why, -1

    def poll(self) -> int:
        """As `look`. Costs one stat when nothing has changed. Raises `MailboxError`, `OSError`."""
        now = self._clock()
        stamp = self._folder.check().st_mtime_ns
        self._outbox.send_again()
        if self._outbox.trouble:
            return 0
        settled = stamp == self._stamp and now - stamp / 1e9 > _SETTLED_S
        if settled and 0 <= now - self._listed_s < _LIST_S:
            return 0
        names = self._folder.names()
        self._stamp, self._listed_s = stamp, now
        if now - self._swept_s > SWEEP_AFTER_S / 2 or now < self._swept_s:
            self._swept_s = now
            self._sweep(names, now)
        taken = sum(self._take(found[1]) for found in map(_REQUEST.fullmatch, sorted(names)) if found)
        if taken:
            self._asked_s = now
        return taken

    # ---- one request -------------------------------------------------------------------------------------------

    def _take(self, name: str) -> bool:
        """Whether there was a request that was not answered before. Raises `OSError` where the folder is at fault."""
        request = f"req-{name}.osc"
        try:
            if self._is_stuck(request):
                return False
            data = self._folder.read(request, MAX_BYTES)
        except FileNotFoundError:  # its script gave up
            return False
        except LinkError:
            log.warning("mailbox: %s is a link; it is removed", request)
            self._remove(request)
            return False
        except (UnfitFileError, OSError) as error:
            if is_shortage(error) or (sys.platform == "win32" and isinstance(error, PermissionError)):
                raise  # there it may still be being written, or looked at by a virus scanner
            self._remove(request)
            too_large = isinstance(error, TooLargeFileError)
            self._refuse(name, Code.TOO_LARGE if too_large else Code.BAD_ARGUMENTS, f"the request is {_why(error)}")
            return True
        if not self._remove(request):
            self._refuse(name, Code.BAD_ARGUMENTS, "the request cannot be removed, so it was not run")
            return True
        self._answer(name, data)
        return True

    def _answer(self, name: str, data: bytes) -> None:
        try:
            packets = size_unframed(data)
            if not packets:
                raise PacketError("the request is empty")
            for packet in packets:
                decode(packet)
        except PacketError as error:
            self._refuse(name, Code.BAD_ARGUMENTS, str(error))
            return
        endpoint = MailEndpoint(name, self._outbox.put)
        endpoint.expect()
        for packet in packets:
            self._dispatcher.handle(packet, endpoint)
        endpoint.settle()

    def _refuse(self, name: str, code: Code, text: str) -> None:
        self._outbox.put(name, size_framed([encode(replies.error(0, code, "", text))]))

    def _remove(self, request: str) -> bool:
        """Whether the request is gone; one that stays is not looked at again. Raises `OSError` for the whole folder."""
        try:
            self._folder.remove(request)
        except FileNotFoundError:
            return True
        except OSError as error:
            if Outbox.is_lasting(error):
                raise
            log.warning("mailbox: %s cannot be removed: %s", request, error.strerror or error)
            status = self._folder.status(request)
            self._stuck[request] = status.st_ino, status.st_ctime_ns
            return False
        return True

    def _is_stuck(self, request: str) -> bool:
        known = self._stuck.get(request)
        if known is None:
            return False
        status = self._folder.status(request)
        if known == (status.st_ino, status.st_ctime_ns):
            return True
        del self._stuck[request]
        return False

    def _sweep(self, names: list[str], now: float) -> None:
        self._stuck = {name: known for name, known in self._stuck.items() if name in names}
        for name in filter(_OURS.fullmatch, names):
            with contextlib.suppress(OSError):
                if now - self._folder.status(name).st_mtime > SWEEP_AFTER_S:
                    self._folder.remove(name)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
