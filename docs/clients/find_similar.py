"""Finds similar samples with python-osc (pip install python-osc).

python find_similar.py [PORT] [WORDS]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator

from pythonosc.osc_message import OscMessage
from pythonosc.osc_packet import OscPacket
from pythonosc.udp_client import SimpleUDPClient


class Soundkin(SimpleUDPClient):
    """Sends and receives on one socket, which is all that Soundkin needs."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.waiting: list[OscMessage] = []

    def messages(self, timeout_s: float = 5.0) -> Iterator[OscMessage]:
        """What comes, message by message; answers come in bundles."""
        ends = time.monotonic() + timeout_s
        while time.monotonic() < ends:
            while self.waiting:
                yield self.waiting.pop(0)
            packet = self.receive(0.2)
            if packet:
                self.waiting += [timed.message for timed in OscPacket(packet).messages]
        raise SystemExit("no answer: is the daemon running?")

    def ask(self, address: str, rid: int, *args: float | str) -> list[list[object]]:
        """The hits that answer a question."""
        self.send_message(address, [rid, *args])
        hits: list[list[object]] = []
        for message in self.messages():
            params = list(message.params)
            if params[:1] != [rid]:
                continue  # feedback, or the answer to another question
            if message.address == "/soundkin/error":
                raise SystemExit(f"error {params[1]}: {params[3]}")
            if message.address == "/soundkin/done":
                if params[1] != len(hits):
                    return self.ask(address, rid, *args)  # a datagram was lost: ask again
                return hits
            hits.append(params)
        return hits

    def wait_for(self, address: str) -> list[object]:
        """Arguments of the next message to an address."""
        return next(list(m.params) for m in self.messages() if m.address == address)


def main() -> None:
    """Ask, page, subscribe, move a fader."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 27400
    words = sys.argv[2] if len(sys.argv) > 2 else "kick"
    soundkin = Soundkin("127.0.0.1", port)

    soundkin.send_message("/soundkin/hello", ["find_similar.py", 1])
    print("welcome", *soundkin.wait_for("/soundkin/welcome"))

    first = soundkin.ask("/soundkin/find/text", 1, words, 2)
    soundkin.ask("/soundkin/find/text", 2, words, 2, 2)  # the next page
    if not first:
        raise SystemExit(f"nothing is called {words}")
    sample_id = first[0][2]
    assert isinstance(sample_id, int)
    for _, rank, hit, score, duration_s, path in soundkin.ask("/soundkin/find/id", 3, sample_id, 8):
        print("similar", rank, hit, f"{score:.3f} {duration_s:.2f} s", path)

    soundkin.send_message("/soundkin/session", f"find_similar.py {os.getpid()}")  # a cursor of its own
    soundkin.send_message("/soundkin/subscribe", ["cursor", 10])
    soundkin.wait_for("/soundkin/subscribed")
    soundkin.send_message("/soundkin/sel/id", sample_id)
    soundkin.send_message("/soundkin/go", [])
    (total,) = next(
        list(m.params) for m in soundkin.messages() if m.address == "/soundkin/cursor/total" and list(m.params) != [0]
    )
    soundkin.send_message("/soundkin/nav/fader", 1.0)
    while soundkin.wait_for("/soundkin/cursor/index") != [total]:
        pass
    print("cursor at", total, "of", total)
    soundkin.send_message("/soundkin/unsubscribe", [])
    print("ok")


if __name__ == "__main__":
    main()
