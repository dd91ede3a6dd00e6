"""Sounds that libsndfile lacks, against the ffmpeg program as an independent decoder; and containers that mean harm."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
import soundfile

import odd_files as odd
from analysis_sounds import disk_file
from hearing import hear, likeness, mono
from soundkin.analysis import ProcessAnalyser
from soundkin.errors import DecodeError, TooShortError
from soundkin.model import Analysis

pytest.importorskip("av", reason="needs the extra soundkin[codecs]")

FFMPEG = shutil.which("ffmpeg") or ""
needs_ffmpeg = pytest.mark.skipif(not FFMPEG, reason="needs the ffmpeg program to make files and to compare with")
ENCODERS = {
    "m4a": ("-c:a", "aac", "-b:a", "160k"),
    "alac.m4a": ("-c:a", "alac"),
    "aac": ("-c:a", "aac", "-f", "adts"),
    "wma": ("-c:a", "wmav2", "-b:a", "160k"),
    "wv": ("-c:a", "wavpack"),
    "tta": ("-c:a", "tta"),
    "webm": ("-c:a", "libopus"),
    "mka": ("-c:a", "libvorbis"),
    "ac3": ("-c:a", "ac3"),
    "caf": ("-c:a", "alac"),
    "wma.wav": ("-c:a", "wmav2", "-f", "wav"),
    "spx": ("-c:a", "libspeex", "-ar", "32000"),
}
LOSSLESS = {"alac.m4a", "wv", "tta", "caf"}


def made(folder: Path, ending: str, y: np.ndarray, sr: int, *more: str) -> Path:
    """A file of the sound in a codec, made by ffmpeg."""
    source, target = folder / "source.wav", folder / f"made.{ending}"
    soundfile.write(str(source), y, sr, subtype="PCM_16")
    words = [FFMPEG, "-v", "error", "-y", "-i", str(source), *ENCODERS[ending], *more, str(target)]
    if subprocess.run(words, check=False, timeout=60).returncode:
        pytest.skip(f"this ffmpeg has no encoder for {ending}")
    return target


def decoded_by_ffmpeg(path: Path, sr: int, channels: int) -> np.ndarray:
    """The same file as the program hears it, mixed to mono by us."""
    words = [FFMPEG, "-v", "error", "-i", str(path), "-map", "0:a:0", "-f", "f32le", "-ar", str(sr), "-"]
    found = subprocess.run(words, capture_output=True, check=True, timeout=60).stdout
    return mono(np.frombuffer(found, "<f4").reshape(-1, channels))


@needs_ffmpeg
@pytest.mark.peer
@pytest.mark.parametrize("ending", ENCODERS)
@pytest.mark.parametrize(("sr", "channels", "seconds"), [(44_100, 1, 0.6), (48_000, 2, 3.3)])
def test_what_is_heard_is_what_the_ffmpeg_program_hears(
    ending: str, sr: int, channels: int, seconds: float, tmp_path: Path
) -> None:
    y = odd.melody(seconds, sr, channels)
    path = made(tmp_path, ending, y, sr)
    sound = hear(path)
    theirs = decoded_by_ffmpeg(path, sound.sr, sound.channels)
    assert sound.cut_off is None
    assert abs(sound.y.size - theirs.size) <= 2048
    assert likeness(sound.y, theirs[: sound.y.size], 16) > 0.995
    assert sound.duration_s == pytest.approx(sound.y.size / sound.sr, abs=1e-6)
    assert abs(sound.duration_s - seconds) < 0.07
    if ending in LOSSLESS:
        assert sound.y.size == len(y)
        assert np.abs(sound.y - mono(y)).max() < 2e-4
        assert sound.bit_depth == 16


@needs_ffmpeg
@pytest.mark.peer
@pytest.mark.parametrize("ending", ["m4a", "aac", "wma", "wv", "webm", "ac3"])
def test_of_a_long_file_ten_seconds_are_read_and_its_length_is_known(ending: str, tmp_path: Path) -> None:
    path = made(tmp_path, ending, odd.melody(31.7, 22_050), 22_050, "-ar", "48000")
    sound = hear(path)
    assert sound.y.size == 10 * sound.sr
    assert sound.duration_s == pytest.approx(31.7, abs=0.12)
    part = hear(path, 20.0, 21.5)
    assert part.duration_s == pytest.approx(1.5)
    assert likeness(part.y, decoded_by_ffmpeg(path, 48_000, 1)[20 * 48_000 :][: part.y.size], 3000) > 0.99


@needs_ffmpeg
@pytest.mark.peer
def test_of_a_video_its_sound_is_heard(tmp_path: Path) -> None:
    y = odd.melody(2.0)
    source = tmp_path / "source.wav"
    soundfile.write(str(source), y, 44_100)
    picture = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=2"]
    for ending, codecs in (("mp4", ["-c:v", "mpeg4"]), ("mkv", ["-c:v", "mpeg4"]), ("mov", ["-c:v", "mjpeg"])):
        target = tmp_path / f"film.{ending}"
        words = [FFMPEG, "-v", "error", *picture, "-i", str(source), *codecs, "-c:a", "aac", "-shortest", str(target)]
        subprocess.run(words, check=True, timeout=60)
        sound = hear(target)
        assert abs(sound.duration_s - 2.0) < 0.05
        assert likeness(sound.y, y) > 0.95
        silent = tmp_path / f"silent.{ending}"
        subprocess.run([FFMPEG, "-v", "error", "-i", str(target), "-an", "-c", "copy", str(silent)], check=True)
        with pytest.raises(DecodeError, match="no sound in it"):
            hear(silent)


@needs_ffmpeg
@pytest.mark.peer
@pytest.mark.parametrize("ending", ["aac", "wma", "wv", "webm", "ac3"])
def test_a_file_that_is_cut_off_is_heard_up_to_there(ending: str, tmp_path: Path) -> None:
    y = odd.melody(4.0, 48_000)
    path = made(tmp_path, ending, y, 48_000)
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * 0.6)])
    sound = hear(path)
    assert 1.9 < sound.duration_s < 2.8
    assert likeness(sound.y, mono(y)[: sound.y.size]) > 0.97


# ---- containers that mean harm ---------------------------------------------------------------------------------------


class Trap(HTTPServer):
    """Notes that somebody asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), BaseHTTPRequestHandler)
        self.asked = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def verify_request(self, request: object, client_address: object) -> bool:
        self.asked.set()
        return False


PLAYLISTS = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile 'http://127.0.0.1:{port}/a.wav'\n",
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
    "[playlist]\nFile1=http://127.0.0.1:{port}/a.wav\nNumberOfEntries=1\n",
)


@pytest.mark.parametrize("text", PLAYLISTS)
@pytest.mark.parametrize("ending", ["m4a", "webm", "wma", "wav"])
def test_a_file_that_names_others_opens_none_of_them(text: str, ending: str, tmp_path: Path) -> None:
    trap = Trap()
    try:
        path = tmp_path / f"list.{ending}"
        path.write_text(text.format(port=trap.server_port))
        with pytest.raises((DecodeError, TooShortError)):
            hear(path)
        assert not trap.asked.is_set()
    finally:
        trap.shutdown()
        trap.server_close()


@needs_ffmpeg
@pytest.mark.peer
@pytest.mark.skipif(sys.platform == "win32", reason="the size of a process is asked of /proc")
def test_damaged_containers_cost_only_themselves(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    y = odd.melody(1.0, 48_000)
    files = []
    for ending in ("m4a", "wma", "wv", "webm", "tta", "aac", "caf"):
        whole = made(tmp_path, ending, y, 48_000).read_bytes()
        for number in range(24):
            torn = bytearray(whole)
            for place in rng.integers(min(len(torn), 2000 if number % 2 else len(torn)), size=1 + number % 9):
                torn[place] = int(rng.integers(256))
            path = tmp_path / f"torn {number}.{ending}"
            path.write_bytes(torn[: len(torn) - 700 * (number % 3)])
            files.append(disk_file(path))
    last = tmp_path / "whole.wav"
    soundfile.write(str(last), y, 48_000)
    pool = ProcessAnalyser(workers=1, time_limit_s=20)
    try:
        outcomes = {o.path: o for batch in pool.analyse([*files, disk_file(last)]) for o in batch}
    finally:
        pool.close()
    assert len(outcomes) == len(files) + 1
    assert isinstance(outcomes[str(last)], Analysis)
    assert sum(isinstance(o, Analysis) for o in outcomes.values()) > len(files) / 4
