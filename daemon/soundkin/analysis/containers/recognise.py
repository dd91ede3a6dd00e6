"""What is in a file, by name, for messages and for the decoder that may read it. Reads bytes only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin.analysis.containers import aiff, caf, mp4, mpeg, ogg, riff
from soundkin.analysis.containers.tags import behind_tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from soundkin.analysis.containers.data import Data


@dataclass(frozen=True, slots=True)
class Codec:
    """What a file is."""

    name: str
    """For people, such as "AAC in MP4"."""
    demuxer: str = ""
    """FFmpeg's name of the container; "" where FFmpeg is of no help."""
    closed: str = ""
    """Why it cannot be heard at all, in a few words; "" where it can, given a decoder."""
    is_plain: bool = False
    """Whether libsndfile reads it: then something is wrong with the file, and no other decoder is missed."""

    @property
    def needs_ffmpeg(self) -> bool:
        """Whether FFmpeg is the decoder for it."""
        return bool(self.demuxer) and not self.is_plain


_NO_SOUND = "no sound"
_CLOSED = "a format that only its maker's programs read"
_ARCHIVE = "an archive: unpack it to have its sounds found"
_INSTRUMENT = "an instrument that holds many sounds: export them as files of their own to have them found"

_MAGIC: tuple[tuple[int, bytes, Codec], ...] = (
    (0, b"wvpk", Codec("WavPack", "wv")),
    (0, b"MAC ", Codec("Monkey's Audio", "ape")),
    (0, b"MPCK", Codec("Musepack", "mpc8")),
    (0, b"MP+", Codec("Musepack", "mpc")),
    (0, b"TTA1", Codec("True Audio", "tta")),
    (0, b"tBaK", Codec("TAK", "tak")),
    (0, b"ajkg", Codec("Shorten", "shn")),
    (0, b"OFR ", Codec("OptimFROG", closed=_CLOSED)),
    (0, b"#!AMR", Codec("AMR", "amr")),
    (0, b"\x0b\x77", Codec("AC-3", "ac3")),
    (0, b"\x7f\xfe\x80\x01", Codec("DTS", "dts")),
    (0, b"FLV\x01", Codec("Flash video", "flv")),
    (0, b".RMF", Codec("RealAudio", "rm")),
    (0, b"DSD ", Codec("DSD", "dsf")),
    (0, b"FRM8", Codec("DSD", "iff")),
    (0, b"ADIF", Codec("AAC", "aac")),
    (0, b"\xff\xf1", Codec("AAC", "aac")),
    (0, b"\xff\xf9", Codec("AAC", "aac")),
    (0, b"0&\xb2u\x8ef\xcf\x11", Codec("Windows Media", "asf")),
    (8, b"AVI ", Codec("AVI video", "avi")),
    (8, b"REX2", Codec("REX2 loop", closed=_CLOSED)),
    (8, b"sfbk", Codec("SoundFont", closed=_INSTRUMENT)),
    (8, b"DLS ", Codec("DLS or GigaStudio instrument", closed=_INSTRUMENT)),
    (0, b"\x01\xa8\x9e\xd6", Codec("Native Instruments NCW", closed=_CLOSED)),
    (0, b"PK\x03\x04", Codec("ZIP archive", closed=_ARCHIVE)),
    (0, b"Rar!\x1a", Codec("RAR archive", closed=_ARCHIVE)),
    (0, b"7z\xbc\xaf", Codec("7z archive", closed=_ARCHIVE)),
    (0, b"\x1f\x8b", Codec("gzip archive", closed=_ARCHIVE)),
    (0, b"MThd", Codec("MIDI", closed=_NO_SOUND)),
    (0, b"\x89PNG", Codec("PNG picture", closed=_NO_SOUND)),
    (0, b"\xff\xd8\xff", Codec("JPEG picture", closed=_NO_SOUND)),
    (0, b"%PDF", Codec("PDF document", closed=_NO_SOUND)),
    (0, b"\x00\x05\x16\x07", Codec("AppleDouble file", closed="what a Mac keeps about another file, no sound")),
    (0, b"<!DOCTYPE", Codec("web page", closed=_NO_SOUND)),
    (0, b"<html", Codec("web page", closed=_NO_SOUND)),
)
_WAVE_TAGS = {
    0x0001: "PCM",
    0x0002: "MS ADPCM",
    0x0003: "float PCM",
    0x0006: "A-law",
    0x0007: "mu-law",
    0x0011: "IMA ADPCM",
    0x0020: "Yamaha ADPCM",
    0x0022: "TrueSpeech",
    0x0031: "GSM",
    0x0045: "G.726",
    0x0050: "MP2",
    0x0055: "MP3",
    0x00FF: "AAC",
    0x0160: "WMA",
    0x0161: "WMA",
    0x0162: "WMA Pro",
    0x0163: "WMA Lossless",
    0x0270: "ATRAC3",
    0x1600: "AAC",
    0x1610: "AAC",
    0x2000: "AC-3",
    0x2001: "DTS",
    0xF1AC: "FLAC",
}
_PLAIN_TAGS = {0x0001, 0x0002, 0x0003, 0x0006, 0x0007, 0x0011, 0x0031, 0x0050, 0x0055, 0xF1AC}
_PLAIN_FOUR = {
    *(b"NONE", b"sowt", b"twos", b"raw ", b"fl32", b"FL32", b"fl64", b"FL64", b"ulaw", b"ULAW", b"alaw", b"ALAW"),
    *(b"in24", b"in32", b"42ni", b"42n1", b"23ni", b"GSM ", b"DWVW", b"ima4", b"lpcm", b"alac"),
}
_FOUR = {
    b"NONE": "PCM",
    b"sowt": "PCM",
    b"lpcm": "PCM",
    b"aac ": "AAC",
    b"aach": "HE-AAC",
    b"aacp": "HE-AAC",
    b"alac": "ALAC",
    b".mp1": "MP1",
    b".mp2": "MP2",
    b".mp3": "MP3",
    b"ima4": "IMA ADPCM",
    b"MAC3": "MACE 3",
    b"MAC6": "MACE 6",
    b"QDM2": "QDesign",
    b"QDMC": "QDesign",
    b"Qclp": "Qualcomm PureVoice",
    b"ilbc": "iLBC",
    b"opus": "Opus",
    b"flac": "FLAC",
    b"ac-3": "AC-3",
    b"ec-3": "E-AC-3",
}
_IN_MATROSKA = ("AAC", "OPUS", "VORBIS", "MP3", "MP2", "FLAC", "AC3", "EAC3", "DTS", "ALAC", "PCM", "WAVPACK4", "TTA1")
_LOOKED_AT = 1 << 16


def recognise(data: Data) -> Codec | None:
    """What the file is; None where its bytes are of no known kind."""
    head = data.at(0, 64)
    for magic, reader in _READERS.items():
        if head.startswith(magic) and (found := reader(data)):
            return found
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        return Codec(mp4.name(data), "mov")
    for at, magic, codec in _MAGIC:
        if head[at : at + len(magic)] == magic:
            return codec
    if (frame := mpeg.header(int.from_bytes(data.at(behind_tags(data), 4), "big"))) is not None:
        return Codec(f"MP{frame.layer}", closed="it ends before its first whole frame")
    if head and not head.strip(b"\0") and not data.at(0, _LOOKED_AT).strip(b"\0"):
        return Codec("file of zeros", closed="nothing was ever written into it")
    return None


def _wave(data: Data) -> Codec | None:
    if data.at(8, 4) != b"WAVE":
        return None
    wave = riff.read_wave(data)
    if wave is None:
        return Codec("WAV", closed="it ends before its sound begins")
    name = _WAVE_TAGS.get(wave.tag, f"format 0x{wave.tag:04X}")
    return Codec(f"{name} in WAV", "wav", is_plain=wave.tag in _PLAIN_TAGS)


def _aiff(data: Data) -> Codec | None:
    if data.at(8, 4) not in (b"AIFF", b"AIFC"):
        return None
    codec = aiff.compression(data)
    return Codec(f"{_four(codec)} in AIFF", "aiff", is_plain=codec in _PLAIN_FOUR)


def _caf(data: Data) -> Codec | None:
    codec = caf.codec(data)
    return Codec(f"{_four(codec)} in CAF", "caf", is_plain=codec in _PLAIN_FOUR)


def _ogg(data: Data) -> Codec | None:
    packet = ogg.first_packet(data)
    kinds = ((b"\x01vorbis", "Vorbis"), (b"OpusHead", "Opus"), (b"Speex", "Speex"), (b"\x7fFLAC", "FLAC"))
    name = next((name for mark, name in kinds if packet.startswith(mark)), "")
    return Codec(f"{name} in Ogg" if name else "Ogg", "ogg", is_plain=name not in ("Speex", ""))


def _matroska(data: Data) -> Codec | None:
    head = data.at(0, _LOOKED_AT)
    container = "WebM" if b"webm" in head[:64] else "Matroska"
    for name in _IN_MATROSKA:
        if f"A_{name}".encode() in head:
            return Codec(f"{name.title() if name in ('OPUS', 'VORBIS') else name} in {container}", "matroska")
    return Codec(container, "matroska")


def _rex(data: Data) -> Codec | None:
    return Codec("REX2 loop", closed=_CLOSED) if b"REX2" in data.at(0, 16) else None


def _four(codec: bytes) -> str:
    return _FOUR.get(codec) or codec.decode("ascii", "replace").strip() or "an unnamed codec"


_READERS: dict[bytes, Callable[[Data], Codec | None]] = {
    b"RIFF": _wave,
    b"RIFX": _wave,
    b"RF64": _wave,
    b"BW64": _wave,
    b"FORM": _aiff,
    b"caff": _caf,
    b"OggS": _ogg,
    b"\x1aE\xdf\xa3": _matroska,
    b"CAT ": _rex,
}
