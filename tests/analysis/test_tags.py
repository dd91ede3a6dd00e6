"""Tempo and key in text tags of every container, and tags that lie: they cost little and say nothing."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import odd_files as odd
import tagged_files as tagged
from analysis_sounds import clicks, disk_file
from soundkin.analysis import ProcessAnalyser, analyse_in_process
from soundkin.analysis.containers import FileData
from soundkin.analysis.facts.chunks import Said, read_said
from soundkin.analysis.facts.fields import key_in, tempo_in
from soundkin.model import Analysis, AnalysisFailure, Facts, Kind

SR = tagged.SR


def hiss(seconds: float = 8 * 60 / 133, sr: int = SR) -> NDArray[np.float32]:
    """Steady noise, of which nothing is heard but its length: eight beats at 133 BPM."""
    return np.asarray(0.1 * np.random.default_rng(0).standard_normal(round(seconds * sr)), np.float32)


def said(path: Path, data: bytes | None = None) -> Said:
    """What a file says, after these bytes were written to it."""
    if data is not None:
        path.write_bytes(data)
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return read_said(FileData(fd, whole=True))
    finally:
        os.close(fd)


def facts(path: Path, data: bytes | None = None) -> Facts:
    if data is not None:
        path.write_bytes(data)
    return analyse_in_process(str(path)).facts


def mp3(tag: bytes) -> bytes:
    return tag + odd.mp3(hiss(), SR)


FIELDS = ("BPM=133", "INITIALKEY=F#m")
ID3 = tagged.id3(tagged.frame("TBPM", tagged.text("133")), tagged.frame("TKEY", tagged.text("F#m")))
INFO = b"INFO" + tagged.chunk(b"IBPM", b"133\0") + tagged.chunk(b"IKEY", b"F#m\0")
CAF_INFO = struct.pack(">I", 2) + b"tempo\x00133\0key signature\0F#m\0"
BY_HAND: dict[str, Callable[[], bytes]] = {
    "flac": lambda: tagged.flac(hiss(), tagged.comments(*FIELDS)),
    "flac behind id3": lambda: ID3 + tagged.flac(hiss(), tagged.comments("title=x")),
    "id3 before flac": lambda: tagged.id3() + tagged.flac(hiss(), tagged.comments(*FIELDS)),
    "vorbis": lambda: tagged.ogg(hiss(), tagged.comments(*FIELDS)),
    "opus": lambda: tagged.ogg(hiss(sr=48_000), tagged.comments(*FIELDS), "OPUS"),
    "flac in ogg": lambda: odd.flac_in_ogg(tagged.flac(hiss(), tagged.comments(*FIELDS))),
    "mp3": lambda: mp3(ID3),
    "wav id3": lambda: tagged.wav(hiss(), tagged.chunk(b"id3 ", ID3)),
    "wav ID3": lambda: tagged.wav(hiss(), tagged.chunk(b"ID3 ", ID3)),
    "wav LIST": lambda: tagged.wav(hiss(), tagged.chunk(b"LIST", INFO)),
    "aiff": lambda: tagged.wav(hiss(), tagged.chunk(b"ID3 ", ID3, ">"), container="AIFF"),
    "caf": lambda: tagged.caf(hiss(), CAF_INFO),
    "rf64": lambda: (
        b"RF64" + odd.bw64(odd.encoded(hiss(), SR, "WAV", "PCM_16"), with_ds64=True)[4:] + tagged.chunk(b"id3 ", ID3)
    ),
    "bw64": lambda: odd.bw64(odd.encoded(hiss(), SR, "WAV", "PCM_16"), with_ds64=True) + tagged.chunk(b"LIST", INFO),
}


@pytest.mark.parametrize("container", BY_HAND)
def test_tempo_and_key_are_read_from_every_container(container: str, tmp_path: Path) -> None:
    found = facts(tmp_path / "x", BY_HAND[container]())
    assert (found.tempo_bpm, found.tempo_confidence, found.key) == (133, 0.9, "F#m")


@pytest.mark.parametrize("ending", tagged.CODECS)
def test_tags_that_ffmpeg_writes_are_read(ending: str, tmp_path: Path) -> None:
    fields = {
        ".caf": {"tempo": "133", "key signature": "F#m"},
        ".mp3": {"TBPM": "133", "TKEY": "F#m", "title": "x"},
        ".aiff": {"TBPM": "133", "TKEY": "F#m"},
    }.get(ending, {"BPM": "133", "INITIALKEY": "F#m", "title": "x"})
    options = {"write_id3v2": "1"} if ending == ".aiff" else {}
    found = facts(tagged.by_ffmpeg(tmp_path / f"x{ending}", hiss(), fields, **options))
    assert (found.tempo_bpm, found.key) == (133, "F#m")


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("encoding", [0, 1, 2, 3])
def test_every_version_and_encoding_of_id3_is_read(version: int, encoding: int, tmp_path: Path) -> None:
    tempo, key = ("TBP", "TKE") if version == 2 else ("TBPM", "TKEY")
    frames = [tagged.frame(n, tagged.text(v, encoding), version) for n, v in ((tempo, "133"), (key, "Bbm"))]
    found = said(tmp_path / "x.mp3", mp3(tagged.id3(*frames, version=version)))
    assert (found.tag_bpm, found.tag_key) == (133, "Bbm")


def test_an_unsynchronised_tag_is_read(tmp_path: Path) -> None:
    frames = [tagged.frame("TBPM", tagged.text("133", 1), 3)]
    content = b"".join(frames).replace(b"\xff", b"\xff\0")
    found = said(tmp_path / "x.mp3", mp3(tagged.id3(content, version=3, flags=0x80)))
    assert found.tag_bpm == 133


def test_fields_of_ones_own_name_are_read(tmp_path: Path) -> None:
    own = tagged.id3(tagged.frame("TXXX", b"\0BPM\x00133"), tagged.frame("TXXX", b"\0initialkey\x008A"))
    found = said(tmp_path / "x.mp3", mp3(own))
    assert (found.tag_bpm, found.tag_key) == (133, "Am")
    found = said(tmp_path / "x.flac", tagged.flac(hiss(), tagged.comments("tempo=133", "key=8A")))
    assert (found.tag_bpm, found.tag_key) == (133, "Am")


def test_the_first_value_that_is_one_counts(tmp_path: Path) -> None:
    block = tagged.comments("BPM=fast", "BPM=133", "BPM=90", "KEY=?", "INITIALKEY=Am")
    found = said(tmp_path / "x.flac", tagged.flac(hiss(), block))
    assert (found.tag_bpm, found.tag_key) == (133, "Am")


def test_comments_beyond_their_bounds_are_not_read(tmp_path: Path) -> None:
    for count, bpm in ((1_023, 133), (1_024, None)):
        block = tagged.comments("BPM=133", *(["x=y"] * count))
        assert said(tmp_path / "x.flac", tagged.flac(hiss(0.1), block)).tag_bpm == bpm
    for size, bpm in ((1_000_000, 133), (1_100_000, None)):
        block = tagged.comments("BPM=133", "METADATA_BLOCK_PICTURE=" + "A" * size)
        assert said(tmp_path / "x.ogg", tagged.ogg(hiss(0.1), block)).tag_bpm == bpm


def test_an_info_entry_behind_one_without_its_padding_is_read(tmp_path: Path) -> None:
    content = b"INFO" + tagged.chunk(b"INAM", b"odd", padded=False) + tagged.chunk(b"IBPM", b"133\0")
    assert said(tmp_path / "x.wav", tagged.wav(hiss(), tagged.chunk(b"LIST", content))).tag_bpm == 133


def test_keywords_are_no_key_unless_they_say_major_or_minor(tmp_path: Path) -> None:
    content = b"INFO" + tagged.chunk(b"IKEY", b"C\0")
    assert said(tmp_path / "x.wav", tagged.wav(hiss(), tagged.chunk(b"LIST", content))).tag_key is None


def test_a_picture_among_the_comments_hides_nothing_behind_it(tmp_path: Path) -> None:
    block = tagged.comments("METADATA_BLOCK_PICTURE=" + "A" * 200_000, *FIELDS)
    assert said(tmp_path / "x.ogg", tagged.ogg(hiss(), block)).tag_bpm == 133


# ---- what counts -------------------------------------------------------------------------------------------------


def with_tag(y: NDArray[np.floating], *fields: str) -> bytes:
    return tagged.flac(y, tagged.comments(*fields))


def test_a_tempo_that_does_not_fit_the_length_is_no_tempo_unless_it_is_heard(tmp_path: Path) -> None:
    assert facts(tmp_path / "a.flac", with_tag(hiss(), "BPM=120")).tempo_bpm is None
    far = hiss(20.2)  # 20.2 half bars at 120 BPM: within 1.5 %, yet a fifth of a half bar away
    assert facts(tmp_path / "far.flac", with_tag(far, "BPM=120")).tempo_bpm is None
    assert facts(tmp_path / "near.flac", with_tag(hiss(20.05), "BPM=120")).tempo_bpm == 120
    y = clicks(174, 16)
    assert facts(tmp_path / "b.flac", with_tag(y, "BPM=121")).tempo_bpm == pytest.approx(174, rel=0.005)
    tail = np.concatenate([y, np.zeros(SR // 3)])
    assert facts(tmp_path / "c.flac", with_tag(tail, "BPM=175")).tempo_bpm == 175  # near to what is heard
    assert facts(tmp_path / "d.flac", with_tag(tail, "BPM=87.5")).tempo_bpm == 87.5  # half of it


def test_of_a_long_file_the_sound_decides_and_where_it_cannot_the_tag(tmp_path: Path) -> None:
    heard = facts(tmp_path / "loop.flac", with_tag(clicks(174, 160), "BPM=97"))
    assert heard.tempo_bpm == pytest.approx(174, rel=0.01)
    told = facts(tmp_path / "a.flac", with_tag(hiss(61.3), "BPM=97"))
    assert (told.tempo_bpm, told.tempo_confidence) == (97, 0.7)


def test_a_tagged_one_shot_has_no_tempo_and_keeps_its_key(tmp_path: Path) -> None:
    y = hiss(4 * 60 / 120) * np.exp(-np.arange(2 * SR) / 4000)
    found = facts(tmp_path / "a.flac", with_tag(y, "BPM=120", "KEY=Am"))
    assert (found.kind, found.tempo_bpm, found.key) == (Kind.ONESHOT, None, "Am")


def test_chunk_and_name_come_before_a_tag(tmp_path: Path) -> None:
    acid = tagged.chunk(b"acid", struct.pack("<IHHfIHHf", 2, 0, 0, 0.0, 8, 4, 4, 133.0))
    other = tagged.id3(tagged.frame("TBPM", tagged.text("66.5")), tagged.frame("TKEY", tagged.text("C")))
    data = tagged.wav(hiss(), tagged.chunk(b"id3 ", other), acid)
    assert facts(tmp_path / "Am.wav", data).tempo_bpm == 133
    found = facts(tmp_path / "133bpm Am.wav", tagged.wav(hiss(), tagged.chunk(b"id3 ", other)))
    assert (found.tempo_bpm, found.key) == (133, "Am")


@pytest.mark.parametrize(("key", "kept"), [("C", "C"), ("Am", "Am"), ("G", "G"), ("F#", None), ("Ebm", None)])
def test_a_key_that_the_sound_contradicts_is_none(key: str, kept: str | None, tmp_path: Path) -> None:
    t = np.arange(SR) / SR

    def chord(*notes: int) -> NDArray[np.float64]:
        tones = (np.sin(2 * np.pi * 440 * 2 ** ((n - 69) / 12) * t * k) / k for n in notes for k in (1, 2))
        return sum(tones, np.zeros(SR))

    cadence = np.concatenate([chord(60, 64, 67), chord(65, 69, 72), chord(67, 71, 74), chord(60, 64, 67)]) / 6
    assert facts(tmp_path / "a.flac", with_tag(cadence)).key == "C"
    assert facts(tmp_path / "b.flac", with_tag(cadence, f"KEY={key}")).key == kept


@pytest.mark.parametrize(
    ("text", "bpm"),
    [("120", 120), ("120,5", 120.5), (" 120.0 BPM ", 120), ("97.55bpm", 97.55), ("00120", 120), ("20", 20),
     ("400", 400),
     ("", None), ("0", None), ("19.9", None), ("401", None), ("-120", None), ("nan", None), ("inf", None),
     ("1e308", None), ("1" * 400, None), ("120/4", None), ("120 130", None), ("١٢٠", None), ("fast", None),
     ("120\x00130", None)],
)  # fmt: skip
def test_a_field_is_a_tempo_or_nothing(text: str, bpm: float | None) -> None:
    assert tempo_in(text) == bpm


@pytest.mark.parametrize(
    ("text", "key"),
    [(" Am ", "Am"), ("Am", "Am"),
     ("A minor", "Am"), ("a min", "Am"), ("A-moll", "Am"), ("AMIN", "Am"), ("f#m", "F#m"), ("C", "C"),
     ("CM", "C"), ("C Dur", "C"), ("Dbmaj", "C#"), ("Db major", "C#"), ("C♯", "C#"), ("D♭m", "C#m"), ("E#", "F"),
     ("Cb", "B"),
     ("A flat minor", "G#m"), ("F sharp", "F#"), ("Ebm", "Ebm"), ("D# minor", "Ebm"), ("8A", "Am"), ("8B", "C"),
     ("1A", "G#m"),
     ("12b", "E"), ("08A", "Am"), ("1m", "Am"), ("1d", "C"), ("2d", "G"), ("12m", "Dm"),
     ("8A - Am", "Am"), ("Am/8A", "Am"),
     ("8A/C", None), ("13A", None), ("0A", None), ("c", None), ("o", None), ("", None), ("H", None), ("Amen", None),
     ("A dorian", None), ("A" * 70, None), ("Am" + " " * 70, None)],
)  # fmt: skip
def test_a_field_is_a_key_or_nothing(text: str, key: str | None) -> None:
    assert key_in(text) == key


def test_both_wheels_hold_all_keys_once() -> None:
    keys = [{key_in(f"{hour}{letter}") for hour in range(1, 13) for letter in letters} for letters in ("AB", "md")]
    assert [len(each) for each in keys] == [24, 24]
    assert keys[0] == keys[1]
    assert None not in keys[0]


# ---- tags that lie -----------------------------------------------------------------------------------------------

TEMPO = tagged.frame("TBPM", tagged.text("133"))
HUGE = 2**28 - 1
LIES: dict[str, Callable[[], bytes]] = {
    "id3 of 256 MB": lambda: mp3(tagged.id3(TEMPO, size=HUGE)),
    "id3 one byte longer than the file": lambda: mp3(tagged.id3(TEMPO, size=len(mp3(b"")) + len(TEMPO) + 1)),
    "id3 of a size in plain bytes": lambda: mp3(
        b"ID3\4\0\0" + struct.pack(">I", 0x8F) + TEMPO + bytes(0x8F - len(TEMPO))
    ),
    "id3 of 256 MB before FLAC": lambda: tagged.id3(TEMPO, size=HUGE) + tagged.flac(hiss(), b""),
    "id3 one byte longer before FLAC": lambda: (
        tagged.id3(TEMPO, size=len(tagged.flac(hiss(), b"")) + len(TEMPO) + 1) + tagged.flac(hiss(), b"")
    ),
    "id3 of no size": lambda: mp3(tagged.id3(TEMPO, size=0)),
    "id3 cut off": lambda: tagged.wav(hiss(), tagged.chunk(b"id3 ", ID3[:13])),
    "id3 of eleven bytes": lambda: tagged.wav(hiss(), tagged.chunk(b"id3 ", b"ID3\4\0\0\0\0\0\1T")),
    "id3 size with high bits": lambda: tagged.wav(hiss(), tagged.chunk(b"id3 ", b"ID3\4\0\0\xff\xff\xff\xff" + TEMPO)),
    "frame of 256 MB": lambda: mp3(tagged.id3(b"TBPM" + tagged.synchsafe(HUGE) + b"\0\0" + b"\x00133")),
    "frame of no size": lambda: mp3(tagged.id3(tagged.frame("TBPM", b""), tagged.frame("TKEY", b""))),
    "extended header that leads back": lambda: mp3(tagged.id3(bytes(6), TEMPO, flags=0x40)),
    "extended header of 256 MB": lambda: mp3(tagged.id3(tagged.synchsafe(HUGE), TEMPO, flags=0x40)),
    "compressed frame": lambda: mp3(tagged.id3(tagged.frame("TBPM", b"\0\0\0\4x\x9c34\x06\0", flags=0x09))),
    "encrypted frame": lambda: mp3(tagged.id3(tagged.frame("TBPM", b"\x80\x9b\xff\x01", flags=0x04))),
    "unknown encoding": lambda: mp3(tagged.id3(tagged.frame("TBPM", b"\x09\xff\xfe1"))),
    "half of a character": lambda: mp3(tagged.id3(tagged.frame("TBPM", b"\x01\xff\xfe1"))),
    "no utf-8": lambda: mp3(tagged.id3(tagged.frame("TBPM", b"\x03\xff\xc3"), tagged.frame("TKEY", b"\x03\xc3"))),
    "version 9": lambda: mp3(b"ID3\x09" + tagged.id3(tagged.frame("TBPM", b"\0?"))[4:]),
    "comments of 4 GB": lambda: tagged.flac(hiss(), b"\xff\xff\xff\xff" + b"BPM=133"),
    "a comment of 4 GB": lambda: tagged.flac(hiss(), tagged.comments()[:8] + b"\1\0\0\0\xff\xff\xff\xffBPM="),
    "4 billion comments": lambda: tagged.flac(hiss(), tagged.comments("BPM=133", count=2**32 - 1)),
    "more comments than there are": lambda: tagged.flac(hiss(), tagged.comments("BPM=nan", count=9)),
    "a block without bytes": lambda: tagged.flac(hiss(), b""),
    "a comment that is no utf-8": lambda: tagged.flac(hiss(), tagged.comments(b"BPM=\xff\xfe", b"KEY=\xc3")),
    "numbers that are none": lambda: tagged.flac(hiss(), tagged.comments("BPM=1e308", "BPM=-5", "TEMPO=nan")),
    "ogg comments of 4 GB": lambda: tagged.ogg(hiss(), tagged.comments("BPM=1x")[:8] + b"\1\0\0\0\xff\xff\xff\x7fbpm"),
    "LIST of 4 GB": lambda: tagged.wav(hiss(), tagged.chunk(b"LIST", b"INFOIBPM", size=2**32 - 2)),
    "LIST inside of 4 GB": lambda: tagged.wav(hiss(), tagged.chunk(b"LIST", b"INFOIBPM\xff\xff\xff\xff9")),
    "LIST of no size": lambda: tagged.wav(hiss(), tagged.chunk(b"LIST", b"")),
    "caf of negative size": lambda: tagged.caf(hiss(), b"", size=-5),
    "caf of no fields": lambda: tagged.caf(hiss(), b"\xff\xff\xff\xff"),
    "caf with half a field": lambda: tagged.caf(hiss(), struct.pack(">I", 9) + b"tempo"),
    "caf of no utf-8": lambda: tagged.caf(hiss(), struct.pack(">I", 1) + b"tempo\0\xff\xc3\0"),
}
UNHEARD = {"ogg comments of 4 GB", "caf of negative size"}
"""Lies that hide the sound from the decoder."""


@pytest.mark.parametrize("lie", LIES)
def test_a_tag_that_lies_costs_the_tag_and_never_the_file(lie: str, tmp_path: Path) -> None:
    told = said(tmp_path / "x", LIES[lie]())
    assert told.tag_key is None
    assert told.tag_bpm in (None, 133.0)
    if lie not in UNHEARD:
        assert facts(tmp_path / "x").duration_s == pytest.approx(3.609, abs=0.1)


def test_a_worker_outlives_every_lie(tmp_path: Path) -> None:
    for at, make in enumerate(LIES.values()):
        (tmp_path / f"{at}.wav").write_bytes(make())
    pool = ProcessAnalyser(workers=1, time_limit_s=60)
    try:
        files = [disk_file(path) for path in sorted(tmp_path.iterdir())]
        outcomes = [outcome for batch in pool.analyse(files) for outcome in batch]
    finally:
        pool.close()
    assert len(outcomes) == len(LIES)
    assert {o.code for o in outcomes if isinstance(o, AnalysisFailure)} <= {"decode", "too-short"}
    assert sum(isinstance(o, Analysis) for o in outcomes) >= len(LIES) - len(UNHEARD)


class Counted(FileData):
    """Counts the bytes that are asked for and found."""

    read = 0

    def at(self, offset: int, count: int) -> bytes:
        found = super().at(offset, count)
        self.read += len(found)
        return found


CROWDS = {
    "id3 frames": tagged.id3(*(tagged.frame("TBPM", tagged.text(str(n))) for n in range(100_000, 200_000)), b""),
    "values of a frame": tagged.id3(tagged.frame("TBPM", b"\3" + b"\0".join(b"%x" % n for n in range(400_000)))),
    "empty frames": tagged.id3(tagged.frame("TXXX", b"") * 150_000),
    "comments": tagged.flac(hiss(0.1), tagged.comments(*(f"BPM={n}" for n in range(100_000, 200_000)))),
    "comment of zeros": tagged.flac(hiss(0.1), tagged.comments("BPM=" + "0" * 10_000_000)[: 2**24 - 1]),
    "blocks of flac": b"fLaC" + b"\2\0\0\0" * 1_000_000,
    "pages of ogg": (b"OggS" + bytes(22) + b"\x01\xff" + b"bpm=" * 63 + b"bpm") * 20_000,
    "caf fields": tagged.caf(hiss(0.1), struct.pack(">I", 2**31) + b"a\0" * 2_000_000),
    "LIST entries": tagged.wav(hiss(0.1), tagged.chunk(b"LIST", b"INFO" + tagged.chunk(b"IBPM", b"x\0") * 500_000)),
    "LIST chunks": tagged.wav(hiss(0.1), tagged.chunk(b"LIST", INFO.replace(b"133", b"x33") * 800) * 500),
    "id3 chunks": tagged.wav(
        hiss(0.1),
        tagged.chunk(b"id3 ", tagged.id3(*(tagged.frame("TBPM", tagged.text(f"x{n}")) for n in range(5_000)))) * 500,
    ),
}


@pytest.mark.parametrize("crowd", CROWDS)
def test_a_crowd_of_fields_costs_a_bounded_number_of_bytes(crowd: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(CROWDS[crowd])
    with path.open("rb") as file:
        data = Counted(file.fileno())
        read_said(data)
    assert data.read <= 1_200_000


@pytest.mark.skipif(sys.platform == "win32", reason="a sparse file needs a file system that has them")
def test_of_a_tag_of_200_megabytes_the_beginning_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    with path.open("wb") as file:
        file.write(tagged.id3(TEMPO, size=200 << 20))
        file.truncate(300 << 20)
    with path.open("rb") as file:
        data = Counted(file.fileno())
        assert read_said(data).tag_bpm == 133
    assert data.read < 1 << 16


def test_memory_that_runs_out_over_a_tag_is_no_verdict_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hungry(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():  # past the look at what it is, where the library takes every error for a bad tag
                raise MemoryError
            return super().read(size)

    monkeypatch.setattr("soundkin.analysis.facts.tags.io.BytesIO", Hungry)
    with pytest.raises(MemoryError):
        said(tmp_path / "x.mp3", mp3(ID3))


# ---- what it costs -----------------------------------------------------------------------------------------------

_IMPORTED = """
import sys
from collections.abc import Callable
from pathlib import Path
import soundkin_daemon.__main__
from soundkin.analysis.pipeline import hear, warm_up
warm_up()
for path in sys.argv[1:]:
    hear(path)
    print("tinytag" in sys.modules)
"""


def test_the_library_is_imported_by_the_first_file_whose_tag_may_say_something(tmp_path: Path) -> None:
    files = {
        "plain.wav": odd.encoded(hiss(), SR, "WAV", "PCM_16"),
        "plain.mp3": odd.mp3(hiss(), SR),
        "title.mp3": mp3(tagged.id3(tagged.frame("TIT2", tagged.text("x")))),
        "title.flac": tagged.flac(hiss(), tagged.comments("title=x", "artist=y")),
        "title.ogg": tagged.ogg(hiss(), tagged.comments("title=x")),
        "info.wav": tagged.wav(hiss(), tagged.chunk(b"LIST", INFO)),
        "tempo.flac": tagged.flac(hiss(), tagged.comments("bpm=133")),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run(
        [sys.executable, "-c", _IMPORTED, *(str(tmp_path / name) for name in files)],
        env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.split() == ["False"] * 6 + ["True"]
