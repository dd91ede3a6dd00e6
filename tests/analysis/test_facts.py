"""Facts: what the header, the chunks, the name and the sound say, in this order of trust, and silence where unsure."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import odd_files as odd
from analysis_sounds import clicks, debian_files, kick, needs_samples, noise, tone, write
from soundkin.analysis import analyse_in_process
from soundkin.analysis.facts.loudness import integrated_lufs
from soundkin.analysis.facts.names import read_name
from soundkin.model import Facts, Kind

SR = 44_100


def facts(path: Path) -> Facts:
    return analyse_in_process(str(path)).facts


def heard(tmp_path: Path, y: NDArray[np.floating], sr: int = SR) -> Facts:
    """Facts of a sound in a file whose name says nothing."""
    return facts(write(tmp_path / "x.wav", y, sr, subtype="FLOAT"))


def cents(found: float | None, hz: float) -> float:
    assert found is not None
    return abs(1200 * math.log2(found / hz))


def with_chunk(path: Path, name: bytes, data: bytes) -> Path:
    """Append a chunk to a WAV file."""
    content = path.read_bytes() + name + struct.pack("<I", len(data)) + data
    path.write_bytes(content[:4] + struct.pack("<I", len(content) - 8) + content[8:])
    return path


# ---- root pitch --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hz", [36.7, 55, 82.4, 146.8, 220, 311.1, 440, 698.5, 987.8, 1318.5, 1760])
@pytest.mark.parametrize("sr", [22_050, 44_100, 48_000, 96_000])
def test_a_tone_has_its_root_within_20_cents_at_every_rate(hz: float, sr: int, tmp_path: Path) -> None:
    found = heard(tmp_path, tone(hz, 0.5, sr, decay=2.0), sr)
    assert cents(found.root_hz, hz) < 20
    assert found.root_confidence is not None
    assert found.root_confidence > 0.85


def test_noise_silence_and_a_click_have_no_root(tmp_path: Path) -> None:
    for y in (noise(0.5), np.zeros(20_000), np.eye(1, 20_000, 5)[0]):
        found = heard(tmp_path, y)
        assert found.root_hz is None
        assert found.root_confidence is None


def test_a_sampler_chunk_gives_the_root_that_cannot_be_heard_but_its_default_does_not(tmp_path: Path) -> None:
    def smpl(note: int) -> bytes:
        return struct.pack("<9I", 0, 0, 22_675, note, 0, 0, 0, 0, 0)

    told = facts(with_chunk(write(tmp_path / "a.wav", noise()), b"smpl", smpl(57)))
    assert cents(told.root_hz, 220) < 1
    assert facts(with_chunk(write(tmp_path / "b.wav", noise()), b"smpl", smpl(60))).root_hz is None


# ---- tempo and kind ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bpm", [72.0, 87.5, 100.0, 123.4, 140.0, 174.0])
def test_a_click_loop_has_its_tempo_within_one_percent_and_is_a_loop(bpm: float, tmp_path: Path) -> None:
    found = heard(tmp_path, clicks(bpm, 16))
    assert found.tempo_bpm == pytest.approx(bpm, rel=0.01)
    assert found.kind is Kind.LOOP


def test_a_long_loop_gets_its_tempo_from_what_is_read_of_it(tmp_path: Path) -> None:
    assert heard(tmp_path, clicks(100, 64)).tempo_bpm == pytest.approx(100, rel=0.01)


def test_a_hit_is_a_one_shot_without_tempo(tmp_path: Path) -> None:
    for y in (kick(), noise(), tone(decay=8.0)):
        found = heard(tmp_path, y)
        assert found.kind is Kind.ONESHOT
        assert found.tempo_bpm is None


def test_a_steady_drone_is_neither(tmp_path: Path) -> None:
    found = heard(tmp_path, tone(110, 4.0, decay=0.0))
    assert found.kind is None
    assert found.tempo_bpm is None


def test_a_name_that_the_sound_belies_leaves_the_kind_open(tmp_path: Path) -> None:
    assert facts(write(tmp_path / "Amen loop.wav", kick())).kind is None
    assert facts(write(tmp_path / "kick.wav", clicks(120, 16))).kind is None
    assert facts(write(tmp_path / "kick 2.wav", kick())).kind is Kind.ONESHOT


def acid(bpm: float, beats: int, *, flags: int = 2, root: int = 45) -> bytes:
    """An ACID chunk's content."""
    return struct.pack("<IHHfIHHf", flags, root, 0, 0.0, beats, 4, 4, bpm)


def test_an_acid_chunk_whose_beats_fill_the_length_is_believed(tmp_path: Path) -> None:
    found = facts(with_chunk(write(tmp_path / "a.wav", noise(8 * 60 / 133)), b"acid", acid(133, 8)))
    assert (found.tempo_bpm, found.tempo_confidence, found.kind) == (133.0, 1.0, Kind.LOOP)
    assert cents(found.root_hz, 110) < 1
    single = facts(with_chunk(write(tmp_path / "b.wav", noise(3.0)), b"acid", acid(0, 0, flags=1, root=0)))
    assert (single.tempo_bpm, single.kind) == (None, Kind.ONESHOT)


def test_a_chunk_that_contradicts_the_length_is_one_more_candidate(tmp_path: Path) -> None:
    hiss = with_chunk(write(tmp_path / "a.wav", noise(5.517)), b"acid", acid(120, 16))
    assert facts(hiss).tempo_bpm is None  # nothing bears either out
    y = clicks(174, 16)
    told = facts(with_chunk(write(tmp_path / "b.wav", y), b"acid", acid(120, 16)))
    assert told.tempo_bpm == pytest.approx(174, rel=0.005)
    assert told.tempo_confidence is not None
    assert told.tempo_confidence < 1
    other = facts(with_chunk(write(tmp_path / "c.wav", y), b"acid", acid(173, 4)))
    assert other.tempo_bpm == 173  # heard, though its number of beats is wrong
    named = facts(with_chunk(write(tmp_path / "x 174bpm.wav", noise(5.517)), b"acid", acid(120, 16)))
    assert (named.tempo_bpm, named.tempo_confidence) == (174, 1.0)


def basc(beats: int, *, minor: int = 0) -> bytes:
    """The chunk of an Apple Loop."""
    return struct.pack(">IIHHHHH", 1, beats, 0, minor, 4, 4, 2) + bytes(66)


def test_an_apple_loop_has_the_tempo_of_its_length_where_that_can_be_one(tmp_path: Path) -> None:
    def told(beats: int) -> Facts:
        content = odd.encoded(noise(3.0).astype(np.float32), SR, "AIFF", "PCM_16")
        content += b"basc" + struct.pack(">I", 84) + basc(beats)
        path = tmp_path / f"{beats}.aif"
        path.write_bytes(content[:4] + struct.pack(">I", len(content) - 8) + content[8:])
        return facts(path)

    assert told(8).tempo_bpm == pytest.approx(160)
    assert told(4000).tempo_bpm is None


@pytest.mark.parametrize(("before", "read"), [(61, True), (62, False)])
def test_a_chunk_is_read_where_it_is_among_the_first_64_even_behind_one_that_lacks_its_padding(
    before: int, read: bool, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.wav", noise(8 * 60 / 133))  # two chunks
    for _ in range(before):
        with_chunk(path, b"odd ", b"x")
    found = facts(with_chunk(path, b"acid", acid(133, 8)))
    assert (found.tempo_bpm == 133.0) is read


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
@pytest.mark.parametrize("samples", [159_200, 159_201])
def test_a_chunk_is_read_behind_sound_whose_size_stands_in_a_ds64_chunk(
    magic: bytes, samples: int, tmp_path: Path
) -> None:
    plain = odd.encoded(noise(5.0)[:samples].astype(np.float32), SR, "WAV", "PCM_U8")
    content = odd.bw64(plain[: 44 + samples], with_ds64=True)
    for padding in {0, samples & 1}:
        path = tmp_path / f"{padding}.wav"
        path.write_bytes(magic + content[4:] + bytes(padding) + b"acid" + struct.pack("<I", 24) + acid(133, 8))
        assert facts(path).tempo_bpm == 133.0


@pytest.mark.parametrize("size", [0, -1, -200, -(2**63), 2**62])
def test_a_ds64_chunk_that_lies_costs_the_chunks_behind_it_and_no_more(size: int, tmp_path: Path) -> None:
    plain = odd.encoded(noise(3.609).astype(np.float32), SR, "WAV", "PCM_16")
    path = tmp_path / "a.wav"
    path.write_bytes(odd.bw64(plain, with_ds64=True, size=size) + b"acid" + struct.pack("<I", 24) + acid(133, 8))
    found = facts(path)
    assert found.duration_s == pytest.approx(3.609, abs=0.001)
    assert found.tempo_bpm is None


@pytest.mark.parametrize(
    "data", [b"", b"\xff" * 24, b"\x00" * 24, struct.pack("<IHHfIHHf", 0, 0, 0, 0, 4, 4, 4, math.nan)]
)
def test_a_chunk_without_sense_says_nothing(data: bytes, tmp_path: Path) -> None:
    found = facts(with_chunk(write(tmp_path / "a.wav", noise()), b"acid", data))
    assert found.tempo_bpm is None


# ---- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "bpm"),
    [("Loop 120bpm.wav", 120), ("loop_97.5_BPM_x.wav", 97.5), ("bpm140 break.wav", 140), ("KSHMR_174 bpm_Am.wav", 174),
     ("909.wav", None), ("bpm.wav", None), ("kick 5bpm.wav", None), ("9000bpm.wav", None)],
)  # fmt: skip
def test_a_name_tells_the_tempo(name: str, bpm: float | None) -> None:
    assert read_name("/a/" + name).tempo_bpm == bpm


@pytest.mark.parametrize(
    ("name", "key"),
    [("Bass_Am.wav", "Am"), ("pad C#min.wav", "C#m"), ("Lead_F#_major.wav", "F#"), ("x_Ebmin_y.wav", "Ebm"),
     ("keys Dbmaj 120bpm.wav", "C#"), ("vox (Gm).wav", "Gm"), ("piano_a_minor.wav", "Am"), ("Snare A.wav", None),
     ("Am I.wav", "Am"), ("Drum.wav", None), ("kick_b.wav", None), ("Madman.wav", None), ("Bm7.wav", "Bm")],
)  # fmt: skip
def test_a_name_tells_the_key_where_it_says_major_or_minor(name: str, key: str | None) -> None:
    assert read_name("C:\\samples\\" + name).key == key


@pytest.mark.parametrize(
    ("path", "loop"),
    [("/x/drum_loop_1.wav", True), ("/x/Amen Break.wav", True), ("/Loops/a.wav", True), ("/One Shots/a.wav", False),
     ("/Loops/Kick 1.wav", False), ("/x/snare.wav", False), ("/x/pad.wav", None), ("/x/Breakfast.wav", None),
     ("/x/kick loop.wav", True), ("/x/hats.wav", False)],
)  # fmt: skip
def test_a_name_or_its_folder_tells_loop_from_one_shot(path: str, loop: bool | None) -> None:
    assert read_name(path).loop is loop


def test_a_bare_number_is_a_tempo_only_where_the_length_agrees(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    y = np.tile(noise(0.5), 20)[: round(16 * 60 / 97 * SR)]
    assert facts(write(tmp_path / "a" / "loop_drone_g_97.wav", y)).tempo_bpm == 97
    assert facts(write(tmp_path / "a" / "drone 83.wav", y)).tempo_bpm != 83


def test_a_note_in_the_name_counts_where_the_sound_agrees(tmp_path: Path) -> None:
    assert facts(write(tmp_path / "Bass_A2.wav", tone(110))).key == "A"
    assert facts(write(tmp_path / "Bass_C2.wav", tone(110))).key is None


# ---- loudness ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sr", [44_100, 48_000, 96_000])
def test_loudness_is_that_of_bs_1770(sr: int) -> None:
    t = np.arange(3 * sr) / sr
    full = np.sin(2 * np.pi * 997 * t).astype(np.float32)
    assert integrated_lufs(full, sr) == pytest.approx(-3.01, abs=0.1)
    assert integrated_lufs(np.float32(0.1) * full, sr) == pytest.approx(-23.01, abs=0.1)
    gated = np.concatenate([full, np.zeros(6 * sr, np.float32)]).astype(np.float32)
    assert integrated_lufs(gated, sr) == pytest.approx(-3.01, abs=0.5)
    high = np.sin(2 * np.pi * 8_000 * t).astype(np.float32)
    assert integrated_lufs(high, sr) == pytest.approx(-3.01 + 3.3, abs=0.3)


def test_stereo_is_three_units_louder_than_one_channel_of_it(tmp_path: Path) -> None:
    y = 0.25 * np.sin(2 * np.pi * 997 * np.arange(2 * SR) / SR)
    one, two = heard(tmp_path, y), heard(tmp_path, np.stack([y, y], axis=1))
    assert one.loudness_is_lufs
    assert one.loudness_db == pytest.approx(-3.01 - 12.04, abs=0.1)
    assert two.loudness_db == pytest.approx(-12.04, abs=0.1)
    assert two.peak_db == pytest.approx(-12.04, abs=0.01)


def test_short_sounds_have_rms_and_silence_has_neither_loudness_nor_peak(tmp_path: Path) -> None:
    short = heard(tmp_path, 0.5 * np.sin(np.arange(4410) * 2 * np.pi / 100))
    assert not short.loudness_is_lufs
    assert short.loudness_db == pytest.approx(-9.03, abs=0.05)
    silent = heard(tmp_path, np.zeros(4410))
    assert (silent.loudness_db, silent.peak_db, silent.kind) == (None, None, None)


# ---- key ---------------------------------------------------------------------------------------------------------


def test_a_cadence_has_its_key_and_noise_has_none(tmp_path: Path) -> None:
    def chord(*notes: int) -> NDArray[np.float64]:
        t = np.arange(SR) / SR
        return sum(
            (np.sin(2 * np.pi * 440 * 2 ** ((n - 69) / 12) * t * k) / k for n in notes for k in (1, 2)), np.zeros(SR)
        )

    major = np.concatenate([chord(60, 64, 67), chord(65, 69, 72), chord(67, 71, 74), chord(60, 64, 67)]) / 6
    assert heard(tmp_path, major).key == "C"
    up = np.concatenate([chord(62, 65, 69), chord(67, 70, 74), chord(69, 73, 76), chord(62, 65, 69)]) / 6
    assert heard(tmp_path, up).key == "Dm"
    assert heard(tmp_path, np.random.default_rng(0).standard_normal(3 * SR) * 0.1).key is None


@needs_samples
@pytest.mark.samples
def test_real_drums_are_one_shots_and_named_basses_have_the_named_pitch_class() -> None:
    basses = [p for p in debian_files() if "/sonic-pi/" in p and p.endswith("_c.flac")]
    roots = [f.root_hz for p in basses if (f := analyse_in_process(p).facts).root_hz]
    assert len(roots) >= 4
    assert all(abs((69 + 12 * math.log2(hz / 440) + 6) % 12 - 6) < 0.5 for hz in roots)
    drums = [p for p in debian_files() if "/sonic-pi/samples/drum_" in p and "roll" not in p and "splash" not in p]
    kinds = [analyse_in_process(p).facts.kind for p in drums]
    assert Kind.LOOP not in kinds
    assert kinds.count(Kind.ONESHOT) >= 0.9 * len(kinds)
