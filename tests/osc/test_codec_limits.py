"""The codec's limits, each from both sides: what just fits is read, one more is refused."""

from __future__ import annotations

import struct

import pytest

from soundkin_osc.protocol.codec import Arg, Message, PacketError, bundle, datagrams, decode, encode


def padded(data: bytes) -> bytes:
    return data + bytes(4 - len(data) % 4)


def raw(tags: str, payload: bytes = b"", address: bytes = b"/a") -> bytes:
    return padded(address) + padded(b"," + tags.encode()) + payload


def args(tags: str, payload: bytes = b"") -> tuple[Arg, ...]:
    (message,) = decode(raw(tags, payload))
    return message.args


def refused(packet: bytes) -> str:
    with pytest.raises(PacketError) as caught:
        decode(packet)
    return str(caught.value)


def nested(depth: int) -> bytes:
    packet = encode(Message("/a"))
    for _ in range(depth):
        packet = bundle([packet])
    return packet


def test_a_packet_holds_65507_bytes_at_most() -> None:
    blob = 65_504 - 8 - 4 - 4
    assert decode(raw("b", struct.pack(">i", blob) + bytes(blob)))[0].args == (bytes(blob),)
    assert "multiple of 4" in refused(bytes(65_507))
    assert "at most 65507" in refused(bytes(65_508))


def test_a_bundle_holds_256_messages_at_most() -> None:
    assert len(decode(bundle([encode(Message("/a"))] * 256))) == 256
    assert "more than 256 messages" in refused(bundle([encode(Message("/a"))] * 257))
    inner = bundle([encode(Message("/a"))] * 128)
    assert "more than 256 messages" in refused(bundle([inner, inner, encode(Message("/a"))]))


def test_bundles_nest_eight_deep_at_most() -> None:
    assert decode(nested(8)) == [Message("/a")]
    assert "deeper than 8" in refused(nested(9))


def test_an_empty_bundle_holds_nothing() -> None:
    assert decode(b"#bundle\0" + bytes(8)) == []
    assert decode(bundle([])) == []


def test_arrays_nest_eight_deep_at_most() -> None:
    value: Arg = ()
    for _ in range(8):
        value = (value,)
    assert args("[" * 8 + "]" * 8) == value[0:1]  # type: ignore[index]
    assert "deeper than 8" in refused(raw("[" * 9 + "]" * 9))


def test_a_message_has_1024_arguments_at_most() -> None:
    assert args("T" * 1024) == (True,) * 1024
    assert "more than 1024 arguments" in refused(raw("T" * 1025))


def test_type_tags_leave_room_for_the_brackets_of_arrays_and_no_more() -> None:
    assert "more than 1024 arguments" in refused(raw("T" * 1040))
    assert "without an end within 1041" in refused(raw("T" * 1041))


@pytest.mark.parametrize("tag", ["s", "S"])
def test_a_string_has_4096_bytes_at_most(tag: str) -> None:
    assert args(tag, padded(b"x" * 4096)) == ("x" * 4096,)
    assert "within 4096" in refused(raw(tag, padded(b"x" * 4097)))


def test_an_address_has_256_bytes_at_most() -> None:
    assert decode(raw("", address=b"/" + b"a" * 255)) == [Message("/" + "a" * 255)]
    assert "within 256" in refused(raw("", address=b"/" + b"a" * 256))


@pytest.mark.parametrize("size", range(9))
def test_blobs_of_every_length_and_what_follows_them_are_read(size: int) -> None:
    blob = bytes(range(1, size + 1))
    payload = struct.pack(">i", size) + blob + bytes(-size % 4) + struct.pack(">i", 7)
    assert args("bi", payload) == (blob, 7)
    assert encode(Message("/a", (blob, 7))) == raw("bi", payload)


@pytest.mark.parametrize("size", [5, 8, 2**31 - 1, -1, -4])
def test_a_blob_that_is_longer_than_its_packet_is_refused_with_both_sizes(size: int) -> None:
    assert f"blob of {size} bytes where 4 are left" in refused(raw("b", struct.pack(">i", size) + bytes(4)))


@pytest.mark.parametrize("size", range(9))
def test_strings_of_every_length_and_what_follows_them_are_read(size: int) -> None:
    text = "x" * size
    assert args("si", padded(text.encode()) + struct.pack(">i", 7)) == (text, 7)
    assert encode(Message("/a", (text, 7))) == raw("si", padded(text.encode()) + struct.pack(">i", 7))


def test_a_string_may_not_be_padded_beyond_its_element() -> None:
    inner = padded(b"/a") + padded(b",s") + b"abc\0"
    assert decode(inner)[0].args == ("abc",)
    cut = b"#bundle\0" + bytes(8) + struct.pack(">i", 12) + padded(b"/a") + padded(b",s") + b"abcd" + bytes(4)
    assert refused(cut)


def test_the_end_of_an_element_is_the_end_of_its_strings() -> None:
    """The bytes behind an element belong to the next one, even where they would end its string."""
    first = padded(b"/a") + padded(b",s") + b"abcd"
    packet = b"#bundle\0" + bytes(8)
    packet += struct.pack(">i", len(first)) + first + struct.pack(">i", 8) + padded(b"/b") + padded(b",")
    assert "without an end" in refused(packet)


@pytest.mark.parametrize(
    ("tag", "payload", "value"),
    [
        ("i", b"\xff\xff\xff\xfe", -2),
        ("f", struct.pack(">f", -0.5), -0.5),
        ("h", struct.pack(">q", -(2**40)), -(2**40)),
        ("d", struct.pack(">d", 0.1), 0.1),
        ("t", b"\xff" * 8, 2**64 - 1),
        ("r", b"\xff\xff\xff\xfe", 2**32 - 2),
        ("c", b"\0\0\0A", "A"),
        ("c", b"\xff\xff\xff\xc1", "A"),
        ("c", b"\0\0\0\x7f", "\x7f"),
        ("m", b"\1\2\3\4", b"\1\2\3\4"),
        ("T", b"", True),
        ("F", b"", False),
        ("I", b"", True),
        ("N", b"", None),
    ],
)
def test_each_type_takes_its_own_bytes_and_leaves_the_rest_in_step(tag: str, payload: bytes, value: Arg) -> None:
    found = args(f"i{tag}i", struct.pack(">i", 5) + payload + struct.pack(">i", 7))
    assert found == (5, value, 7)
    assert type(found[1]) is type(value)


@pytest.mark.parametrize(
    ("tag", "size"), [("i", 4), ("f", 4), ("h", 8), ("d", 8), ("t", 8), ("r", 4), ("c", 4), ("m", 4)]
)
def test_a_type_whose_bytes_are_cut_short_is_refused(tag: str, size: int) -> None:
    assert len(args(tag, bytes(size))) == 1
    assert refused(raw(tag, bytes(size - 4)))
    assert "4 bytes left over" in refused(raw(tag, bytes(size + 4)))


def test_a_midi_message_of_which_there_are_no_bytes_is_told_so() -> None:
    assert refused(raw("m")) == "type tag 'm' is unknown or has no data"
    assert PacketError("x").code == "packet"


def test_what_is_missing_and_what_is_left_over_is_told_in_bytes() -> None:
    assert "8 bytes wanted where 4 are left" in refused(raw("ih", bytes(8)))
    assert "4 bytes left over, 0 arrays left open" in refused(raw("", bytes(4)))
    assert "0 bytes left over, 2 arrays left open" in refused(raw("[["))
    assert "more" not in refused(raw("]"))


def test_elements_of_a_bundle_end_inside_it() -> None:
    head = b"#bundle\0" + bytes(8)
    ping = encode(Message("/a"))
    whole = head + struct.pack(">i", 8) + ping
    assert decode(whole) == [Message("/a")]
    for size in (0, -4, 12, 2**31 - 1):
        assert f"bundle element of {size} bytes where 8 are left" in refused(head + struct.pack(">i", size) + ping)
    assert "multiple of 4" in refused(head + struct.pack(">i", 6) + ping)
    assert "neither" in refused(b"#bundle\0" + bytes(4))
    assert "neither" in refused(bundle([b"#bundle\0" + bytes(4)]))
    assert "multiple of 4" in refused(head + struct.pack(">i", 1) + ping)
    assert "4 bytes wanted where 0" not in refused(head + bytes(4))


def test_a_bundle_in_a_bundle_may_be_empty_and_a_message_may_follow() -> None:
    assert decode(bundle([bundle([]), encode(Message("/b"))])) == [Message("/b")]


def test_whole_numbers_of_32_bits_are_sent_and_no_larger_ones() -> None:
    for value in (-(2**31), 2**31 - 1):
        assert decode(encode(Message("/a", (value,))))[0].args == (value,)
    for value in (-(2**31) - 1, 2**31):
        with pytest.raises(PacketError, match="32 bits"):
            encode(Message("/a", (value,)))
    with pytest.raises(PacketError, match="32 bits"):
        encode(Message("/a", (1e39,)))


def test_what_cannot_be_sent_is_named_with_its_address() -> None:
    with pytest.raises(PacketError, match="/a: cannot send None"):
        encode(Message("/a", (None,)))
    with pytest.raises(PacketError, match="x00b' holds a NUL"):
        encode(Message("/a", ("a\0b",)))


def test_a_lone_surrogate_that_stands_for_no_byte_is_replaced_not_refused() -> None:
    assert decode(encode(Message("/a", ("x\ud800y",)))) == [Message("/a", ("x?y",))]


def size_of(count: int, each: int) -> int:
    return 16 + count * (4 + each)


def test_a_datagram_is_filled_to_its_last_byte_and_not_beyond() -> None:
    message = encode(Message("/a", ("x" * 20,)))
    limit = size_of(3, len(message))
    assert [len(packet) for packet in datagrams([message] * 6, limit)] == [limit, limit]
    assert [len(packet) for packet in datagrams([message] * 6, limit + 1)] == [limit, limit]
    two = size_of(2, len(message))
    assert [len(packet) for packet in datagrams([message] * 6, limit - 1)] == [two, two, two]


def test_a_message_alone_goes_without_a_bundle_and_nothing_goes_as_nothing() -> None:
    message = encode(Message("/a"))
    assert datagrams([message], 1232) == [message]
    assert datagrams([], 1232) == []
    long = encode(Message("/a", ("x" * 2000,)))
    assert datagrams([long, message, message], 1232) == [long, bundle([message, message])]
    assert datagrams([message, message, long], 1232) == [bundle([message, message]), long]


def test_unbundled_messages_are_a_list_of_their_own() -> None:
    messages = [encode(Message("/a"))]
    assert datagrams(messages, 1232, bundled=False) is not messages
