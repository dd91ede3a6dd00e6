"""From packets to handlers: patterns, arguments, rights, and the promise that every request ends in one answer.

Knows no socket and no question; it may be called by several carriers' threads at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from soundkin.errors import GivenUpError, SoundkinError
from soundkin.questions.effort import TurnOverError
from soundkin_osc.peers.access import check_rights
from soundkin_osc.peers.endpoint import Counted, Endpoint, Later, Request
from soundkin_osc.peers.telling import reason
from soundkin_osc.protocol import replies, signature
from soundkin_osc.protocol.address import PREFIX
from soundkin_osc.protocol.addresses import ASKED, TABLE
from soundkin_osc.protocol.codec import Message, PacketError, decode, encode
from soundkin_osc.protocol.error_codes import Code, code_of
from soundkin_osc.protocol.pattern import is_pattern
from soundkin_osc.protocol.recognise import (
    MAX_PATTERNS,
    Suggestions,
    meant_for_us,
    ours,
    reachable,
    rid_of,
    too_many,
    transcript,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from soundkin_osc.jobs import Jobs
    from soundkin_osc.protocol.address import Address
    from soundkin_osc.protocol.codec import Arg

log = logging.getLogger(__name__)
traffic_in = logging.getLogger("soundkin_osc.in")
traffic_out = logging.getLogger("soundkin_osc.out")


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
        """Run a packet; False where it was not OSC. Such bytes are answered only where they begin with our address."""
        messages = self.understood(packet, endpoint)
        for message in messages or ():
            self.message(message, endpoint)
        return messages is not None

    def understood(self, packet: bytes, endpoint: Endpoint) -> list[Message] | None:
        """The messages of a packet that are to be run, each by `message`; None where it was not OSC."""
        try:
            messages = ours(decode(packet))
        except PacketError as error:
            log.debug("dropped %d bytes from %s: %s", len(packet), endpoint.key, error)
            if (address := meant_for_us(packet)) and not isinstance(endpoint, Counted):  # a mailbox answers by itself
                self.send(endpoint, [replies.error(0, Code.BAD_ARGUMENTS, address, str(error))])
            return None
        self._seen(endpoint)
        if len(messages) > MAX_PATTERNS and (excess := too_many(messages)):
            expect(endpoint)
            self.send(endpoint, [replies.error(0, Code.TOO_LARGE, "", excess)])
            return []
        return messages

    def message(self, message: Message, endpoint: Endpoint) -> None:
        """Run one message."""
        if traffic_in.isEnabledFor(logging.DEBUG):
            traffic_in.debug("%s %s", endpoint.key, transcript(message))
        address = TABLE.get(message.address)
        if address is not None:
            if address.kind in ASKED:  # what we answer with is never answered, or two daemons would talk for ever
                self._run(address, message.args, endpoint)
            return
        paths = reachable(message.address) if is_pattern(message.address) else ()
        for path in paths:
            self._run(TABLE[path], message.args, endpoint)
        if not paths and message.address.startswith(PREFIX):
            expect(endpoint)
            self.send(endpoint, [unknown(message, self._suggestions.near(message.address))])

    def _run(self, address: Address, args: tuple[Arg, ...], endpoint: Endpoint) -> None:
        rid = rid_of(address, args)
        expect(endpoint)
        try:
            check_rights(endpoint, address)
            request = Request(
                endpoint, address, signature.fit(address.parameters, signature.of_use(address.parameters, args)), rid
            )
            answer = self._handlers[address.path](request)
            if isinstance(answer, Later):
                self._queue(request, answer)
                return
        except SoundkinError as error:
            answer = [failure(error, rid, address, endpoint)]
        except Exception:
            log.exception("%s failed", address.path)
            answer = [internal(rid, address)]
        self.send(endpoint, answer)

    def _queue(self, request: Request, later: Later) -> None:
        resends = not isinstance(request.endpoint, Counted)
        try:
            self._jobs.submit(request, later, self, resends=resends)
        except SoundkinError:
            if later.refused is not None:
                later.refused()
            raise

    def finish(self, request: Request, later: Later, wanted: Callable[[], bool]) -> Later | None:
        """Run a slow answer on a worker and send it if it is still `wanted`; what is left of it, if anything."""
        try:
            found = later.run()
            if isinstance(found, Later):
                return found
            answer = list(found)
        except TurnOverError:
            return replace(later, long=True)
        except GivenUpError:
            answer = []
        except SoundkinError as error:
            answer = [failure(error, request.rid, request.address, request.endpoint)]
        except Exception:
            log.exception("%s failed", request.address.path)
            answer = [internal(request.rid, request.address)]
        if wanted():
            self.send(request.endpoint, answer)
        return None

    def send(self, endpoint: Endpoint, messages: Iterable[Message]) -> None:
        """Encode and send what answers one message. What cannot be encoded becomes an error instead of silence."""
        encoded: list[bytes] = []
        for message in messages:
            if traffic_out.isEnabledFor(logging.DEBUG):
                traffic_out.debug("%s %s", endpoint.key, transcript(message))
            try:
                encoded.append(encode(replies.spelled(message)))
            except PacketError as error:
                log.error("cannot send %s: %s", message.address, error)
                encoded = [encode(replies.error(0, Code.INTERNAL, message.address, str(error)))]
                break
        if encoded:
            endpoint.send(encoded)
        settle(endpoint)


def expect(endpoint: Endpoint) -> None:
    """A message of the endpoint is being answered."""
    if isinstance(endpoint, Counted):
        endpoint.expect()


def settle(endpoint: Endpoint) -> None:
    """That has ended."""
    if isinstance(endpoint, Counted):
        endpoint.settle()


def failure(error: SoundkinError, rid: int, address: Address, endpoint: Endpoint) -> Message:
    """The /soundkin/error for an error of ours."""
    code = code_of(error)
    if code == Code.NO_ID and address.name in ("find/path", "find/region"):
        code = Code.NO_PATH
    if code == Code.INTERNAL:
        log.error("%s: %s", address.path, error)
    return replies.error(rid, code, address.path, reason(error, endpoint))


def internal(rid: int, address: Address) -> Message:
    """The /soundkin/error for an unexpected error; its details stay in the log."""
    return replies.error(rid, Code.INTERNAL, address.path, "internal error, see the daemon's log")


def unknown(message: Message, near: str) -> Message:
    """The /soundkin/error for an address that does not exist; `near` is one that does."""
    rid = message.args[0] if message.args and type(message.args[0]) is int else 0
    text = "no such address" + (f"; did you mean {near}?" if near else "")
    return replies.error(rid if -(2**31) <= rid < 2**31 else 0, Code.UNKNOWN_ADDRESS, message.address, text)
