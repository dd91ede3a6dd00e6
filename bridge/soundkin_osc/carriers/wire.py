"""How a stream connection speaks, and what its way of speaking needs of the connection. Types, and plain OSC."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol

from soundkin_osc.protocol import replies
from soundkin_osc.protocol.codec import encode
from soundkin_osc.protocol.error_codes import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soundkin_osc.carriers.framing import SizeFrames, SlipFrames


class Why(enum.Enum):
    """Why we end a connection."""

    NOT_OSC = "what came is no OSC packet"
    SILENT = "nothing was said for too long"
    NO_TOKEN = "the token was not shown in time"
    WRONG_TOKEN = "that is not the token"
    CROWDED = "others need the room"
    STOPPING = "the daemon stops"


_CODES = {Why.CROWDED: Code.BUSY, Why.NO_TOKEN: Code.DENIED}


class Line(Protocol):
    """A connection as its wire sees it. Only `write`, `end` and `wake` may be called on other threads than its own."""

    @property
    def name(self) -> str:
        """The peer, for the log."""
        ...

    @property
    def host(self) -> str:
        """The peer's address, without its port."""
        ...

    @property
    def welcome(self) -> bool:
        """Whether it is on this machine, or has shown the token."""
        ...

    def trust(self) -> None:
        """It has shown the token."""
        ...

    @property
    def local_host(self) -> str:
        """Address of ours that the peer connected to."""
        ...

    @property
    def ended(self) -> bool:
        """Whether nothing more can be written."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether the peer has read enough to be sent more."""
        ...

    def write(self, data: bytes) -> None: ...
    def end(self, last: bytes = b"") -> None:
        """Write this, then close."""
        ...

    def cut(self) -> None:
        """Close now; what was not sent is lost."""
        ...

    def wake(self) -> None:
        """Have the wire's `refill` called soon."""
        ...

    def expect(self, within_s: float) -> None:
        """Unless this is called again, the wire is told to `leave` after this time in seconds."""
        ...

    def heard(self) -> None:
        """It has said something whole."""
        ...

    def listen(self, path: str, on: bool) -> None:
        """OSCQuery's LISTEN and IGNORE."""
        ...

    def become(self, wire: Wire, rest: bytes) -> None:
        """Speak another protocol from now on, in which these bytes are said already."""
        ...


class Wire(Protocol):
    """How a connection speaks."""

    def feed(self, data: bytes) -> Iterable[bytes]:
        """OSC packets that are complete now; may answer by itself. Raises `PacketError`: no protocol of ours."""
        ...

    def wrap(self, packet: bytes) -> bytes:
        """An OSC packet as it goes to the peer. Any thread."""
        ...

    def leave(self, why: Why) -> None:
        """Send the protocol's close message and end the connection."""
        ...

    def half_closed(self) -> None:
        """The peer says no more, though it may still read."""
        ...

    @property
    def hungry(self) -> bool:
        """Whether it can take more bytes now; if not, the peer has to wait."""
        ...

    def refill(self) -> None:
        """There may be more to send, or room for it. Called after each event of any connection: cheap."""
        ...

    def lost(self) -> None:
        """The connection is closed."""
        ...


class OscWire:
    """OSC packets in one of the two framings of streams."""

    hungry = True

    def __init__(self, frames: SlipFrames | SizeFrames, line: Line) -> None:
        self._frames = frames
        self._line = line

    def wrap(self, packet: bytes) -> bytes:
        """See `Wire`."""
        return self._frames.wrap(packet)

    def feed(self, data: bytes) -> Iterable[bytes]:
        """See `Wire`."""
        return self._frames.feed(data)

    def leave(self, why: Why) -> None:
        """See `Wire`: an error says so where the peer cannot know."""
        code = _CODES.get(why)
        self._line.end(b"" if code is None else self.wrap(encode(replies.error(0, code, "", why.value))))

    def half_closed(self) -> None:
        """See `Wire`."""
        self._line.cut()

    def refill(self) -> None:
        """See `Wire`: nothing is ever held back."""

    def lost(self) -> None:
        """See `Wire`: nothing is left to do."""
