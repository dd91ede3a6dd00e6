"""Sound files with text tags: written by FFmpeg, or by hand where it cannot, and tags that lie."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

import odd_files as odd

SR = 44_100
CODECS = {
    ".flac": "flac", ".opus": "libopus", ".mp3": "libmp3lame", ".aiff": "pcm_s16be",
    ".caf": "pcm_s16le",
}  # fmt: skip
"""Containers whose tags FFmpeg writes."""


def by_ffmpeg(path: Path, y: NDArray[np.floating], fields: dict[str, str], **options: str) -> Path:
    """A mono file whose ending says its container, with these fields in its tag."""
    sr = 48_000 if path.suffix == ".opus" else SR
    with av.open(str(path), "w", options=options) as container:
        container.metadata.update(fields)
        stream = container.add_stream(CODECS[path.suffix], rate=sr)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        sound = av.AudioFrame.from_ndarray(np.asarray(y, np.float32)[None, :], "fltp", "mono")
        sound.sample_rate = SR
        resampler = av.AudioResampler(stream.codec_context.format, "mono", sr)
        for each in (*resampler.resample(sound), None):
            container.mux(stream.encode(each))
    return path


def synchsafe(size: int) -> bytes:
    """Four bytes of seven bits."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def frame(name: str, content: bytes, version: int = 4, flags: int = 0) -> bytes:
    """A frame of an ID3v2 tag."""
    if version == 2:
        return name.encode() + len(content).to_bytes(3, "big") + content
    size = synchsafe(len(content)) if version == 4 else struct.pack(">I", len(content))
    return name.encode() + size + struct.pack(">H", flags) + content


def text(value: str, encoding: int = 0) -> bytes:
    """The content of a text frame, in one of ID3's four encodings."""
    return bytes([encoding]) + value.encode(("latin-1", "utf-16", "utf-16-be", "utf-8")[encoding])


def id3(*frames: bytes, version: int = 4, flags: int = 0, size: int | None = None) -> bytes:
    """An ID3v2 tag; `size`: what its header says instead of the truth."""
    content = b"".join(frames)
    return b"ID3" + bytes([version, 0, flags]) + synchsafe(len(content) if size is None else size) + content


def comments(*fields: str | bytes, count: int | None = None) -> bytes:
    """Vorbis comments without what the containers put around them."""
    texts = [field if isinstance(field, bytes) else field.encode() for field in fields]
    head = struct.pack("<I", 4) + b"test" + struct.pack("<I", len(texts) if count is None else count)
    return head + b"".join(struct.pack("<I", len(each)) + each for each in texts)


def flac(y: NDArray[np.floating], block: bytes, size: int | None = None) -> bytes:
    """A FLAC file whose block of comments has this content, behind its first block."""
    data = odd.encoded(np.asarray(y, np.float32), SR, "FLAC", "PCM_16")
    head = b"\x04" + (len(block) if size is None else size).to_bytes(3, "big")
    return data[:4] + bytes([data[4] & 0x7F]) + data[5:42] + head + block + data[42:]


def ogg(y: NDArray[np.floating], block: bytes, subtype: str = "VORBIS") -> bytes:
    """An Ogg file with these comments instead of its own, in as many pages as they take."""
    sr = 48_000 if subtype == "OPUS" else SR
    data = odd.encoded(np.asarray(y, np.float32), sr, "OGG", subtype)
    pages = list(_pages(data))
    heads = 2 if subtype == "OPUS" else 3
    packets, used = [b""], 0
    while len(packets) <= heads:
        page = pages[used]
        at = 27 + page[26]
        for length in page[27:at]:
            packets[-1] += page[at : at + length]
            at += length
            packets += [b""] * (length < 255)
        used += 1
    assert packets[-1] == b""  # sound begins on a page of its own
    mark = b"OpusTags" if subtype == "OPUS" else b"\x03vorbis"
    packets[1] = mark + block + (b"\1" if subtype == "VORBIS" else b"")
    segments = [part for packet in packets[1:heads] for part in _segments(packet)]
    new = [pages[0]]
    for start in range(0, len(segments), 255):
        some = segments[start : start + 255]
        flags = 1 if start and len(segments[start - 1]) == 255 else 0
        head = b"OggS" + struct.pack("<BBq", 0, flags, 0) + pages[0][14:18] + bytes(8) + bytes([len(some)])
        new.append(head + bytes(len(part) for part in some) + b"".join(some))
    new += pages[used:]
    return b"".join(odd.with_checksum(odd.with_bytes(page, 18, struct.pack("<I", at))) for at, page in enumerate(new))


def _pages(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size = 27 + data[at + 26] + sum(data[at + 27 : at + 27 + data[at + 26]])
        yield data[at : at + size]
        at += size


def _segments(packet: bytes) -> Iterator[bytes]:
    yield from (packet[at : at + 255] for at in range(0, len(packet) + 1, 255))


def chunk(name: bytes, content: bytes, order: str = "<", *, size: int | None = None, padded: bool = True) -> bytes:
    """A chunk of RIFF (order "<") or AIFF (">")."""
    padding = b"\0" if padded and len(content) & 1 else b""
    return name + struct.pack(order + "I", len(content) if size is None else size) + content + padding


def wav(y: NDArray[np.floating], *chunks: bytes, container: str = "WAV") -> bytes:
    """A 16-bit WAV or AIFF file with these chunks at its end."""
    data = odd.encoded(np.asarray(y, np.float32), SR, container, "PCM_16") + b"".join(chunks)
    return data[:4] + struct.pack("<I" if container == "WAV" else ">I", len(data) - 8) + data[8:]


def caf(y: NDArray[np.floating], info: bytes, size: int | None = None) -> bytes:
    """A Core Audio file with an information chunk before its sound."""
    data = odd.encoded(np.asarray(y, np.float32), SR, "CAF", "PCM_16")
    at = data.index(b"data")
    return data[:at] + b"info" + struct.pack(">q", len(info) if size is None else size) + info + data[at:]
