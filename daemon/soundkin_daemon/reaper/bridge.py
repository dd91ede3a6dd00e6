"""Carries one question file of a REAPER script to the daemon by UDP and writes its answer file.

For REAPERs without sockets whose scripts cannot share the daemon's mailbox folder. Touches only the two files named.
"""

from __future__ import annotations

import re
import socket
import sys
import time
from pathlib import Path

from soundkin.errors import ConfigError, SoundkinError
from soundkin.names.printable import printable
from soundkin_daemon.ownership import read_owner
from soundkin_daemon.places import Places, default_data_dir
from soundkin_osc.carriers.framing import size_framed, size_unframed
from soundkin_osc.carriers.private_folder import TooLargeFileError, UnfitFileError, read_plain, write_plain
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message, PacketError, decode, encode
from soundkin_osc.protocol.error_codes import Code

SILENCE_S = 1.5
"""Time without any answer after which the daemon counts as not running."""
PATIENCE_S = 20.0
"""Time to wait for the answer once a ping was answered."""
_DATAGRAM = 65_535
_MOST_BYTES = 1 << 20
_ASK, _GOT = re.compile(r"ask-([0-9A-Za-z_-]{1,64})\.osc"), "got-{}.osc"


def carry(request: Path, answer: Path, address: tuple[str, int] | None) -> bool:
    """Ask what `request` holds and write what came to `answer`; whether it was answered. Removes the request.

    `address` is the daemon's, None where none runs. Raises `ConfigError` for files that are not ours, OSError.
    """
    name = _ASK.fullmatch(request.name)
    if name is None or answer.name != _GOT.format(name[1]) or answer.parent != request.parent:
        raise ConfigError(f"not a question of the REAPER scripts: {request.name}, {answer.name}")
    try:
        packets = size_unframed(read_plain(request, _MOST_BYTES))
    except (UnfitFileError, PacketError) as error:
        code = Code.TOO_LARGE if isinstance(error, TooLargeFileError) else Code.BAD_ARGUMENTS
        request.unlink(missing_ok=True)
        write_plain(answer, size_framed([encode(replies.error(0, code, "", str(error)))]))
        return True
    request.unlink()
    came = _exchange(packets, address) if address else None
    if came is None:
        text = "the Soundkin daemon does not answer"
        came = [encode(replies.error(rid, Code.INTERNAL, "", text)) for rid in _asked(packets)]
        answered = False
    else:
        answered = True
    write_plain(answer, size_framed(came))
    return answered


def _asked(packets: list[bytes]) -> list[int]:
    """Request ids that want a /done or /error."""
    return [rid for packet in packets for message in decode(packet) if (rid := _rid(message)) is not None]


def _rid(message: Message) -> int | None:
    entry = TABLE.get(message.address)
    first = message.args[0] if message.args else None
    wants = entry is not None and entry.kind == "request" and entry.signature.startswith("rid:i")
    return first if wants and isinstance(first, int) else None


def _exchange(packets: list[bytes], address: tuple[str, int]) -> list[bytes] | None:
    """Packets that answer; None where no answer comes."""
    open_ids, came = set(_asked(packets)), list[bytes]()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.connect(address)
            for packet in (*packets, encode(Message("/soundkin/ping", (0,)))):
                udp.send(packet)
            deadline, alive = time.monotonic() + SILENCE_S, False
            while open_ids and (left := deadline - time.monotonic()) > 0:
                udp.settimeout(left)
                packet = udp.recv(_DATAGRAM)
                if not alive:
                    alive, deadline = True, time.monotonic() + PATIENCE_S
                came.append(packet)
                open_ids -= _ended(packet)
        except OSError:  # refused, or silent until the deadline
            return None
    return None if open_ids else came


def _ended(packet: bytes) -> set[int]:
    try:
        messages = decode(packet)
    except PacketError:
        return set()
    ends = ("/soundkin/done", "/soundkin/error")
    return {m.args[0] for m in messages if m.address in ends and m.args and isinstance(m.args[0], int)}


def main(argv: list[str]) -> int:
    """`python -m soundkin_daemon.reaper.bridge REQUEST ANSWER [DATA-DIR]`, as the scripts call it; the exit code."""
    if len(argv) not in {2, 3}:
        sys.stderr.write("usage: reaper_bridge REQUEST ANSWER [DATA-DIR]\n")
        return 2
    owner = read_owner(Places(Path(argv[2]) if len(argv) == 3 else default_data_dir()))
    try:
        answered = carry(Path(argv[0]), Path(argv[1]), (owner.host, owner.port) if owner else None)
    except (OSError, SoundkinError) as error:
        sys.stderr.write(f"soundkin: {printable(str(error))}\n")
        return 1
    return 0 if answered else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
