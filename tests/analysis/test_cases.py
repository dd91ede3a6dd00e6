"""Files that went wrong once, each with its right length and sound. They stand for kinds; others make more of each."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from hearing import hear, likeness
from soundkin.analysis import analyse_in_process
from soundkin.model import Kind

CASES = Path(__file__).parents[1] / "cases"
REFERENCE, _ = soundfile.read(str(CASES / "decode" / "00_ref.wav"), dtype="float32")

HALF_A_SECOND = [
    ("decode/00_ref.wav", 0.5),
    ("decode/aifc_42ni.aif", 0.5),
    ("decode/flac_ogg_by_flac.oga", 0.5),
    ("decode/flac_piped_unknown_length.flac", 0.5),
    ("decode/flac_total_too_big.flac", 0.5),
    ("decode/mp3_leading_zeros.mp3", 0.55),
    ("decode/mp3_truncated_first_frame.mp3", 0.55),
    ("decode/mp3_vbr0_noxing.mp3", 0.55),
    ("decode/wav_bw64.wav", 0.5),
    ("decode/wav_data_size_0.wav", 0.5),
    ("decode/wavcodec_mp2.wav", 0.52),
    ("decode/wavcodec_ogg_674f.wav", 0.5),
    ("endings/avr.avr", 0.5),
    ("endings/ircam.sf", 0.5),
    ("endings/mp2_ref.mp2", 0.52),
    ("endings/nist.sph", 0.5),
    ("endings/paf.paf", 0.5),
    ("endings/svx_8.iff", 0.5),
    ("endings/voc_sf.voc", 0.5),
    ("endings/wavex_amb_bformat.amb", 0.5),
]
BY_FFMPEG = [
    ("decode/apple_loop_aac.caf", 0.5, 0.98),
    ("endings/m4a_aac.m4a", 0.5, 0.98),
    ("endings/webm_opus.webm", 0.5, 0.98),
    ("endings/wma_ref.wma", 0.464, 0.95),
    ("endings/wv_ref.wv", 0.5, 0.999),
]


@pytest.mark.parametrize(("name", "seconds"), HALF_A_SECOND)
def test_the_half_second_is_heard_whole(name: str, seconds: float) -> None:
    sound = hear(CASES / name)
    assert sound.duration_s == pytest.approx(seconds, abs=0.006)
    assert likeness(sound.y, REFERENCE) > 0.98
    assert sound.cut_off is None


@pytest.mark.parametrize(("name", "seconds", "like"), BY_FFMPEG)
def test_what_libsndfile_lacks_is_heard_through_ffmpeg(name: str, seconds: float, like: float) -> None:
    pytest.importorskip("av", reason="needs the extra soundkin[codecs]")
    sound = hear(CASES / name)
    assert sound.duration_s == pytest.approx(seconds, abs=0.002)
    positions = np.arange(round(0.5 * sound.sr)) * 44_100 / sound.sr
    assert likeness(sound.y, np.interp(positions, np.arange(REFERENCE.size), REFERENCE)) > like
    assert sound.cut_off is None


@pytest.mark.parametrize(("name", "seconds"), [("hit_abr_t.mp3", 1.045), ("noise_then_sine_V4_piped.mp3", 8.046)])
def test_an_mp3_that_an_encoder_wrote_to_a_pipe_is_heard_to_its_end(name: str, seconds: float) -> None:
    sound = hear(CASES / "decode" / name)
    assert sound.duration_s == pytest.approx(seconds, abs=0.001)
    assert sound.y.size == round(sound.duration_s * sound.sr)
    assert np.abs(sound.y[-sound.y.size // 4 : -2000]).max() > 0.001
    assert sound.cut_off is None


def test_noise_is_followed_by_its_sine() -> None:
    sound = hear(CASES / "decode" / "noise_then_sine_V4_piped.mp3")
    early, late = (np.abs(np.fft.rfft(sound.y[at * sound.sr :][: sound.sr])) ** 2 for at in (0, 6))
    assert np.sort(late)[-5:].sum() > 0.9 * late.sum()
    assert np.sort(early)[-5:].sum() < 0.1 * early.sum()


@pytest.mark.parametrize(
    ("name", "seconds", "says"),
    [("flac_truncated_mid_frame.flac", 0.279, "0.28 s of 0.50 s"), ("ogg_truncated.ogg", 0.225, "0.22 s")],
)
def test_a_file_that_is_cut_off_is_heard_up_to_there_and_says_so(name: str, seconds: float, says: str) -> None:
    facts = analyse_in_process(str(CASES / "decode" / name)).facts
    assert facts.duration_s == pytest.approx(seconds, abs=0.001)
    assert facts.cut_off is not None
    assert says in facts.cut_off
    sound = hear(CASES / "decode" / name)
    assert likeness(sound.y, REFERENCE[: sound.y.size]) > 0.98


def test_a_core_audio_file_of_unknown_size_is_heard_to_its_end() -> None:
    sound = hear(CASES / "decode" / "pcm_data_size_minus1.caf")
    assert sound.duration_s == pytest.approx(2.0)
    assert sound.cut_off is None


FACTS = [
    ("B acid 120 beats 16 does not fit length.wav", Kind.LOOP, 174.0),
    ("V tag bpm.flac", Kind.LOOP, 174.0),
    ("W tag tbpm.mp3", Kind.LOOP, 174.0),
    ("Z2 apple one-shot with 2 beats.aif", Kind.ONESHOT, None),
    ("ZB acid behind odd unpadded chunk.wav", Kind.LOOP, 174.0),
]


@pytest.mark.parametrize(("name", "kind", "tempo"), FACTS)
def test_what_is_said_about_a_sound_is_believed_where_it_can_be(name: str, kind: Kind, tempo: float | None) -> None:
    facts = analyse_in_process(str(CASES / "facts" / name)).facts
    assert facts.kind is kind
    assert facts.tempo_bpm == (None if tempo is None else pytest.approx(tempo, abs=0.5))


def test_every_case_is_asked_about() -> None:
    asked = {name for name, *_ in (*HALF_A_SECOND, *BY_FFMPEG)} | {
        f"decode/{name}"
        for name in (
            "hit_abr_t.mp3", "noise_then_sine_V4_piped.mp3", "flac_truncated_mid_frame.flac", "ogg_truncated.ogg",
            "pcm_data_size_minus1.caf",
        )
    }  # fmt: skip
    assert set(os.listdir(CASES / "facts")) == {name for name, *_ in FACTS}
    there = {f"{folder}/{name}" for folder in ("decode", "endings") for name in os.listdir(CASES / folder)}
    assert there == asked
