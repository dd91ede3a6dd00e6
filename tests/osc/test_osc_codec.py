"""The codec: golden bytes, round trips, an independent oracle, and packets made to hurt."""

from __future__ import annotations

import contextlib
import random
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from soundkin_osc.protocol.codec import Message, PacketError, bundle, datagrams, decode, encode

ENDLESS = bytes.fromhex("2362756e646c65000000000000000001fffffffc")

TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=80)
ADDRESSES = TEXTS.map(lambda text: "/" + text[:40])
FLOATS = st.floats(width=32, allow_nan=False)
SENT = st.one_of(st.integers(-(2**31), 2**31 - 1), FLOATS, TEXTS, st.binary(max_size=40))


def raw(address: str, tags: str, payload: bytes = b"") -> bytes:
    """A message written by hand."""

    def padded(text: str) -> bytes:
        data = text.encode()
        return data + bytes(4 - len(data) % 4)

    return padded(address) + padded("," + tags) + payload


def test_a_result_has_exactly_these_bytes() -> None:
    message = Message("/soundkin/result", (7, 0, 42, 0.5, 1.25, "/a/é.wav"))
    golden = bytes.fromhex(
        "2f736f756e646b696e2f726573756c7400000000"
        "2c69696966667300"
        "00000007000000000000002a3f0000003fa00000"
        "2f612fc3a92e776176000000"
    )
    assert encode(message) == golden
    assert decode(golden) == [message]


def test_a_bundle_has_exactly_these_bytes() -> None:
    ping = encode(Message("/a"))
    assert bundle([ping, ping]).hex() == (
        "2362756e646c6500" + "0000000000000001" + "00000008" + "2f6100002c000000" + "00000008" + "2f6100002c000000"
    )


@given(ADDRESSES, st.lists(SENT, max_size=12))
def test_what_is_encoded_decodes_to_itself(address: str, args: list[int | float | str | bytes]) -> None:
    message = Message(address, tuple(args))
    (back,) = decode(encode(message))
    assert back == message
    assert [type(arg) for arg in back.args] == [type(arg) for arg in args]


@given(ADDRESSES, st.lists(SENT, max_size=8))
def test_an_independent_decoder_reads_what_is_encoded(address: str, args: list[int | float | str | bytes]) -> None:
    read = OscMessage(encode(Message(address, tuple(args))))
    assert read.address == address
    assert list(read.params) == args


@given(
    ADDRESSES,
    st.lists(
        st.one_of(
            st.tuples(st.just("i"), st.integers(-(2**31), 2**31 - 1)),
            st.tuples(st.just("h"), st.integers(-(2**63), 2**63 - 1)),
            st.tuples(st.just("f"), FLOATS),
            st.tuples(st.just("d"), st.floats(allow_nan=False)),
            st.tuples(st.just("s"), TEXTS),
            st.tuples(st.just("b"), st.binary(min_size=1, max_size=40)),
            st.sampled_from([("T", True), ("F", False), ("N", None)]),
        ),
        max_size=10,
    ),
)
def test_what_an_independent_encoder_writes_is_read(address: str, typed: list[tuple[str, Any]]) -> None:
    builder = OscMessageBuilder(address)
    for tag, value in typed:
        builder.add_arg(value, tag)
    assert decode(builder.build().dgram) == [Message(address, tuple(value for _, value in typed))]


def test_every_type_of_osc_is_understood() -> None:
    payload = struct.pack(">qdQII", -5, 0.1, 1, ord("x"), 0x01020304) + b"\x90\x3c\x40\0" + b"sym\0"
    (message,) = decode(raw("/a", "hdtcrmSTFNI", payload))
    assert message.args == (-5, 0.1, 1, "x", 0x01020304, b"\x90\x3c\x40\0", "sym", True, False, None, True)


def test_arrays_arrive_as_tuples() -> None:
    assert decode(raw("/a", "i[i[s]]i", struct.pack(">ii", 1, 2) + b"x\0\0\0" + struct.pack(">i", 3))) == [
        Message("/a", (1, (2, ("x",)), 3))
    ]


def test_a_message_without_type_tags_has_no_arguments() -> None:
    assert decode(b"/ab\0") == [Message("/ab")]


def test_a_file_name_that_is_not_text_survives_the_wire() -> None:
    name = b"/samples/caf\xe9.wav".decode("utf-8", "surrogateescape")
    assert decode(encode(Message("/a", (name,)))) == [Message("/a", (name,))]


def test_a_bundle_is_flattened_in_order_and_its_timetag_ignored() -> None:
    inner = bundle([encode(Message("/b")), encode(Message("/c"))])
    far = b"#bundle\0" + b"\xff" * 8
    packet = far + b"".join(struct.pack(">i", len(e)) + e for e in (encode(Message("/a")), inner))
    assert [message.address for message in decode(packet)] == ["/a", "/b", "/c"]


def test_the_packet_that_loops_for_ever_elsewhere_is_refused_at_once() -> None:
    with pytest.raises(PacketError, match="bundle element of -4 bytes"):
        decode(ENDLESS)


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"", "positive multiple of 4"),
        (b"/a\0", "multiple of 4"),
        (b"abcd", "neither a message nor a bundle"),
        (b"#bundle\0", "neither"),
        (b"/abc", "string without an end"),
        (b"/a\0\0i\0\0\0", "do not start with a comma"),
        (raw("/a", "f"), "4 bytes wanted where 0 are left"),
        (raw("/a", "i", bytes(8)), "4 bytes left over"),
        (raw("/a", "b", struct.pack(">i", -4)), "blob of -4 bytes"),
        (raw("/a", "b", struct.pack(">i", 2**31 - 1)), "blob of 2147483647 bytes"),
        (raw("/a", "s", b"abcd"), "string without an end"),
        (raw("/a", "Q"), "'Q' is unknown"),
        (raw("/a", "]"), "closed that was not open"),
        (raw("/a", "["), "arrays left open"),
        (raw("/a", "[" * 9 + "]" * 9), "arrays nested deeper than 8"),
        (raw("/a", "[" * 2000), "string without an end"),
        (raw("/a", "T" * 1030), "more than 1024 arguments"),
        (raw("/a", "s", b"x" * 4100 + bytes(4)), "string without an end within 4096"),
        (raw("/" + "a" * 300, ""), "string without an end within 256"),
        (bundle([b"/a\0\0,\0\0\0"])[:-4], "bundle element of 8 bytes where 4 are left"),
        (bundle([encode(Message("/a")), b"xxxx"]), "neither"),
        (bundle([encode(Message("/a"))] * 257), "more than 256 messages"),
        (bytes(65_508), "at most 65507"),
    ],
)
def test_what_is_not_one_whole_packet_is_refused(packet: bytes, reason: str) -> None:
    with pytest.raises(PacketError, match=reason):
        decode(packet)


def test_bundles_nested_four_hundred_deep_are_refused() -> None:
    packet = encode(Message("/a"))
    for _ in range(400):
        packet = bundle([packet])
    with pytest.raises(PacketError, match="nested deeper than 8"):
        decode(packet)


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 1e300, "a\0b", None, True])
def test_what_receivers_cannot_read_is_never_encoded(value: object) -> None:
    if value is True:
        assert encode(Message("/a", (True,))) == encode(Message("/a", (1,)))
        return
    with pytest.raises(PacketError):
        encode(Message("/a", (value,)))  # type: ignore[arg-type]


def test_random_and_flipped_bytes_only_ever_raise_packet_errors() -> None:
    dice = random.Random(5)
    valid = bundle([encode(Message("/soundkin/find/path", (1, "/a.wav", 16))), encode(Message("/b", (b"x", 0.5)))])
    for _ in range(20_000):
        packet = bytearray(valid if dice.random() < 0.7 else dice.randbytes(dice.randrange(200)))
        for _ in range(dice.randrange(1, 4)):
            if packet:
                packet[dice.randrange(len(packet))] = dice.randrange(256)
        with contextlib.suppress(PacketError):
            decode(bytes(packet[: dice.randrange(1, len(packet) + 1)] if packet and dice.random() < 0.3 else packet))


def test_messages_fill_datagrams_up_to_the_limit_in_order() -> None:
    messages = [encode(Message("/soundkin/result", (1, rank, rank, 0.5, 1.0, "/x" * 60))) for rank in range(40)]
    packets = datagrams(messages, 1232)
    assert max(map(len, packets)) <= 1232
    assert len(packets) < 8
    ranks = [message.args[1] for packet in packets for message in decode(packet)]
    assert ranks == list(range(40))


def test_a_message_longer_than_a_datagram_goes_alone() -> None:
    long = encode(Message("/soundkin/result", (1, 0, 1, 0.5, 1.0, "/x" * 1000)))
    short = encode(Message("/soundkin/done", (1, 1, 1, "")))
    assert datagrams([short, long, short], 1232) == [short, long, short]


def test_bundles_can_be_switched_off() -> None:
    messages = [encode(Message("/a")), encode(Message("/b"))]
    assert datagrams(messages, 1232, bundled=False) == messages
