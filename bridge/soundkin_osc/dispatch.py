"""From packets to handlers: patterns, arguments, rights, and the promise that every request ends in one answer.

Knows no socket and no question; it may be called by several carriers' threads at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from soundkin.errors import SoundkinError
from soundkin_osc import replies, signature
from soundkin_osc.addresses import ASKED, PREFIX, TABLE
from soundkin_osc.codec import Message, PacketError, decode, encode
from soundkin_osc.pattern import is_pattern
from soundkin_osc.recognise import MAX_PATTERNS, Suggestions, ours, reachable, rid_of, too_many, transcript

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from soundkin_osc.addresses import Address
    from soundkin_osc.codec import Arg
    from soundkin_osc.jobs import Jobs
    from soundkin_osc.sessions import Session

log = logging.getLogger(__name__)
traffic_in = logging.getLogger("soundkin_osc.in")
traffic_out = logging.getLogger("soundkin_osc.out")


class Endpoint(Protocol):
    """Where a packet came from and how to answer it."""

    @property
    def key(self) -> tuple[object, ...]:
        """Identity, stable over packets."""
        ...

    @property
    def session(self) -> Session:
        """What is remembered of it."""
        ...

    @property
    def local(self) -> bool:
        """Whether the caller is on this machine: may name paths to be opened, and sees paths."""
        ...

    @property
    def sees_paths(self) -> bool:
        """Whether it is told where files lie."""
        ...

    @property
    def admin(self) -> bool:
        """Whether it may use the verbs that change things."""
        ...

    @property
    def welcome(self) -> bool:
        """Whether it may ask anything but hello yet."""
        ...

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the peer."""
        ...

    @property
    def max_count(self) -> int:
        """Most hits that one question gets."""
        ...

    def at_port(self, port: int, session: Session) -> Endpoint:
        """The same peer at another of its ports; only UDP has such."""
        ...

    def confirm(self) -> None:
        """Note that the peer reads what is sent to its address."""
        ...

    def send(self, messages: Sequence[bytes]) -> None:
        """Send encoded messages in order. Never raises for a peer that went away."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """One message that was understood."""

    endpoint: Endpoint
    address: Address
    args: tuple[Arg, ...]
    """Fitted to the address's parameters, None for what was left out."""
    rid: int

    def text(self, at: int) -> str:
        """Argument `at`, a string ("" where left out)."""
        return cast("str", self.args[at] or "")

    def whole(self, at: int, default: int = 0) -> int:
        """Argument `at`, an int."""
        value = self.args[at]
        return default if value is None else cast("int", value)

    def number(self, at: int, default: float = 0.0) -> float:
        """Argument `at`, a float."""
        value = self.args[at]
        return default if value is None else cast("float", value)


@dataclass(frozen=True, slots=True)
class Later:
    """An answer that takes its time: `run` is called on a worker. `slow` where it may read audio."""

    run: Callable[[], Iterable[Message]]
    slow: bool = False
    lasting: bool = False
    """Runs even when its asker is gone or gave it up: others wait for it too."""
    refused: Callable[[], None] | None = None
    """Called when it could not be queued."""


Handler: TypeAlias = Callable[[Request], "Iterable[Message] | Later"]


class Dispatcher:
    """Runs the messages of a packet and sends what their handlers answer."""

    def __init__(self, handlers: Mapping[str, Handler], jobs: Jobs, seen: Callable[[Endpoint], None]) -> None:
        self._handlers = handlers
        self._jobs = jobs
        self._seen = seen
        self._suggestions = Suggestions()
        """Told of each endpoint that sent a well-formed packet, which renews its lease."""

    def handle(self, packet: bytes, endpoint: Endpoint) -> bool:
        """Run a packet; False where it was not OSC. Such bytes, and addresses that are not ours, get no answer."""
        try:
            messages = ours(decode(packet))
        except PacketError as error:
            log.debug("dropped %d bytes from %s: %s", len(packet), endpoint.key, error)
            return False
        self._seen(endpoint)
        if len(messages) > MAX_PATTERNS and (excess := too_many(messages)):
            self.send(endpoint, [replies.error(0, replies.TOO_LARGE, "", excess)])
            return True
        for message in messages:
            if traffic_in.isEnabledFor(logging.DEBUG):
                traffic_in.debug("%s %s", endpoint.key, transcript(message))
            self.message(message, endpoint)
        return True

    def message(self, message: Message, endpoint: Endpoint) -> None:
        """Run one message."""
        address = TABLE.get(message.address)
        if address is not None:
            if address.kind in ASKED:  # what we answer with is never answered, or two daemons would talk for ever
                self._run(address, message.args, endpoint)
            return
        paths = reachable(message.address) if is_pattern(message.address) else ()
        for path in paths:
            self._run(TABLE[path], message.args, endpoint)
        if not paths and message.address.startswith(PREFIX):
            self.send(endpoint, [unknown(message, self._suggestions.near(message.address))])

    def _run(self, address: Address, args: tuple[Arg, ...], endpoint: Endpoint) -> None:
        rid = rid_of(address, args)
        try:
            if not endpoint.welcome and address.name != "hello":
                raise replies.DeniedError("say /soundkin/hello with the token first")
            if address.admin and not endpoint.admin:
                raise replies.DeniedError(f"{address.path} is only for callers on this machine or with the token")
            request = Request(endpoint, address, signature.fit(address.parameters, args), rid)
            answer = self._handlers[address.path](request)
            if isinstance(answer, Later):
                self._queue(request, answer)
                return
        except SoundkinError as error:
            answer = [failure(error, rid, address)]
        except Exception:
            log.exception("%s failed", address.path)
            answer = [internal(rid, address)]
        self.send(endpoint, answer)

    def _queue(self, request: Request, later: Later) -> None:
        try:
            self._jobs.submit(request, later, self)
        except SoundkinError:
            if later.refused is not None:
                later.refused()
            raise

    def finish(self, request: Request, later: Later, wanted: Callable[[], bool]) -> None:
        """Run a slow answer and send it if it is still `wanted`; called on a worker."""
        try:
            answer = list(later.run())
        except SoundkinError as error:
            answer = [failure(error, request.rid, request.address)]
        except Exception:
            log.exception("%s failed", request.address.path)
            answer = [internal(request.rid, request.address)]
        if wanted():
            self.send(request.endpoint, answer)

    def send(self, endpoint: Endpoint, messages: Iterable[Message]) -> None:
        """Encode and send. A message that cannot be encoded becomes an error instead of silence."""
        encoded: list[bytes] = []
        for message in messages:
            if traffic_out.isEnabledFor(logging.DEBUG):
                traffic_out.debug("%s %s", endpoint.key, transcript(message))
            try:
                encoded.append(encode(message))
            except PacketError as error:
                log.error("cannot send %s: %s", message.address, error)
                encoded = [encode(replies.error(0, replies.INTERNAL, message.address, str(error)))]
                break
        if encoded:
            endpoint.send(encoded)


def failure(error: SoundkinError, rid: int, address: Address) -> Message:
    """The /soundkin/error for an error of ours."""
    code = replies.code_of(error)
    if code == replies.NO_ID and address.name in ("find/path", "find/region"):
        code = replies.NO_PATH
    if code == replies.INTERNAL:
        log.error("%s: %s", address.path, error)
    return replies.error(rid, code, address.path, str(error))


def internal(rid: int, address: Address) -> Message:
    """The /soundkin/error for an error that nobody foresaw; its details stay in the log."""
    return replies.error(rid, replies.INTERNAL, address.path, "internal error, see the daemon's log")


def unknown(message: Message, near: str) -> Message:
    """The /soundkin/error for an address that does not exist; `near` is one that does."""
    rid = message.args[0] if message.args and type(message.args[0]) is int else 0
    text = "no such address" + (f"; did you mean {near}?" if near else "")
    return replies.error(rid if -(2**31) <= rid < 2**31 else 0, replies.UNKNOWN_ADDRESS, message.address, text)
