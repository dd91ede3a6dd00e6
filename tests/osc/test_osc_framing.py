"""Streams cut into packets, however the network cuts the stream."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osc_streams import Frames
from soundkin_osc.carriers.framing import SizeFrames, SlipFrames, size_framed, size_unframed
from soundkin_osc.protocol.codec import PacketError

PACKETS = st.lists(st.binary(min_size=1, max_size=60).map(lambda data: b"/" + data + b"\xc0\xdb"), max_size=6)


def cut(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(stream), *(place % (len(stream) + 1) for place in cuts)})
    return [stream[a:b] for a, b in pairwise(places)]


@pytest.mark.parametrize("kind", [SizeFrames, SlipFrames])
@given(packets=PACKETS, cuts=st.lists(st.integers(0, 500), max_size=20))
def test_packets_come_out_as_they_went_in(kind: type[Frames], packets: list[bytes], cuts: list[int]) -> None:
    frames = kind()
    stream = b"".join(map(frames.wrap, packets))
    assert [packet for part in cut(stream, cuts) for packet in frames.feed(part)] == packets


def test_one_end_between_slip_packets_is_enough() -> None:
    assert SlipFrames().feed(b"/a\xc0/b\xc0\xc0\xc0/c\xc0") == [b"/a", b"/b", b"/c"]


def test_slip_bytes_are_those_of_the_rfc() -> None:
    assert SlipFrames().wrap(b"/\xc0\xdb") == b"\xc0/\xdb\xdc\xdb\xdd\xc0"


@pytest.mark.parametrize(
    ("frames", "stream"),
    [
        (SizeFrames(), b"\x7f\xff\xff\xff"),
        (SizeFrames(), b"\xff\xff\xff\xfc"),
        (SizeFrames(), b"\0\0\0\0"),
        (SlipFrames(), b"/a\xdbx\xc0"),
        (SlipFrames(), b"/a\xdb\xc0"),
        (SlipFrames(), b"x" * (2 * 65_507 + 1)),
    ],
)
def test_a_frame_that_cannot_be_is_refused(frames: Frames, stream: bytes) -> None:
    with pytest.raises(PacketError):
        frames.feed(stream)


def test_an_endless_frame_is_given_up_before_it_fills_the_memory() -> None:
    frames = SlipFrames()
    for _ in range(2 * 65_507 // 4096):
        assert frames.feed(b"x" * 4096) == []
    with pytest.raises(PacketError):
        frames.feed(b"x" * 4096)


def test_a_file_of_packets_is_read_whole_or_not_at_all() -> None:
    data = size_framed([b"/a", b"/b"])
    assert size_unframed(data) == [b"/a", b"/b"]
    with pytest.raises(PacketError, match="cut off"):
        size_unframed(data[:-1])
