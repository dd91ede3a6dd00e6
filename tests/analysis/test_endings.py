"""The list of endings against what libsndfile reads, and against the page that shows it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

import odd_files as odd
from codecs_extra import with_codecs
from hearing import hear, likeness
from soundkin import formats

TOP = Path(__file__).parents[2]
ENDINGS_OF = {
    "AIFF": ".aif .aiff .aifc",
    "AU": ".au .snd",
    "AVR": ".avr",
    "CAF": ".caf",
    "FLAC": ".flac",
    "HTK": ".htk",
    "SVX": ".iff .8svx .svx",
    "MPC2K": ".mpc .snd",
    "MP3": ".mp1 .mp2 .mp3",
    "OGG": ".ogg .oga .opus",
    "PAF": ".paf",
    "PVF": ".pvf",
    "RF64": ".rf64 .wav",
    "SDS": ".sds",
    "IRCAM": ".sf",
    "VOC": ".voc",
    "W64": ".w64",
    "WAV": ".wav .wave .bwf",
    "NIST": ".sph .nist",
    "WAVEX": ".wav .amb",
    "WVE": ".wve",
    "XI": ".xi",
}
CODECS_MISS = "1,200 .m4a cannot be heard without soundkin[codecs]"
NOT_SOUND = {"RAW", "MAT4", "MAT5", "SD2"}
"""Says nothing of itself; matrices; needs a part that only a Mac kept."""


def test_every_format_of_libsndfile_is_walked_under_its_endings() -> None:
    assert set(soundfile.available_formats()) == ENDINGS_OF.keys() | NOT_SOUND
    for endings in ENDINGS_OF.values():
        assert set(endings.split()) <= formats.walked()


@pytest.mark.parametrize("container", sorted(ENDINGS_OF))
def test_each_is_heard_under_its_endings(container: str, tmp_path: Path) -> None:
    subtype = {"OGG": "VORBIS", "MP3": "MPEG_LAYER_III", "XI": "DPCM_16", "WVE": "ALAW"}.get(container, "PCM_16")
    sr = 8_000 if container == "WVE" else 44_100
    y = odd.melody(0.6, sr)
    target = io.BytesIO()
    soundfile.write(target, y, sr, format=container, subtype=subtype)
    for ending in ENDINGS_OF[container].split():
        path = tmp_path / f"sound{ending}"
        path.write_bytes(target.getvalue())
        sound = hear(path)
        assert sound.y.size == pytest.approx(y.size, abs=64)
        assert np.isfinite(sound.y).all()
        assert likeness(sound.y, y) > 0.97


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> list[frozenset[str]]:
    """Endings that are always heard, heard with the extra, and never."""
    with_codecs(monkeypatch, installed=False)
    always = formats.walked()
    with_codecs(monkeypatch, installed=True)
    return [always, formats.walked() - always, formats.counted()]


def test_no_ending_is_in_two_lists(lists: list[frozenset[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(frozenset().union(*lists)) == sum(map(len, lists))
    assert all(re.fullmatch(r"\.[a-z0-9+]+", ending) for endings in lists for ending in endings)
    with_codecs(monkeypatch, installed=False)
    assert formats.counted() == lists[1] | lists[2]


def test_the_page_lists_every_ending_in_its_row(lists: list[frozenset[str]]) -> None:
    page = (TOP / "docs/formats.md").read_text("utf-8")
    assert [set(row.split()) for row in re.findall(r"^\| `(\..*?)` \|", page, re.MULTILINE)] == lists


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, []),
        ({".rx2": 96, ".zip": 3}, ["96 .rx2, 3 .zip cannot be heard"]),
        ({".zip": 3, ".rx2": 3, ".m4a": 1200}, ["3 .rx2, 3 .zip cannot be heard", CODECS_MISS]),
    ],
)
def test_counts_are_said_in_words(counts: dict[str, int], said: list[str]) -> None:
    assert formats.sentences(counts) == said
