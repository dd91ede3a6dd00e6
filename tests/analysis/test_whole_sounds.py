"""Sounds whose files lie about them are heard whole, and cut ones up to the cut: made in many shapes, from bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import odd_files as odd
from hearing import hear, likeness, mono
from soundkin.analysis.decode import Sound

SHAPES = [(44_100, 1, 0.7), (48_000, 2, 1.3), (22_050, 1, 2.1), (32_000, 2, 0.4), (44_100, 2, 6.5)]
shapes = pytest.mark.parametrize(("sr", "channels", "seconds"), SHAPES)
Name = Callable[[bytes], Path]


@pytest.fixture
def name(tmp_path: Path) -> Name:
    """Writes bytes under a name that says nothing about them."""

    def written(data: bytes) -> Path:
        path = tmp_path / f"sound {len(list(tmp_path.iterdir()))}.wav"
        path.write_bytes(data)
        return path

    return written


def is_whole(sound: Sound, y: NDArray[np.float32], sr: int, like: float = 0.9999, late: int = 0) -> None:
    """The sound is all of y, and of nothing else but `late` frames that an encoder adds."""
    assert sound.cut_off is None
    assert (sound.sr, sound.channels) == (sr, 1 if y.ndim == 1 else y.shape[1])
    assert len(y) <= round(sound.duration_s * sr) <= len(y) + late
    assert round(sound.duration_s * sr) == sound.y.size
    assert likeness(sound.y, mono(y)) > like


def is_cut(sound: Sound, y: NDArray[np.float32], least: float, most: float, like: float = 0.999) -> None:
    """The sound is the beginning of y, and says that there should be more."""
    assert sound.cut_off is not None
    assert least * len(y) <= sound.y.size <= most * len(y)
    assert sound.y.size == round(sound.duration_s * sound.sr)
    assert likeness(sound.y, mono(y)[: sound.y.size]) > like


# ---- PCM whose size is not to be believed ----------------------------------------------------------------------


@shapes
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_a_wav_of_no_or_unknown_size(sr: int, channels: int, seconds: float, subtype: str, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    data = odd.encoded(y, sr, "WAV", subtype)
    at = data.index(b"data") + 4
    for size in (0, 0xFFFF_FFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_F000):
        is_whole(hear(name(odd.with_bytes(data, at, struct.pack("<I", size)))), y, sr)
    crashed = odd.with_bytes(odd.with_bytes(data, at, bytes(4)), 4, bytes(4))
    is_whole(hear(name(crashed)), y, sr)


def test_a_wav_whose_sound_is_really_empty_stays_so(name: Name) -> None:
    from soundkin.errors import TooShortError

    data = odd.encoded(odd.melody(0.1), 44_100, "WAV", "PCM_16")
    head = odd.with_bytes(data[: data.index(b"data") + 8], data.index(b"data") + 4, bytes(4))
    for tail in (b"", b"LIST" + struct.pack("<I", 4) + b"INFO", b"bext" + struct.pack("<I", 3) + b"abc\0"):
        with pytest.raises(TooShortError):
            hear(name(head + tail))


@shapes
def test_bw64_and_rf64(sr: int, channels: int, seconds: float, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    data = odd.encoded(y, sr, "WAV", "PCM_16")
    is_whole(hear(name(odd.bw64(data, with_ds64=False))), y, sr)
    for size in (None, 0, -1):
        changed = odd.bw64(data, with_ds64=True, size=size)
        is_whole(hear(name(changed)), y, sr)
        is_whole(hear(name(b"RF64" + changed[4:])), y, sr)


@shapes
def test_core_audio_of_unknown_or_no_size(sr: int, channels: int, seconds: float, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    data = odd.encoded(y, sr, "CAF", "PCM_24")
    at = data.index(b"data") + 4
    for size in (-1, 0):
        is_whole(hear(name(odd.with_bytes(data, at, struct.pack(">q", size)))), y, sr)


@shapes
def test_au_and_aiff_of_no_size(sr: int, channels: int, seconds: float, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    au = odd.encoded(y, sr, "AU", "PCM_16")
    aiff = odd.encoded(y, sr, "AIFF", "PCM_16")
    for size in (0, 0xFFFF_FFFF):
        is_whole(hear(name(odd.with_bytes(au, 8, struct.pack(">I", size)))), y, sr)
        is_whole(hear(name(odd.with_bytes(aiff, aiff.index(b"SSND") + 4, struct.pack(">I", size)))), y, sr)
    is_whole(hear(name(odd.with_bytes(aiff, aiff.index(b"SSND") + 4, struct.pack(">I", 8)))), y, sr)


@shapes
@pytest.mark.parametrize("spelling", [b"42ni", b"42n1"])
def test_aifc_of_24_bits_the_other_way_round(
    sr: int, channels: int, seconds: float, spelling: bytes, name: Name
) -> None:
    y = odd.melody(seconds, sr, channels)
    data = odd.encoded(y, sr, "AIFF", "PCM_24", endian="LITTLE")
    assert b"42n1" in data[:100]
    is_whole(hear(name(data.replace(b"42n1", spelling))), y, sr)


@pytest.mark.parametrize(
    ("subtype", "endian", "like"),
    [
        ("PCM_16", "LITTLE", 0.9999),
        ("FLOAT", "FILE", 0.9999),
        ("DOUBLE", "FILE", 0.9999),
        ("ULAW", "FILE", 0.99),
        ("ALAW", "FILE", 0.99),
        ("IMA_ADPCM", "FILE", 0.97),
        ("DWVW_16", "FILE", 0.9999),
        ("DWVW_24", "FILE", 0.9999),
    ],
)
def test_aifc_in_its_codecs(subtype: str, endian: str, like: float, name: Name) -> None:
    y = odd.melody(1.1)
    is_whole(hear(name(odd.encoded(y, 44_100, "AIFF", subtype, endian=endian))), y, 44_100, like, late=64)


@pytest.mark.parametrize("part", [0.2, 0.5, 0.7, 0.93])
@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("AIFF", "PCM_24"),
        ("CAF", "PCM_16"),
        ("AU", "PCM_16"),
        ("W64", "PCM_24"),
        ("RF64", "PCM_16"),
        ("VOC", "PCM_16"),
        ("SVX", "PCM_16"),
    ],
)
def test_pcm_that_is_cut_off_is_heard_up_to_the_cut(container: str, subtype: str, part: float, name: Name) -> None:
    for sr, seconds in ((44_100, 0.8), (22_050, 3.0)):
        y = odd.melody(seconds, sr)
        data = odd.encoded(y, sr, container, subtype)
        is_cut(hear(name(data[: round(len(data) * part)])), y, part - 0.07, part)


def test_a_cut_far_behind_what_is_analysed_is_noticed(name: Name) -> None:
    y = odd.melody(14.0, 22_050)
    for container, subtype in (("WAV", "PCM_16"), ("AIFF", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS")):
        data = odd.encoded(y, 22_050, container, subtype)
        assert hear(name(data)).cut_off is None
        sound = hear(name(data[: round(len(data) * 0.9)]))
        assert sound.cut_off is not None, container
        assert 11.9 < sound.duration_s < 13.0, container


# ---- FLAC -------------------------------------------------------------------------------------------------------


@shapes
def test_flac_of_unknown_or_wrong_length(sr: int, channels: int, seconds: float, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    data = odd.encoded(y, sr, "FLAC", "PCM_16")
    is_whole(hear(name(data)), y, sr)
    for total in (0, 3 * len(y), len(y) + 1, len(y) // 2, (1 << 36) - 1):
        is_whole(hear(name(odd.flac_with_total(data, total))), y, sr)
    is_whole(hear(name(odd.id3() + odd.flac_with_total(data, 0))), y, sr)


@shapes
@pytest.mark.parametrize("part", [0.3, 0.7, 0.99])
def test_flac_that_is_cut_off(sr: int, channels: int, seconds: float, part: float, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    data = odd.encoded(y, sr, "FLAC", "PCM_16")
    frame = 4608 / len(y)
    if part > frame:
        is_cut(hear(name(data[: round(len(data) * part)])), y, part - frame - 0.15, part + 0.15)


@shapes
def test_flac_in_ogg(sr: int, channels: int, seconds: float, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    data = odd.encoded(y, sr, "FLAC", "PCM_16")
    for total, page_bytes in ((len(y), 4000), (0, 900), (0, 60_000)):
        is_whole(hear(name(odd.flac_in_ogg(odd.flac_with_total(data, total), page_bytes))), y, sr)
    cut = odd.flac_in_ogg(data, 700)
    is_cut(hear(name(cut[: round(len(cut) * 0.8)])), y, 0.4, 0.95)


def test_flac_with_a_torn_frame_in_its_middle_is_heard_up_to_there(name: Name) -> None:
    y = odd.melody(2.0)
    data = odd.encoded(y, 44_100, "FLAC", "PCM_16")
    torn = odd.with_bytes(data, len(data) // 2, bytes(3000))
    is_cut(hear(name(torn)), y, 0.35, 0.55)


# ---- one file inside another ---------------------------------------------------------------------------------------


@shapes
def test_a_wav_around_another_file(sr: int, channels: int, seconds: float, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    ogg = odd.encoded(y, sr, "OGG", "VORBIS")
    for tag in (0x674F, 0x6750, 0x6751, 0x676F, 0x6770, 0x6771):
        is_whole(hear(name(odd.wrapped_in_wav(ogg, tag, sr, channels))), y, sr, 0.98)
    is_whole(hear(name(odd.wrapped_in_wav(ogg, 0x674F, sr, channels, size=0))), y, sr, 0.98)
    flac = odd.encoded(y, sr, "FLAC", "PCM_16")
    is_whole(hear(name(odd.wrapped_in_wav(flac, 0xF1AC, sr, channels))), y, sr)
    for data in (odd.mp3(y, sr), odd.without_count(odd.mp3(y, sr))):
        is_whole(hear(name(odd.wrapped_in_wav(data, 0x55, sr, channels))), y, sr, 0.95, late=4000)


# ---- MPEG audio -----------------------------------------------------------------------------------------------------


@shapes
@pytest.mark.parametrize("mode", ["VARIABLE", "AVERAGE", "CONSTANT"])
def test_mp3_without_a_count_of_its_frames(sr: int, channels: int, seconds: float, mode: str, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    counted = odd.mp3(y, sr, mode)
    is_whole(hear(name(counted)), y, sr, 0.97)
    is_whole(hear(name(odd.without_count(counted))), y, sr, 0.95, late=4000)


@shapes
def test_mp3_behind_other_bytes(sr: int, channels: int, seconds: float, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    data = odd.without_count(odd.mp3(y, sr))
    noise = np.random.default_rng(3).bytes(5000)
    for before in (bytes(10), bytes(3000), noise, b"junk" * 99, odd.id3(), odd.id3() + bytes(500), data[300:500]):
        is_whole(hear(name(before + data)), y, sr, 0.93, late=4500)
        is_whole(hear(name(before + odd.mp3(y, sr))), y, sr, 0.93, late=4500)


@shapes
def test_a_torn_first_frame_is_passed_over(sr: int, channels: int, seconds: float, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    data = odd.mp3(y, sr)
    for torn in (3, 20, 60):
        is_whole(hear(name(data[torn:])), y, sr, 0.93, late=4500)


@shapes
def test_mp3s_joined_to_one(sr: int, channels: int, seconds: float, name: Name) -> None:
    a, b = odd.melody(seconds, sr, channels, seed=1), odd.melody(1.1 * seconds, sr, channels, seed=2)
    one, two = odd.mp3(a, sr), odd.mp3(b, sr)
    for between in (b"", odd.id3(), b"TAG" + bytes(125), b"TAG" + bytes(125) + odd.id3(), b"rubbish" * 30):
        sound = hear(name(one + between + two))
        assert sound.cut_off is None
        assert len(a) + len(b) <= round(sound.duration_s * sr) <= len(a) + len(b) + 8000
        assert likeness(sound.y[: len(a)], mono(a)) > 0.93
        later = sound.y[len(a) :]
        assert likeness(later, mono(b)[: later.size], 9000) > 0.9


@shapes
@pytest.mark.parametrize("part", [0.1, 0.55, 0.8])
def test_mp3_that_is_cut_off(sr: int, channels: int, seconds: float, part: float, name: Name) -> None:
    y = odd.melody(seconds, sr, channels)
    counted = odd.mp3(y, sr, "CONSTANT")
    for data in (counted, odd.without_count(counted)):
        if part * len(data) < 2000:
            continue  # that is less than two frames
        sound = hear(name(data[: round(len(data) * part) + 1]))
        assert sound.cut_off is not None
        assert abs(sound.duration_s - part * seconds) < 0.15
        assert likeness(sound.y, mono(y)[: sound.y.size]) > 0.85


def test_a_part_of_an_mp3_without_a_count_is_the_part_that_was_asked_for(name: Name) -> None:
    y = odd.melody(9.0)
    path = name(odd.without_count(odd.mp3(y, 44_100)))
    whole = hear(path).y
    for start_s, end_s in ((0.0, 1.0), (3.3, 4.1), (7.9, 8.6)):
        part = hear(path, start_s, end_s).y
        assert np.allclose(part, whole[round(start_s * 44_100) : round(end_s * 44_100)], atol=2e-3)


# ---- one sound behind the other in a file ---------------------------------------------------------------------------


def chain(*parts: tuple[NDArray[np.float32], int], subtype: str = "VORBIS") -> bytes:
    """Ogg streams one behind the other."""
    return b"".join(odd.encoded(y, sr, "OGG", subtype) for y, sr in parts)


@shapes
@pytest.mark.parametrize("count", [2, 3])
def test_ogg_streams_in_a_row_are_one_sound(sr: int, channels: int, seconds: float, count: int, name: Name) -> None:
    parts = [odd.melody(seconds / count, sr, channels, seed=seed) for seed in range(count)]
    is_whole(hear(name(chain(*((y, sr) for y in parts)))), np.concatenate(parts), sr, 0.97)


def test_a_stream_twice_in_a_row_is_heard_twice(name: Name) -> None:
    y = odd.melody(0.6)
    once = chain((y, 44_100))  # as `cat a.ogg a.ogg` makes it: both with one serial number
    is_whole(hear(name(once + once)), np.concatenate([y, y]), 44_100, 0.97)


def test_a_part_of_streams_in_a_row_is_the_part_that_was_asked_for(name: Name) -> None:
    path = name(chain(*((odd.melody(1.5, seed=seed), 44_100) for seed in range(3))))
    whole = hear(path).y
    for start_s, end_s in ((0.2, 0.9), (1.3, 1.8), (1.6, 2.9), (2.5, 4.4), (3.2, 4.0)):
        part = hear(path, start_s, end_s).y
        assert np.allclose(part, whole[round(start_s * 44_100) : round(end_s * 44_100)], atol=2e-3)


@pytest.mark.parametrize(
    ("second_sr", "second_channels", "first_s", "second_s"),
    [(48_000, 1, 0.8, 0.5), (22_050, 1, 0.3, 2.0), (44_100, 2, 0.8, 0.8), (8_000, 2, 1.0, 0.2)],
)
def test_an_ogg_stream_of_another_rate_behind_the_first_is_said(
    second_sr: int, second_channels: int, first_s: float, second_s: float, name: Name
) -> None:
    first, second = odd.melody(first_s), odd.melody(second_s, second_sr, second_channels, seed=4)
    sound = hear(name(chain((first, 44_100), (second, second_sr))))
    assert (sound.sr, sound.channels) == (44_100, 1)
    assert sound.y.size == first.size
    assert likeness(sound.y, first) > 0.97
    assert sound.cut_off == f"{first_s:.2f} s can be heard: what follows has another sample rate or number of channels"


def test_ogg_streams_in_a_row_of_which_the_last_is_cut_off(name: Name) -> None:
    first, second = odd.melody(0.5), odd.melody(2.0, seed=3)
    data = chain((first, 44_100), (second, 44_100))
    is_cut(hear(name(data[: -len(data) // 3])), np.concatenate([first, second]), 0.3, 0.9, 0.97)


@pytest.mark.parametrize("between", [b"", odd.id3(), b"TAG" + bytes(125), b"TAG" + bytes(125) + odd.id3(), bytes(777)])
@pytest.mark.parametrize("other", [(22_050, 1), (48_000, 1), (44_100, 2)])
@pytest.mark.parametrize("is_counted", [True, False])
def test_an_mp3_of_another_rate_or_number_of_channels_behind_the_first_is_said(
    between: bytes, other: tuple[int, int], is_counted: bool, name: Name
) -> None:
    first = odd.melody(0.9)
    one, two = odd.mp3(first, 44_100), odd.mp3(odd.melody(1.2, *other, seed=2), other[0])
    if not is_counted:
        one, two = odd.without_count(one), odd.without_count(two)
    sound = hear(name(one + between + two))
    assert (sound.sr, sound.channels) == (44_100, 1)
    assert first.size <= sound.y.size <= first.size + 4_500
    assert likeness(sound.y, first) > 0.93
    assert sound.cut_off is not None
    assert "what follows has another sample rate or number of channels" in sound.cut_off


def test_of_mp3s_in_a_row_all_of_the_first_kind_are_heard_and_others_between_them_said(name: Name) -> None:
    first, third = odd.melody(0.8, seed=1), odd.melody(0.9, seed=3)
    other = odd.mp3(odd.melody(0.7, 22_050, seed=2), 22_050)
    sound = hear(name(odd.mp3(first, 44_100) + odd.id3() + other + odd.id3() + odd.mp3(third, 44_100)))
    assert first.size + third.size <= sound.y.size <= first.size + third.size + 9_000
    assert sound.cut_off is not None
    assert "another sample rate" in sound.cut_off


def test_bytes_that_look_like_a_few_frames_of_another_stream_are_none(name: Name) -> None:
    y = odd.melody(1.0)
    other = odd.mp3(odd.melody(1.0, 22_050, seed=2), 22_050)
    few = other[: 3 * odd.first_frame_bytes(other)]
    is_whole(hear(name(odd.without_count(odd.mp3(y, 44_100)) + few[:150])), y, 44_100, 0.93, late=4_500)
