"""Messages about files that cannot be heard name the codec and what would help, never a decoder's own puzzlement."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

import odd_files as odd
from codecs_extra import with_codecs
from hearing import hear
from soundkin.analysis.audition import write_preview
from soundkin.errors import DecodeError, NoDecoderError

CASES = Path(__file__).parents[1] / "cases"


def box(name: bytes, content: bytes) -> bytes:
    """One box of an MP4 file."""
    return struct.pack(">I", 8 + len(content)) + name + content


def mp4(codec: bytes, brand: bytes = b"M4A ") -> bytes:
    """The boxes that lead to a codec, and no sound."""
    entry = box(codec, bytes(28))
    inside = box(b"stsd", struct.pack(">II", 0, 1) + entry)
    for name in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        inside = box(name, inside)
    return box(b"ftyp", brand + bytes(4)) + box(b"mdat", b"\xff\xfb\x90\x44" * 30) + inside


def caf(codec: bytes) -> bytes:
    """The head of a Core Audio file."""
    desc = struct.pack(">d4sIIIII", 44_100.0, codec, 0, 0, 1024, 2, 0)
    return b"caff\0\1\0\0desc" + struct.pack(">q", 32) + desc + b"data" + struct.pack(">q", 100) + bytes(100)


def aifc(codec: bytes) -> bytes:
    """The head of an AIFC file."""
    comm = struct.pack(">hIh", 1, 100, 16) + b"\x40\x0e\xac\x44" + bytes(6) + codec + b"\0\0"
    ssnd = struct.pack(">II", 0, 0) + bytes(100)
    body = b"COMM" + struct.pack(">I", len(comm)) + comm + b"SSND" + struct.pack(">I", len(ssnd)) + ssnd
    return b"FORM" + struct.pack(">I", 4 + len(body)) + b"AIFC" + body


NEEDS_CODECS = {
    "AAC in MP4": mp4(b"mp4a"),
    "ALAC in MP4": mp4(b"alac"),
    "E-AC-3 in QuickTime": mp4(b"ec-3", b"qt  "),
    "Opus in WebM": b"\x1aE\xdf\xa3" + b"\x42\x82\x84webm" + bytes(90) + b"\x86\x86A_OPUS" + bytes(100),
    "Vorbis in Matroska": b"\x1aE\xdf\xa3" + b"\x42\x82\x88matroska" + bytes(90) + b"\x86\x88A_VORBIS" + bytes(100),
    "Windows Media": b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\x00\xaa\x00b\xcel" + bytes(200),
    "WavPack": b"wvpk" + bytes(200),
    "Monkey's Audio": b"MAC \x96\x0f" + bytes(200),
    "Musepack": b"MPCK" + bytes(200),
    "True Audio": b"TTA1" + bytes(200),
    "AAC in CAF": caf(b"aac "),
    "MACE 6 in AIFF": aifc(b"MAC6"),
    "WMA in WAV": odd.wrapped_in_wav(bytes(500), 0x0161, 44_100, 2),
    "ATRAC3 in WAV": odd.wrapped_in_wav(bytes(500), 0x0270, 44_100, 2),
    "Speex in Ogg": b"OggS" + bytes(22) + b"\x01\x50" + b"Speex   1.2" + bytes(100),
}
NEVER = {
    "REX2 loop": b"CAT \0\0\x10\0REX2HEAD" + bytes(100),
    "SoundFont": b"RIFF\0\x10\0\0sfbkLIST" + bytes(100),
    "DLS or GigaStudio": b"RIFF\0\x10\0\0DLS LIST" + bytes(100),
    "ZIP archive": b"PK\x03\x04" + bytes(100),
    "RAR archive": b"Rar!\x1a\x07\0" + bytes(100),
    "7z archive": b"7z\xbc\xaf\x27\x1c" + bytes(100),
    "MIDI": b"MThd\0\0\0\6" + bytes(100),
    "PNG picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "JPEG picture": b"\xff\xd8\xff\xe0" + bytes(100),
    "web page": b"<!DOCTYPE html><title>404</title>",
    "file of zeros": bytes(5000),
    "AppleDouble": b"\0\5\x16\7\0\2\0\0" + bytes(100),
}


def said_of(data: bytes, folder: Path) -> str:
    """The message about a file named as if it were a WAV."""
    path = folder / "sound.wav"
    path.write_bytes(data)
    with pytest.raises(DecodeError) as refused:
        hear(path)
    return str(refused.value)


@pytest.mark.parametrize("codec", NEEDS_CODECS)
def test_a_codec_that_an_extra_would_hear_is_named_with_the_remedy(
    codec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_codecs(monkeypatch, installed=False)
    path = tmp_path / "sound.wav"
    path.write_bytes(NEEDS_CODECS[codec])
    with pytest.raises(NoDecoderError) as refused:
        hear(path)
    assert str(refused.value).startswith(f"{codec}: install soundkin[codecs] to hear it")


@pytest.mark.parametrize(
    "codec", sorted(NEEDS_CODECS.keys() - {"MACE 6 in AIFF", "WMA in WAV"})
)  # zeros are sound in these
def test_with_the_extra_a_file_without_sound_in_it_is_no_longer_a_matter_of_installing(
    codec: str, tmp_path: Path
) -> None:
    pytest.importorskip("av", reason="needs the extra soundkin[codecs]")
    said = said_of(NEEDS_CODECS[codec], tmp_path)
    assert said.startswith(codec)
    assert "install" not in said


@pytest.mark.parametrize("what", NEVER)
def test_what_no_decoder_hears_is_named(what: str, tmp_path: Path) -> None:
    said = said_of(NEVER[what], tmp_path)
    assert said.startswith(what)
    assert "install" not in said


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    assert said_of(b"", tmp_path) == "the file is empty"


def test_a_torn_wav_is_not_called_a_matter_of_codecs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_codecs(monkeypatch, installed=False)
    data = odd.encoded(odd.melody(0.3), 44_100, "WAV", "PCM_16")
    assert said_of(data[:30], tmp_path) == "WAV: it ends before its sound begins"
    assert "PCM in WAV" in said_of(odd.with_bytes(data, 22, b"\0\0"), tmp_path)
    mp3 = odd.without_count(odd.mp3(odd.melody(0.5), 44_100))
    assert said_of(mp3[:300], tmp_path) == "MP3: it ends before its first whole frame"


def test_no_message_is_the_decoders_own_about_a_stream_that_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_codecs(monkeypatch, installed=False)
    puzzled = ("Malformed", "not recognised", "possibly a pipe", "unimplemented", "SF_INFO")
    for data in (*NEEDS_CODECS.values(), *NEVER.values()):
        said = said_of(data, tmp_path)
        assert not any(words in said for words in puzzled), said


@pytest.mark.parametrize("name", ["wavcodec_ogg_674f.wav", "mp3_leading_zeros.mp3", "wav_data_size_0.wav"])
def test_what_can_be_heard_can_be_played(name: str, tmp_path: Path) -> None:
    length_s = write_preview(str(CASES / "decode" / name), str(tmp_path / "preview.wav"))
    sound = hear(CASES / "decode" / name)
    assert length_s == pytest.approx(sound.duration_s)
    played, sr = soundfile.read(str(tmp_path / "preview.wav"), dtype="float32")
    assert sr == sound.sr
    assert np.abs(played - sound.y).max() < 1e-4
