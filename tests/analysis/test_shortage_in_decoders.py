"""Memory that runs out while a file is decoded is no verdict on the file, whichever decoder met it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

import odd_files as odd
from soundkin.analysis import analyse_in_process
from soundkin.analysis.decoders import sndfile
from soundkin.analysis.jobs import failure_of
from soundkin.errors import is_verdict

CASES = Path(__file__).parents[1] / "cases"


def failure(path: Path) -> str:
    """The code of what a file ends in."""
    with pytest.raises((MemoryError, OSError)) as caught:
        analyse_in_process(str(path))
    assert isinstance(caught.value, Exception)
    return failure_of(caught.value).code


@pytest.mark.parametrize("after", [0, 1, 3])
def test_memory_that_libsndfile_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(odd.encoded(odd.melody(2.0), 44_100, "WAV", "PCM_U8"))  # plain 16 bits need no libsndfile
    number = next(n for n in range(100) if "malloc" in sndfile._reason(soundfile.LibsndfileError(n)))
    real: Callable[..., Any] = soundfile.SoundFile.read
    calls = [0]

    def read(*args: Any, **options: Any) -> Any:
        calls[0] += 1
        if calls[0] > after:
            raise soundfile.LibsndfileError(number)
        return real(*args, **{**options, "frames": 100} if not args[1:] else options)

    monkeypatch.setattr(soundfile.SoundFile, "read", read)
    if after:
        path.write_bytes(odd.without_count(odd.mp3(odd.melody(6.0), 44_100)))  # read step by step
    assert failure(path) == "memory"


def test_memory_that_libsndfile_lacks_when_it_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(odd.encoded(odd.melody(0.2), 44_100, "WAV", "PCM_U8"))

    def opened(*_: object, **__: object) -> None:
        raise soundfile.LibsndfileError(17)

    monkeypatch.setattr(soundfile.SoundFile, "__init__", opened)
    assert failure(path) == "memory"


@pytest.mark.parametrize(
    ("error", "code"),
    [(MemoryError(), "memory"), (OSError(errno.ENOMEM, "x"), "memory"), (OSError(5, "x"), "unreadable")],
)
@pytest.mark.parametrize("at_once", [True, False], ids=["read as a whole", "read in pieces"])
def test_memory_that_is_lacking_for_bytes_of_the_file_is_not_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str, at_once: bool
) -> None:
    if not at_once:
        monkeypatch.setattr("soundkin.analysis.containers.data.WHOLE_BYTES", 0)
    path = tmp_path / "a.mp3"
    path.write_bytes(odd.without_count(odd.mp3(odd.melody(4.0), 44_100)))
    real = os.read
    seen = [0]

    def read(fd: int, count: int) -> bytes:
        seen[0] += 1
        if at_once or seen[0] > 2:
            raise error
        return real(fd, count)

    monkeypatch.setattr(os, "read", read)
    assert failure(path) == code


@pytest.mark.parametrize("call", ["open", "decode", "count"])
def test_memory_that_ffmpeg_lacks(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    av = pytest.importorskip("av", reason="needs the extra soundkin[codecs]")
    from soundkin.analysis.decoders import ffmpeg

    lack = next(kind for kind in (getattr(av.error, "MemoryError", None), av.error.FFmpegError) if kind)
    error = lack(errno.ENOMEM, "Cannot allocate memory")
    if call == "open":
        monkeypatch.setattr(av, "open", _raising(error))
    elif call == "decode":
        monkeypatch.setattr(ffmpeg, "_samples", _raising(error))
    else:
        monkeypatch.setattr(ffmpeg.FfmpegSource, "_said_frames", lambda _: 0)
        real = av.open

        def opened(*args: Any, **options: Any) -> Any:
            monkeypatch.setattr(av, "open", _raising(error))  # the second time is for counting
            return real(*args, **options)

        monkeypatch.setattr(av, "open", opened)
    assert failure(CASES / "endings" / "m4a_aac.m4a") == "memory"


def _raising(error: Exception) -> Callable[..., Any]:
    def call(*_: object, **__: object) -> None:
        raise error

    return call


@pytest.mark.parametrize("code", ["memory", "unreadable"])
def test_neither_is_final(code: str) -> None:
    assert not is_verdict(code)
