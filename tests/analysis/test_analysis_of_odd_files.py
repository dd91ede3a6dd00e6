"""Files at the edges: every one gets a finite vector or a failure with a name."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analysis_sounds import debian_files, needs_samples, noise, tone, write
from soundkin.analysis import PARAMS, analyse_in_process, similarity
from soundkin.errors import DecodeError, TooShortError
from soundkin.model import Analysis


def analyse(path: Path) -> Analysis:
    analysis = analyse_in_process(str(path))
    assert analysis.vector.shape == (PARAMS.num_dimensions,)
    assert analysis.vector.dtype == np.float32
    assert np.isfinite(analysis.vector).all()
    return analysis


ODD = {
    "one sample": np.array([0.5]),
    "three samples": np.array([0.1, -0.5, 0.2]),
    "silence": np.zeros(10_000),
    "a constant": np.full(10_000, 0.25),
    "a full-scale square wave": np.sign(np.sin(np.arange(20_000) * 0.05)),
    "one click": np.eye(1, 20_000, 9_000)[0],
    "very quiet": 1e-5 * np.sin(np.arange(20_000) * 0.1),
    "barely above silence": 2e-38 * np.sin(np.arange(20_000) * 0.1),
    "monstrously loud": 1e30 * np.sin(np.arange(20_000) * 0.1),
    "not numbers": np.where(np.arange(20_000) % 7 == 0, np.nan, np.sin(np.arange(20_000) * 0.1)),
    "infinite": np.where(np.arange(20_000) % 7 == 0, -np.inf, np.sin(np.arange(20_000) * 0.1)),
    "ten minutes": np.tile(np.sin(np.arange(800) * 0.1), 6_000),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_gets_a_finite_vector(name: str, tmp_path: Path) -> None:
    sr = 8_000 if name == "ten minutes" else 44_100
    path = write(tmp_path / "odd.wav", ODD[name].astype(np.float32), sr, subtype="FLOAT")
    analysis = analyse(path)
    assert analysis.facts.duration_s == pytest.approx(ODD[name].size / sr)


@pytest.mark.parametrize("sr", [1_000, 8_000, 11_025, 22_050, 44_100, 96_000, 192_000, 768_000])
def test_any_sample_rate_is_analysed(sr: int, tmp_path: Path) -> None:
    analysis = analyse(write(tmp_path / "a.wav", tone(100, 0.3, sr), sr))
    assert analysis.facts.sample_rate == sr


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8, 32])
def test_any_number_of_channels_is_mixed_down(channels: int, tmp_path: Path) -> None:
    y = tone()
    one = analyse(write(tmp_path / "1.wav", y))
    many = analyse(write(tmp_path / "n.wav", np.repeat(y[:, None], channels, axis=1)))
    assert many.facts.channels == channels
    assert np.linalg.norm(one.vector - many.vector) < 1e-3


def test_channels_of_opposite_sign_are_still_heard(tmp_path: Path) -> None:
    y = tone()
    mono = analyse(write(tmp_path / "1.wav", y))
    opposed = analyse(write(tmp_path / "2.wav", np.stack([y, -y], axis=1)))
    assert np.linalg.norm(mono.vector - opposed.vector) < 0.05


@pytest.mark.parametrize(
    ("name", "subtype", "bits"),
    [("a.wav", "PCM_U8", 8), ("a.wav", "PCM_16", 16), ("a.wav", "PCM_24", 24), ("a.wav", "PCM_32", 32),
     ("a.wav", "FLOAT", 32), ("a.wav", "DOUBLE", 64), ("a.wav", "ULAW", None), ("a.aiff", "PCM_16", 16),
     ("a.aiff", "PCM_S8", 8), ("a.flac", "PCM_24", 24), ("a.ogg", "VORBIS", None), ("a.mp3", "MPEG_LAYER_III", None)],
)  # fmt: skip
def test_a_container_and_its_depth_are_told(name: str, subtype: str, bits: int | None, tmp_path: Path) -> None:
    facts = analyse(write(tmp_path / name, tone(), subtype=subtype)).facts
    assert facts.bit_depth == bits
    assert facts.duration_s == pytest.approx(0.5, abs=0.06)


def test_extensible_wav_and_opus_are_read(tmp_path: Path) -> None:
    assert analyse(write(tmp_path / "x.wav", tone(), container="WAVEX")).facts.bit_depth == 16
    assert analyse(write(tmp_path / "x.opus", tone(sr=48_000), 48_000, container="OGG", subtype="OPUS"))


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    y = tone()
    plain = analyse(write(tmp_path / "a.wav", y))
    for name in ("b.OGG", "c.mp3", "d.raw", "e.vox", "f"):
        path = tmp_path / name
        path.write_bytes((tmp_path / "a.wav").read_bytes())
        assert np.array_equal(analyse(path).vector, plain.vector)


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.vox", "a.gsm", "a.raw", "a.ogg"])
def test_text_is_not_audio_whatever_its_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("This is not a sound. " * 500)
    with pytest.raises(DecodeError, match="not audio"):
        analyse(tmp_path / name)


def test_no_frames_is_too_short_and_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(TooShortError):
        analyse(write(tmp_path / "a.wav", np.zeros(0)))
    with pytest.raises(TooShortError):
        analyse_in_process(str(write(tmp_path / "b.wav", tone())), 3.0, 4.0)
    (tmp_path / "c.wav").touch()
    with pytest.raises(DecodeError):
        analyse(tmp_path / "c.wav")


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff"])
def test_a_truncated_file_is_analysed_or_a_named_failure(name: str, share: float, tmp_path: Path) -> None:
    data = write(tmp_path / name, noise(1.0)).read_bytes()
    (tmp_path / name).write_bytes(data[: int(len(data) * share)])
    with contextlib.suppress(DecodeError, TooShortError):
        analyse(tmp_path / name)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are not text")
def test_a_name_that_is_not_text_is_opened_all_the_same(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\xfe kick.wav"
    with open(name, "wb") as file:
        soundfile.write(file, tone(), 44_100, format="WAV")
    assert analyse_in_process(os.fsdecode(name)).path == os.fsdecode(name)


def test_a_named_pipe_or_a_folder_is_refused_at_once(tmp_path: Path) -> None:
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.wav")
        with pytest.raises(DecodeError, match="regular"):
            analyse(tmp_path / "pipe.wav")
    with pytest.raises((DecodeError, OSError)):
        analyse(tmp_path)


def test_leading_silence_of_a_minute_does_not_hide_the_sound(tmp_path: Path) -> None:
    y = tone()
    late = analyse(write(tmp_path / "late.wav", np.concatenate([np.zeros(60 * 44_100, np.float32), y])))
    assert np.linalg.norm(late.vector - analyse(write(tmp_path / "a.wav", y)).vector) < 0.5


def test_a_part_of_a_file_is_analysed_as_if_it_were_alone(tmp_path: Path) -> None:
    a, b = tone(), noise(0.5)
    both = write(tmp_path / "both.wav", np.concatenate([a, b]))
    part = analyse_in_process(str(both), 0.5, 1.0)
    assert part.facts.duration_s == pytest.approx(0.5)
    assert np.allclose(part.vector, analyse(write(tmp_path / "b.wav", b)).vector, atol=1e-5)


def test_similarity_is_one_at_zero_and_falls_steadily_towards_zero() -> None:
    values = [similarity(distance / 10) for distance in range(500)]
    assert values[0] == 1
    assert all(a > b for a, b in itertools.pairwise(values))
    assert 0 < values[-1] < 0.1


@needs_samples
@pytest.mark.samples
def test_of_the_debian_samples_none_fails_and_none_is_called_cut_off() -> None:
    every_eleventh = debian_files()[::11]
    wrapped = [path for path in debian_files() if path.endswith(".ogg") and Path(path).read_bytes()[20:22] == b"Og"]
    assert len(wrapped) == 5
    for path in {*every_eleventh, *wrapped}:
        assert analyse_in_process(path).facts.cut_off is None, path
