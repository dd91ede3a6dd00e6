"""What analysis may cost: memory is bounded whatever the file, and long files cost no more than ten seconds do."""

from __future__ import annotations

import struct
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from analysis_sounds import disk_file, noise, pids_of, tone, write
from soundkin.analysis import PARAMS, ProcessAnalyser, analyse_in_process
from soundkin.analysis.vector import constants
from soundkin.model import Analysis, DiskFile

BOUND = 100 << 20
"""Resident bytes of a worker; docs/features.md states it."""


def huge_wav(path: Path, seconds: int, sr: int, channels: int) -> Path:
    """A WAV of which only the first second is written, the rest being a hole in the file."""
    size = seconds * sr * channels * 2
    head = b"RIFF" + struct.pack("<I", min(size + 36, 2**32 - 1)) + b"WAVEfmt "
    head += struct.pack("<IHHIIHH", 16, 1, channels, sr, sr * channels * 2, channels * 2, 16)
    head += b"data" + struct.pack("<I", min(size, 2**32 - 1))
    sound = (np.repeat(tone(220, 1.0, sr)[:, None], channels, axis=1) * 32_000).astype("<i2")
    with path.open("wb") as file:
        file.write(head + sound.tobytes())
        file.truncate(len(head) + size)
    return path


def worker_memory(pool: ProcessAnalyser) -> int:
    """Most resident bytes that any worker ever had (where the system tells), else has now."""
    found = []
    for pid in pids_of(pool):
        status = Path(f"/proc/{pid}/status")
        if status.exists():
            line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
            found.append(int(line.split()[1]) * 1024)
        else:
            found.append(psutil.Process(pid).memory_info().rss)
    return max(found)


@pytest.mark.skipif(sys.platform == "win32", reason="a sparse file needs a file system that has them")
def test_a_two_hour_wav_of_two_gigabytes_wide_and_fast_files_and_full_batches_stay_under_the_bound(
    tmp_path: Path,
) -> None:
    huge = huge_wav(tmp_path / "huge.wav", 7200, 18_000, 8)
    assert huge.stat().st_size > 2 * 10**9
    wide = write(tmp_path / "wide.wav", np.repeat(noise(20.0)[:, None], 32, axis=1))
    fast = write(tmp_path / "fast.wav", np.tile(noise(0.5, 192_000), 60), 192_000)
    loops = [write(tmp_path / f"{number}.wav", noise(2.0, seed=number)) for number in range(60)]
    pool = ProcessAnalyser(workers=1, time_limit_s=60)
    try:
        files = [disk_file(p) for p in (huge, wide, fast, *loops)]
        outcomes = [outcome for batch in pool.analyse(files) for outcome in batch]
        assert all(isinstance(outcome, Analysis) for outcome in outcomes), outcomes
        assert next(o for o in outcomes if o.path == str(huge)).facts.duration_s == 7200  # type: ignore[union-attr]
        assert worker_memory(pool) < BOUND
    finally:
        pool.close()


def best_of(count: int, path: Path) -> float:
    times = []
    for _ in range(count):
        began = time.process_time()
        analyse_in_process(str(path))
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.alone
def test_an_hour_costs_what_ten_seconds_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the content hash has a bound of its own, in bytes; here the sound is meant
    monkeypatch.setattr("soundkin.analysis.pipeline.content_hash", lambda path, size: b"")
    y = np.tile(noise(0.5), 24)
    ten = write(tmp_path / "ten.wav", y[: 10 * 44_100])
    hour = huge_wav(tmp_path / "hour.wav", 3600, 44_100, 1)
    with hour.open("r+b") as file:
        file.seek(44)
        file.write((y * 32_000).astype("<i2").tobytes())
    assert best_of(5, hour) < 2 * best_of(5, ten)


def test_a_scan_sends_files_in_chunks_bounded_by_bytes(tmp_path: Path) -> None:
    taken = []
    path = write(tmp_path / "a.wav", np.zeros(3_000_000), 44_100)  # 6 MB

    def files() -> object:
        for _ in range(100):
            taken.append(1)
            yield disk_file(path)

    pool = ProcessAnalyser(workers=1, time_limit_s=60)
    try:
        run = pool.analyse(files())  # type: ignore[arg-type]
        next(run)
        assert len(taken) <= 4
        run.close()  # type: ignore[attr-defined]
    finally:
        pool.close()


def test_the_vector_is_made_of_contiguous_aspects_and_weighs_by_constants_that_ship_with_it() -> None:
    assert PARAMS.num_dimensions <= 64
    assert [a.start for a in PARAMS.aspects] == [0, *(a.stop for a in PARAMS.aspects[:-1])]
    assert PARAMS.aspects[-1].stop == PARAMS.num_dimensions
    table = constants()
    assert all(np.isfinite(part).all() for part in (table.mean, table.scale, table.turn))
    for aspect in PARAMS.aspects:
        rows = np.flatnonzero(np.abs(table.turn[:, aspect.start : aspect.stop]).sum(axis=1))
        others = np.delete(table.turn[rows], np.s_[aspect.start : aspect.stop], axis=1)
        assert not others.any(), f"{aspect.name} leaks into other aspects"


def test_a_file_that_changes_while_it_is_read_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from soundkin.analysis import decode, pipeline
    from soundkin.errors import AnalysisError

    path = write(tmp_path / "a.wav", tone())
    real = decode.decode

    def growing(*arguments: object) -> object:
        with path.open("ab") as file:
            file.write(b"more")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "decode", growing)
    with pytest.raises(AnalysisError, match="changed while it was read"):
        analyse_in_process(str(path))
    assert isinstance(disk_file(path), DiskFile)
