"""A connection without a socket: what its wire writes is kept, and read here as fast as a test wants."""

from __future__ import annotations

from soundkin_osc.carriers.wire import Wire


class FakeLine:
    """See `soundkin_osc.carriers.wire.Line`. Until `room` is taken away the peer reads everything at once."""

    name = "peer:1"
    local_host = "127.0.0.1"
    host = "127.0.0.1"
    welcome = True

    def __init__(self) -> None:
        self.written = b""
        self.ended = False
        self.was_cut = False
        self.has_room = True
        self.wakes = 0
        self.waits: list[float] = []
        self.heard_count = 0
        self.listens: list[tuple[str, bool]] = []
        self.wire: Wire | None = None
        self.packets: list[bytes] = []

    def trust(self) -> None:
        self.welcome = True

    def write(self, data: bytes) -> None:
        if not self.ended:
            self.written += data

    def end(self, last: bytes = b"") -> None:
        self.write(last)
        self.ended = True

    def cut(self) -> None:
        self.ended = self.was_cut = True

    def wake(self) -> None:
        self.wakes += 1

    def expect(self, within_s: float) -> None:
        self.waits.append(within_s)

    def heard(self) -> None:
        self.heard_count += 1

    def listen(self, path: str, on: bool) -> None:
        self.listens.append((path, on))

    def become(self, wire: Wire, rest: bytes) -> None:
        self.wire = wire
        self.feed(rest)

    def feed(self, data: bytes) -> None:
        """What the carrier does with bytes that arrive, and when it is woken."""
        assert self.wire is not None
        for packet in self.wire.feed(data):
            if self.ended:
                return
            self.packets.append(packet)
        self.refilled()

    def refilled(self) -> None:
        """What the carrier does for a connection that woke it, until it does no more."""
        assert self.wire is not None
        before = -1
        while before != self.wakes:
            before = self.wakes
            self.wire.refill()
