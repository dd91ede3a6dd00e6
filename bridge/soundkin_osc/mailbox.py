"""The mailbox: questions and answers as files, for scripts without sockets. Touches only its own private folder.

A script writes `req-NAME.tmp` and renames it to `req-NAME.osc`; the daemon removes that, and writes its answer to
`res-NAME.tmp`, renamed to `res-NAME.osc`, which the script removes. Both hold OSC packets with int32 sizes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import stat
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from soundkin.errors import SoundkinError
from soundkin_osc import replies
from soundkin_osc.addresses import MAX_STREAM_COUNT
from soundkin_osc.codec import PacketError, decode, encode
from soundkin_osc.framing import size_framed, size_unframed
from soundkin_osc.recognise import asked, ours, too_many
from soundkin_osc.sessions import Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from soundkin_osc.dispatch import Dispatcher, Endpoint

log = logging.getLogger(__name__)

Clock: TypeAlias = Callable[[], float]
MAX_BYTES = 1 << 20
SWEEP_AFTER_S = 60.0
IDLE_S, BUSY_S = 0.2, 0.02
"""Pauses between two looks: at rest, and for a while after a question."""
_BUSY_FOR_S = 20.0
_SETTLED_S = 2.5
"""A folder's time stamp that is older cannot hide a change made in the same tick (FAT: 2 s)."""
_LIST_S = 2.0
_REQUEST = re.compile(r"req-([0-9A-Za-z_-]{1,64})\.osc")
_OURS = re.compile(r"(req|res)-[0-9A-Za-z_-]{1,64}\.(osc|tmp|probe)")
_TRIES = 5


class MailboxError(SoundkinError):
    """The mailbox folder cannot be used."""

    code = "mailbox"


class MailEndpoint:
    """One request file: collects what answers it and writes one file when all requests in it have ended."""

    local = admin = sees_paths = welcome = True
    address = ("", 0)
    max_count = MAX_STREAM_COUNT

    def __init__(self, name: str, asked: int, write: Callable[[str, bytes], None]) -> None:
        self.key: tuple[object, ...] = ("mailbox", name)
        self.session = Session(self.key)
        self._name = name
        self._write = write
        self._left = asked
        self._packets: list[bytes] = []
        self._lock = threading.Lock()

    def at_port(self, port: int, session: Session) -> Endpoint:
        """Not over this carrier."""
        raise NotImplementedError(port, session.key)

    def confirm(self) -> None:
        """Nothing to confirm: only datagrams can be forged."""

    def send(self, messages: Sequence[bytes]) -> None:
        """Keep one request's answer; write the file with the last one."""
        with self._lock:
            self._packets += messages
            self._left -= 1
            if self._left > 0:
                return
        self._write(self._name, size_framed(self._packets))


class Mailbox:
    """Watches the folder from one thread; `poll` is one look, so that tests need neither thread nor clock."""

    def __init__(self, folder: Path, dispatcher: Dispatcher, clock: Clock = time.time) -> None:
        self._folder = folder
        self._dispatcher = dispatcher
        self._clock = clock
        self._stamp = -1
        self._listed_s = self._swept_s = self._asked_s = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="osc-mailbox", daemon=True)

    def start(self) -> None:
        """Make the folder private and begin to look. Raises `MailboxError`."""
        prepare(self._folder)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.wait(self.pause_s()):
            try:
                self.poll()
            except OSError as error:  # such as a folder that was removed: it may come back
                log.warning("mailbox %s: %s", self._folder, error)
                self._stop.wait(SWEEP_AFTER_S / 10)
            except Exception:
                log.exception("mailbox %s", self._folder)

    def pause_s(self) -> float:
        """How long to wait until the next look."""
        return BUSY_S if self._clock() - self._asked_s < _BUSY_FOR_S else IDLE_S

    def poll(self) -> int:
        """Answer what lies there; how many request files were taken. Costs one stat when nothing has changed."""
        now = self._clock()
        stamp = self._folder.stat().st_mtime_ns
        settled = stamp == self._stamp and now - stamp / 1e9 > _SETTLED_S
        if settled and 0 <= now - self._listed_s < _LIST_S:
            return 0
        self._stamp, self._listed_s = stamp, now
        names = os.listdir(self._folder)
        if now - self._swept_s > SWEEP_AFTER_S / 2 or now < self._swept_s:
            self._swept_s = now
            self._sweep(names, now)
        taken = sum(self._take(found[1]) for found in map(_REQUEST.fullmatch, sorted(names)) if found)
        if taken:
            self._asked_s = now
        return taken

    def _take(self, name: str) -> bool:
        path = self._folder / f"req-{name}.osc"
        try:
            data = read_plain(path)
            path.unlink()
        except OSError as error:
            log.debug("mailbox: cannot take %s: %s", path.name, error)
            return False
        try:
            packets = size_unframed(data)
            answers = sum(map(_answers, packets))
        except PacketError as error:
            self._write(name, size_framed([encode(replies.error(0, replies.BAD_ARGUMENTS, "", str(error)))]))
            return True
        endpoint = MailEndpoint(name, answers, self._write)
        for packet in packets:
            self._dispatcher.handle(packet, endpoint)
        if not answers:  # only controls, which answer nobody: say that they were taken
            endpoint.send([encode(replies.done(0))])
        return True

    def _write(self, name: str, data: bytes) -> None:
        draft, answer = self._folder / f"res-{name}.tmp", self._folder / f"res-{name}.osc"
        for attempt in range(_TRIES):
            try:
                draft.write_bytes(data)
                draft.replace(answer)
                return
            except OSError as error:  # a virus scanner may hold a fresh file for a moment
                log.debug("mailbox: %s: %s (attempt %d)", answer.name, error, attempt + 1)
                self._stop.wait(0.02 * (attempt + 1))
        log.error("mailbox: an answer could not be written")

    def _sweep(self, names: list[str], now: float) -> None:
        for name in names:
            if _OURS.fullmatch(name):
                path = self._folder / name
                with contextlib.suppress(OSError):
                    if now - path.lstat().st_mtime > SWEEP_AFTER_S:
                        path.unlink()


def _answers(packet: bytes) -> int:
    """How many answers a packet will get. Raises `PacketError`."""
    messages = ours(decode(packet))
    return 1 if too_many(messages) else asked(messages)


def prepare(folder: Path) -> None:
    """Make the folder, for this user only. Raises `MailboxError` where others could get at it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = folder.lstat()
        if not stat.S_ISDIR(info.st_mode):
            raise MailboxError(f"{folder} is not a folder")
        if sys.platform != "win32":
            if info.st_uid != os.getuid():
                raise MailboxError(f"{folder} belongs to another user")
            folder.chmod(0o700)
    except OSError as error:
        raise MailboxError(f"{folder}: {error.strerror or error}") from error


def read_plain(path: Path) -> bytes:
    """Bytes of a regular file of at most 1 MiB; links and pipes are refused. Raises OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        info = os.fstat(file.fileno())
        if not stat.S_ISREG(info.st_mode) or info.st_size > MAX_BYTES:
            path.unlink(missing_ok=True)
            raise OSError(f"not a regular file of at most {MAX_BYTES} bytes")
        return file.read(MAX_BYTES)
