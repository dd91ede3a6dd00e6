"""What a message is about: whether it is ours, what it may reach, what was probably meant. Bounded in time; no I/O."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from soundkin.errors import BadArgumentError
from soundkin_osc.protocol.address import PREFIX
from soundkin_osc.protocol.addresses import ASKED, TABLE
from soundkin_osc.protocol.pattern import is_pattern, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from soundkin_osc.protocol.address import Address
    from soundkin_osc.protocol.codec import Arg, Message

MAX_REQUESTS = 64
"""Requests of one packet that are answered; a packet with more is refused whole."""
MAX_PATTERNS = 8
_COMPARE_EVERY_S = 0.05
_KNOWN = 64
_LONGEST = 256
"""Bytes of an address that are looked at."""


def ours(messages: Iterable[Message]) -> list[Message]:
    """Messages that may be meant for us; phones also send /accxyz."""
    return [m for m in messages if m.address.startswith(PREFIX + "/") or is_pattern(m.address)]


def meant_for_us(packet: bytes) -> str:
    """The address of a message to us that cannot be read further; "" for all else, and for what only we send."""
    head, end, _ = packet[: _LONGEST + 1].partition(b"\0")
    if not (end and head.startswith(f"{PREFIX}/".encode()) and head.isascii()):
        return ""
    address = head.decode("ascii")
    return "" if address in TABLE and TABLE[address].kind not in ASKED else address


def asked(messages: Iterable[Message]) -> int:
    """How many of them get an answer."""
    return sum(1 for m in messages if m.address not in TABLE or TABLE[m.address].kind == "request")


def too_many(messages: Sequence[Message]) -> str:
    """Why a packet asks for more than is answered; "" where it does not."""
    requests = asked(messages)
    patterns = sum(1 for m in messages if is_pattern(m.address))
    if requests <= MAX_REQUESTS and patterns <= MAX_PATTERNS:
        return ""
    return f"{requests} requests and {patterns} patterns in a packet, at most {MAX_REQUESTS} and {MAX_PATTERNS}"


def rid_of(address: Address, args: Sequence[Arg]) -> int:
    """The request id among the arguments, 0 where there is none that can be read."""
    for parameter, value in zip(address.parameters, args, strict=False):
        if parameter.name == "rid":
            try:
                return cast("int", parameter.fit(value))
            except BadArgumentError:
                return 0
    return 0


class Suggestions:
    """The address that was probably meant. Comparing takes milliseconds: it is done twenty times a second at most."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, str] = OrderedDict()
        self._compared_s = float("-inf")

    def near(self, address: str) -> str:
        """The nearest address that exists; "" where none is near, or there is no time to look."""
        known = self._known.get(address)
        if known is not None:
            return known
        now = self._clock()
        if now - self._compared_s < _COMPARE_EVERY_S:
            return ""
        self._compared_s = now
        self._known[address] = nearest(address)
        if len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        return self._known[address]


def nearest(address: str) -> str:
    """The address that is spelled most like this one, or ""."""
    from difflib import get_close_matches

    names = [entry.name for entry in TABLE.values() if entry.kind in ASKED]
    near = get_close_matches(address[len(PREFIX) + 1 :][:60], names, n=1, cutoff=0.7)
    return f"{PREFIX}/{near[0]}" if near else ""


@lru_cache(maxsize=256)
def reachable(pattern: str) -> tuple[str, ...]:
    """Addresses that a pattern reaches: never replies, never admin verbs."""
    return tuple(
        path for path, entry in TABLE.items() if entry.kind in ASKED and not entry.admin and matches(pattern, path)
    )


def transcript(message: Message) -> str:
    """One printable line for any message."""
    args = " ".join(repr(arg) if not isinstance(arg, str) else ascii(arg) for arg in message.args)
    line = f"{ascii(message.address)[1:-1]} {args}"
    return line if len(line) <= 500 else line[:497] + "..."
