"""Sound files with something odd about them, built from bytes: lying sizes, wrappings, junk, joins."""

from __future__ import annotations

import io
import struct

import numpy as np
import soundfile
from numpy.typing import NDArray

_MPEG1_LAYER3_KBIT = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_LAYER3_KBIT = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def _remainder(byte: int) -> int:
    value = byte << 24
    for _ in range(8):
        value = (value << 1 ^ (0x04C1_1DB7 if value >> 31 else 0)) & 0xFFFF_FFFF
    return value


_OGG_TABLE = [_remainder(byte) for byte in range(256)]


def melody(seconds: float, sr: int = 44_100, channels: int = 1, seed: int = 1) -> NDArray[np.float32]:
    """Notes of different pitch with a little noise, shape (n,) or (n, channels): no two places sound alike."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * sr)) / sr
    hz = rng.uniform(200, 900, size=int(seconds / 0.1) + 1)[(t / 0.1).astype(int)]
    y = 0.4 * np.sin(2 * np.pi * np.cumsum(hz) / sr) * (1 - 0.6 * (t / 0.1 % 1))
    sound = np.asarray(y + 0.01 * rng.standard_normal(t.size), np.float32)
    if channels == 1:
        return sound
    return np.asarray(sound[:, None] * (1 - 0.1 * np.arange(channels)), np.float32)


def encoded(y: NDArray[np.float32], sr: int, container: str, subtype: str, **options: object) -> bytes:
    """A whole file as libsndfile writes it."""
    target = io.BytesIO()
    soundfile.write(target, y, sr, format=container, subtype=subtype, **options)  # type: ignore[arg-type]
    return target.getvalue()


def with_bytes(data: bytes, at: int, new: bytes) -> bytes:
    """The same with other bytes at a place."""
    return data[:at] + new + data[at + len(new) :]


def wrapped_in_wav(inside: bytes, tag: int, sr: int, channels: int, size: int | None = None) -> bytes:
    """A WAV head of a format tag around another file."""
    fmt = struct.pack("<HHIIHHH", tag, channels, sr, 16_000, 1, 0, 0)
    head = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"fact" + struct.pack("<II", 4, 1000)
    body = (
        head + b"data" + struct.pack("<I", len(inside) if size is None else size) + inside + b"\0" * (len(inside) & 1)
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def bw64(data: bytes, *, with_ds64: bool, size: int | None = None) -> bytes:
    """A plain WAV as BW64; `size`: what the 64-bit size of the sound says instead of the truth."""
    at = data.index(b"data")
    there = len(data) - at - 8
    if not with_ds64:
        return b"BW64" + data[4:12] + b"JUNK" + struct.pack("<I", 28) + bytes(28) + data[12:]
    ds64 = struct.pack("<QqQI", len(data) + 28, there if size is None else size, there // 2, 0)
    body = data[12:at] + b"data" + b"\xff" * 4 + data[at + 8 :]
    return b"BW64" + b"\xff" * 4 + b"WAVE" + b"ds64" + struct.pack("<I", len(ds64)) + ds64 + body


def flac_with_total(data: bytes, total: int) -> bytes:
    """A FLAC file that claims another number of samples."""
    return with_bytes(data, 21, struct.pack(">BI", data[21] & 0xF0 | total >> 32, total & 0xFFFF_FFFF))


def flac_in_ogg(data: bytes, page_bytes: int = 4000) -> bytes:
    """A FLAC file as Ogg: the mapping of RFC 9639, section 10.1, one packet after the other."""
    metadata, at = [], 4
    while True:
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        metadata.append(data[at : at + 4 + size])
        at += 4 + size
        if data[at - size - 4] & 0x80:
            break
    first = b"\x7fFLAC\x01\x00" + struct.pack(">H", len(metadata) - 1) + b"fLaC" + metadata[0]
    packets = [first, *metadata[1:], *(data[start : start + page_bytes] for start in range(at, len(data), page_bytes))]
    pages = [_page(packet, number, last=number == len(packets) - 1) for number, packet in enumerate(packets)]
    return b"".join(pages)


def _page(packet: bytes, number: int, *, last: bool) -> bytes:
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    flags = (2 if number == 0 else 0) | (4 if last else 0)
    return with_checksum(b"OggS" + struct.pack("<BBqIIIB", 0, flags, 0, 77, number, 0, len(lacing)) + lacing + packet)


def with_checksum(page: bytes) -> bytes:
    """An Ogg page with the checksum that belongs to it."""
    checksum = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        checksum = (checksum << 8 & 0xFFFF_FFFF) ^ _OGG_TABLE[checksum >> 24 ^ byte]
    return page[:22] + struct.pack("<I", checksum) + page[26:]


def mp3(y: NDArray[np.float32], sr: int, mode: str = "VARIABLE") -> bytes:
    """An MP3 with a frame that counts the others."""
    return encoded(y, sr, "MP3", "MPEG_LAYER_III", bitrate_mode=mode)


def first_frame_bytes(data: bytes) -> int:
    """Size of the MPEG layer 3 frame at the beginning."""
    word = int.from_bytes(data[:4], "big")
    is_mpeg1 = word >> 19 & 3 == 3
    rate = (44_100, 48_000, 32_000)[word >> 10 & 3] // {3: 1, 2: 2, 0: 4}[word >> 19 & 3]
    kbit = (_MPEG1_LAYER3_KBIT if is_mpeg1 else _MPEG2_LAYER3_KBIT)[(word >> 12 & 15) - 1]
    return (144_000 if is_mpeg1 else 72_000) * kbit // rate + (word >> 9 & 1)


def without_count(data: bytes) -> bytes:
    """The same MP3 without its first frame, as an encoder leaves it that writes to a pipe."""
    assert b"Xing" in data[:200] or b"Info" in data[:200]
    return data[first_frame_bytes(data) :]


def id3(payload: bytes = b"\xff\xfb\x90\x44" * 300) -> bytes:
    """An ID3v2 tag; what it holds looks like frames of sound."""
    size = len(payload)
    return b"ID3\x04\x00\x00" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]) + payload
