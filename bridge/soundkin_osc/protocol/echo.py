"""What a pong carries back of a ping's arguments: in order, as types that every receiver reads. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError
from soundkin_osc.protocol.limits import PING_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soundkin_osc.protocol.codec import Arg

_MOST_FLOAT = 3.4028235e38


def echoed(args: Sequence[Arg]) -> tuple[Arg, ...]:
    """The arguments as a pong carries them. Raises `BadArgumentError` for more than `PING_BYTES` bytes.

    i, f, s and b come back as they are, what is inside arrays without the brackets. Of the others, T and I are 1, F
    is 0 and N is an empty string; c and S are strings, m a blob; h, t and r are i where they fit, else strings of
    digits; d is f, and a string where no f is near.
    """
    values = tuple(_plain(tuple(args)))
    size = sum(map(_size, values))
    if size > PING_BYTES:
        raise BadArgumentError(f"ping: {size} bytes of arguments, expected at most {PING_BYTES}")
    return values


def _plain(arg: Arg) -> Iterator[Arg]:
    if isinstance(arg, tuple):
        for inner in arg:
            yield from _plain(inner)
    elif arg is None:
        yield ""
    elif isinstance(arg, bool):
        yield int(arg)
    elif isinstance(arg, int):
        yield arg if -(2**31) <= arg < 2**31 else str(arg)
    elif isinstance(arg, float):
        yield arg if not math.isfinite(arg) or abs(arg) <= _MOST_FLOAT else repr(arg)
    else:
        yield arg


def _size(value: Arg) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    return len(value) if isinstance(value, bytes) else 4
