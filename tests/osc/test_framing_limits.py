"""Streams cut into packets: the largest frame that is taken, from both sides."""

from __future__ import annotations

import struct

import pytest

from soundkin_osc.carriers.framing import SizeFrames, SlipFrames, size_framed, size_unframed, unescaped
from soundkin_osc.protocol.codec import PacketError

LARGEST = 65_507
"""Bytes of the largest datagram, and so of the largest frame."""


def sized(size: int, body: bytes = b"") -> bytes:
    return struct.pack(">i", size) + body


def test_a_frame_of_65507_bytes_is_taken_and_none_that_is_larger() -> None:
    assert SizeFrames().feed(sized(LARGEST, bytes(LARGEST))) == [bytes(LARGEST)]
    for size in (LARGEST + 1, 0, -1):
        with pytest.raises(PacketError, match=f"frame of {size} bytes, expected 1 to 65507"):
            SizeFrames().feed(sized(size))
    assert SizeFrames().feed(sized(1, b"x")) == [b"x"]


def test_a_frame_is_given_out_with_its_last_byte_and_the_rest_waits() -> None:
    frames = SizeFrames()
    assert frames.empty is True
    assert frames.feed(b"\0\0\0") == []
    assert frames.empty is False
    assert frames.feed(b"\4abc") == []
    assert frames.feed(b"d" + sized(2, b"x")) == [b"abcd"]
    assert frames.feed(b"y" + sized(1, b"z") + sized(1, b"w")) == [b"xy", b"z", b"w"]
    assert frames.empty is True


def test_sizes_stand_before_packets_on_the_way_out_too() -> None:
    assert SizeFrames().wrap(b"/abc") == b"\0\0\0\4/abc"
    assert size_framed([b"/a", b"/bcd"]) == b"\0\0\0\2/a\0\0\0\4/bcd"
    assert size_unframed(b"") == []


def test_slip_frames_may_be_twice_the_largest_packet_as_every_byte_may_be_escaped() -> None:
    frames = SlipFrames()
    assert frames.feed(b"x" * (2 * LARGEST)) == []
    with pytest.raises(PacketError, match="longer than 65507"):
        frames.feed(b"x")
    assert SlipFrames().feed(b"\xdb\xdc" * LARGEST + b"\xc0") == [b"\xc0" * LARGEST]
    with pytest.raises(PacketError, match="longer than 65507"):
        SlipFrames().feed(b"x" * (2 * LARGEST + 1) + b"\xc0")


def test_each_slip_frame_is_measured_on_its_own() -> None:
    frames = SlipFrames()
    for _ in range(3):
        assert frames.feed(b"x" * LARGEST + b"\xc0") == [b"x" * LARGEST]


def test_a_slip_frame_cut_inside_an_escape_is_put_together() -> None:
    frames = SlipFrames()
    assert frames.feed(b"\xc0/a\xdb") == []
    assert frames.feed(b"\xddb\xdb\xdc\xc0") == [b"/a\xdbb\xc0"]


@pytest.mark.parametrize("body", [b"\xdb", b"a\xdb", b"\xdb\xdb", b"\xdbx", b"a\xdb\xc0"])
def test_an_escape_without_a_meaning_is_refused(body: bytes) -> None:
    with pytest.raises(PacketError, match="escape"):
        unescaped(body)


def test_what_follows_an_escape_is_left_as_it_is() -> None:
    assert unescaped(b"a\xdb\xdcb\xdb\xddc\xdb\xdc\xdb\xdd") == b"a\xc0b\xdbc\xc0\xdb"


def test_what_holds_no_escape_is_the_packet_itself() -> None:
    assert unescaped(b"/a\0\0,\0\0\0") == b"/a\0\0,\0\0\0"
