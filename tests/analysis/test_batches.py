"""Files measured together get the numbers that each gets alone, and what goes wrong with one is its own affair."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest
import soundfile

from soundkin.analysis import pipeline
from soundkin.analysis.containers import FileData
from soundkin.analysis.decode import decode
from soundkin.analysis.jobs import Failure, Job
from soundkin.analysis.pcm import read_pcm
from soundkin.model import Analysis

RATES = (44_100, 48_000, 22_050, 96_000, 8_000)


def sounds(folder: Path, count: int) -> list[Path]:
    """Files of every length from three samples to eleven seconds, of five rates: hits, tones, noise, silence."""
    dice = np.random.default_rng(5)
    paths = []
    for number in range(count):
        sr = RATES[number % len(RATES)]
        size = int(3 * (11 * sr / 3) ** dice.random())
        t = np.arange(size) / sr
        y = [
            np.sin(2 * np.pi * dice.uniform(30, 2000) * t) * np.exp(-dice.uniform(1, 60) * t),
            dice.standard_normal(size) * np.exp(-dice.uniform(1, 60) * t) / 4,
            np.sign(np.sin(2 * np.pi * 2 * t)) * dice.standard_normal(size) / 5,
            np.zeros(size),
        ][number % 4 if number % 16 == 3 or number % 4 != 3 else 0]
        channels = np.stack([y, y * dice.random()], axis=1) if number % 3 else y
        path = folder / f"{number:03}.wav"
        soundfile.write(str(path), channels, sr, subtype=("PCM_16", "PCM_24", "FLOAT", "PCM_U8")[number % 4])
        paths.append(path)
    return paths


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> list[pipeline.Heard]:
    return [pipeline.hear(str(path)) for path in sounds(tmp_path_factory.mktemp("sounds"), 130)]


def as_bytes(analysis: Analysis) -> tuple[bytes, str]:
    return analysis.vector.tobytes(), repr(analysis.facts)


@pytest.mark.parametrize("size", [7, 16, 64])
def test_a_vector_does_not_depend_on_its_neighbours_in_the_batch(heard: list[pipeline.Heard], size: int) -> None:
    alone = {file.path: as_bytes(pipeline.measure([file])[0]) for file in heard}
    for seed in range(3):
        mixed = random.Random(seed).sample(heard, len(heard))
        for at in range(0, len(mixed), size):
            for analysis in pipeline.measure(mixed[at : at + size]):
                assert as_bytes(analysis) == alone[analysis.path], analysis.path


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("form", ["WAV", "WAVEX"])
def test_samples_straight_from_the_file_are_those_of_libsndfile(
    tmp_path: Path, subtype: str, channels: int, form: str
) -> None:
    dice = np.random.default_rng(7)
    y = dice.uniform(-1, 1, (9_001, channels))
    y[5], y[6] = -1, 1
    path = tmp_path / "a.wav"
    soundfile.write(str(path), y, 44_100, subtype=subtype, format=form)
    with path.open("rb") as file:
        data = FileData(file.fileno(), whole=True)
        pcm = read_pcm(data)
        assert pcm is not None
        straight, by_libsndfile = decode(file.fileno(), str(path), data=data), decode(file.fileno(), str(path))
    assert straight.y.tobytes() == by_libsndfile.y.tobytes()
    for name in ("sr", "channels", "bit_depth", "duration_s", "start_s", "cut_off"):
        assert getattr(straight, name) == getattr(by_libsndfile, name)
    assert straight.peak == by_libsndfile.peak
    assert straight.gain == pytest.approx(by_libsndfile.gain, rel=1e-5)


def test_of_a_long_sound_ten_seconds_are_taken_straight_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(str(path), np.random.default_rng(1).uniform(-1, 1, 12 * 8_000), 8_000)
    with path.open("rb") as file:
        sound = decode(file.fileno(), str(path), data=FileData(file.fileno(), whole=True))
    assert (sound.y.size, sound.duration_s) == (80_000, 12.0)


def changed(path: Path, at: int, content: bytes) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:at] + content + data[at + len(content) :])


@pytest.mark.parametrize(
    ("at", "content"),
    [
        (0, b"RIFX"),
        (20, b"\x02\0"),  # ADPCM
        (22, b"\0\0"),  # no channels
        (22, b"\3\0"),
        (32, b"\x06\0"),  # a frame of six bytes
        (34, b"\x0c\0"),  # twelve bits
        (40, b"\xff\xff\0\0"),  # more promised than there is
        (40, b"\0\0\0\0"),
        (16, b"\x0e\0\0\0"),  # a format chunk of fourteen bytes
    ],
)
def test_what_is_not_written_by_the_book_is_left_to_the_decoders(tmp_path: Path, at: int, content: bytes) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(str(path), np.random.default_rng(1).uniform(-1, 1, (500, 2)), 44_100)
    changed(path, at, content)
    with path.open("rb") as file:
        assert read_pcm(FileData(file.fileno(), whole=True)) is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2e6])
def test_floats_that_are_no_levels_are_left_to_the_decoders_and_cut(tmp_path: Path, value: float) -> None:
    y = np.random.default_rng(1).uniform(-1, 1, 5_000).astype(np.float32)
    y[100] = value
    path = tmp_path / "a.wav"
    soundfile.write(str(path), y, 44_100, subtype="FLOAT")
    with path.open("rb") as file:
        sound = decode(file.fileno(), str(path), data=FileData(file.fileno(), whole=True))
    assert np.isfinite(sound.y).all()
    assert sound.peak <= 1e6


def test_channels_that_cancel_each_other_out_are_left_to_the_decoders(tmp_path: Path) -> None:
    y = np.random.default_rng(1).uniform(-1, 1, 5_000)
    path = tmp_path / "a.wav"
    soundfile.write(str(path), np.stack([y, -y], axis=1), 44_100)
    with path.open("rb") as file:
        sound = decode(file.fileno(), str(path), data=FileData(file.fileno(), whole=True))
    assert np.abs(sound.y).max() > 0.9


def results(jobs: list[Job], clock: list[float] | None = None) -> tuple[list[list[str]], list[int]]:
    """For each list of results the names or failure codes in it, and which places were read."""
    read: list[int] = []
    ticking = iter(clock or [])
    lists = [
        [each.code if isinstance(each, Failure) else os.path.basename(each.path) for each in batch]
        for batch in pipeline.in_batches(jobs, read.append, lambda: next(ticking, 0.0))
    ]
    return lists, read


def test_results_keep_the_order_of_the_jobs_and_a_bad_file_its_place(tmp_path: Path) -> None:
    paths = sounds(tmp_path, 4)
    paths[2].write_bytes(b"not audio")
    jobs = [Job(str(path), None) for path in (*paths, tmp_path / "none.wav")]
    lists, read = results(jobs)
    assert lists == [["000.wav", "001.wav", "decode", "003.wav", "unreadable"]]
    assert read == [0, 1, 2, 3, 4]


def test_after_64_files_or_a_fifth_of_a_second_a_batch_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(str(path), np.random.default_rng(1).uniform(-1, 1, 2_000), 44_100)
    short = [Job(str(path), None)]
    assert [len(batch) for batch in results(short * 130)[0]] == [64, 64, 2]
    lists, read = results(short * 3, [0.0, 0.1, 0.21, 0.3, 0.3])
    assert [len(batch) for batch in lists] == [2, 1]
    assert read == [0, 1, 0]


def test_many_samples_are_not_measured_together(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(str(path), np.random.default_rng(1).uniform(-1, 1, 10 * 44_100), 44_100)
    assert [len(batch) for batch in results([Job(str(path), None)] * 7)[0]] == [5, 2]


def test_a_batch_that_cannot_be_measured_costs_one_file_and_not_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pipeline.measure

    def measure(files: list[pipeline.Heard]) -> list[Analysis]:
        if any(file.path.endswith("001.wav") for file in files):
            raise ValueError("a number too odd")
        return real(files)

    monkeypatch.setattr(pipeline, "measure", measure)
    assert results([Job(str(path), None) for path in sounds(tmp_path, 3)])[0] == [["000.wav", "analysis", "002.wav"]]
