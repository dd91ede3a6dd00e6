"""What names and folders say a sample is, and what they only seem to say."""

from __future__ import annotations

import os

import pytest

from soundkin.model import category_words as table
from soundkin.model import named
from soundkin.model.categories import CATEGORIES, Category

ROOT = os.path.join(os.sep, "samples", "Packs")
HAT = {"hat-closed", "hat-open", "hat-pedal"}


def said(*parts: str) -> set[str]:
    return set(named(os.path.join(ROOT, *parts), ROOT).names)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kick_12.wav", {"kick"}),
        ("Kick12.wav", {"kick"}),
        ("KICK.WAV", {"kick"}),
        ("12kick.wav", {"kick"}),
        ("DeepKickLong.wav", {"kick"}),
        ("bd 01.wav", {"kick"}),
        ("BD7510.WAV", {"kick"}),
        ("Bass Drum 3.aif", {"kick"}),
        ("bassdrum.flac", {"kick"}),
        ("Kick 808.wav", {"kick"}),
        ("große Trommel.wav", {"kick"}),
        ("grosse_caisse-2.wav", {"kick"}),
        ("bombo.wav", {"kick"}),
        ("sd.wav", {"snare"}),
        ("Snr_Tight.wav", {"snare"}),
        ("caisse claire 1.wav", {"snare"}),
        ("Snare Rim.wav", {"rim"}),
        ("RS.WAV", {"rim"}),
        ("side-stick.wav", {"rim"}),
        ("clp02.wav", {"clap"}),
        ("HandClap.wav", {"clap"}),
        ("palmas.wav", {"clap"}),
        ("hh 1.wav", HAT),
        ("Hi-Hat 4.wav", HAT),
        ("CHH_3.wav", {"hat-closed"}),
        ("hat closed.wav", {"hat-closed"}),
        ("ClosedHat2.wav", {"hat-closed"}),
        ("Open_Hi_Hat.wav", {"hat-open"}),
        ("ohh.wav", {"hat-open"}),
        ("OH00.WAV", {"hat-open"}),
        ("hihat-pedal.wav", {"hat-pedal"}),
        ("cymbal.wav", {"crash", "ride"}),
        ("Ride Bell.wav", {"ride"}),
        ("tom lo.wav", {"tom"}),
        ("Floor Tom.wav", {"tom"}),
        ("Cow Bell.wav", {"cowbell"}),
        ("cencerro.wav", {"cowbell"}),
        ("bell.wav", {"mallet"}),
        ("808 long.wav", {"kick", "bass"}),
        ("drum loop 120.wav", {"beat"}),
        ("Kick Loop.wav", {"kick", "beat"}),
        ("Lead Vocal.wav", {"vocal"}),
        ("Stimme_2.wav", {"vocal"}),
        ("fla\u0308che.wav", {"pad"}),
        ("FX riser.wav", {"effect"}),
        ("kick + snare.wav", {"kick", "snare"}),
        ("no kick, snare.wav", {"snare"}),
        ("Hand Clap Kick.wav", {"clap", "kick"}),
        ("Drums Kick.wav", {"kick"}),
        ("perc conga.wav", {"conga"}),
        ("bass loop.wav", {"bass"}),
        ("SNARELONG SNARE.wav", {"snare"}),
    ],
)
def test_a_name_says_a_category(name: str, expected: set[str]) -> None:
    assert said(name) == expected


@pytest.mark.parametrize(
    "name",
    ["hat trick.wav", "Kicker.wav", "snareless.wav", "that.wav", "what.wav", "overhead.wav", "chat 2.wav", "tomato.wav",
     "ohm.wav", "clapton.wav", "bride.wav", "sdk.wav", "drum and bass.wav", "Drum & Bass 174.wav", "kickback.wav",
     "ch sung.wav", "1.wav", ".wav", "no kick.wav", "SD card.wav"],
)  # fmt: skip
def test_a_word_that_only_holds_one_says_nothing(name: str) -> None:
    assert said(name) == set()


def test_a_name_of_one_category_is_it_without_the_sound_too_and_one_of_several_is_not() -> None:
    def otherwise(name: str) -> int:
        return named(os.path.join(ROOT, name), ROOT).otherwise

    assert [CATEGORIES[otherwise(name)].name for name in ("kick.wav", "OH1.wav", "snare loop.wav")] == [
        "kick",
        "hat-open",
        "snare",
    ]
    assert {otherwise(name) for name in ("cymbal.wav", "kick snare.wav", "hat.wav", "808.wav", "x.wav")} == {-1}


def test_a_category_is_named_once_however_often_it_is_meant() -> None:
    assert named(os.path.join(ROOT, "beat kick loop.wav"), ROOT).names == ("beat", "kick")
    assert named(os.path.join(ROOT, "kick bd.wav"), ROOT).names == ("kick",)


def test_a_file_speaks_before_its_folder_and_the_nearest_folder_before_the_others() -> None:
    assert said("snare room", "kick.wav") == {"kick"}
    assert said("Kicks", "Snares", "01.wav") == {"snare"}
    assert said("Kicks", "Vol 2", "Dry", "01.wav") == {"kick"}
    assert said("Kicker Records", "01.wav") == set()
    assert said("hat trick", "01.wav") == set()
    assert said("Drums", "HH", "a.wav") == HAT
    assert said("808", "a.wav") == set(), "a drum machine's folder holds all of its sounds"


def test_folders_above_the_followed_one_say_nothing_and_its_own_name_does() -> None:
    assert named("/kicks/mine/a.wav".replace("/", os.sep), "/kicks/mine".replace("/", os.sep)).names == ()
    assert named("/mine/kicks/a.wav".replace("/", os.sep), "/mine/kicks".replace("/", os.sep)).names == ("kick",)


def test_a_folder_of_drums_leaves_open_which_one_it_is() -> None:
    found = named(os.path.join(ROOT, "Drums", "a.wav"), ROOT)
    assert set(found.names) == {each.name for each in CATEGORIES if each.family == "drum"}
    assert found.otherwise == -1


def test_of_percussion_that_the_sound_cannot_tell_apart_the_name_is_what_is_left() -> None:
    found = named(os.path.join(ROOT, "perc 4.wav"), ROOT)
    assert CATEGORIES[found.otherwise].name == "percussion"
    assert {"conga", "shaker", "percussion"} < set(found.names)
    assert "kick" not in found.names


def said_by_the_table() -> dict[str, set[str]]:
    """Words and phrases of all tables, and the categories that each allows."""
    tables = [value for name, value in vars(table).items() if name.isupper() and isinstance(value, dict)]
    return {word: {names} if isinstance(names, str) else set(names) for each in tables for word, names in each.items()}


def test_every_word_means_categories_that_there_are_and_every_category_has_a_word() -> None:
    meant = set().union(*said_by_the_table().values())
    assert meant == {each.name for each in CATEGORIES}


def test_words_are_folded_and_a_phrase_is_two_words() -> None:
    assert [word for word in said_by_the_table() if word != word.lower() or word.count(" ") > 1] == []


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda each: each.name)
def test_a_category_is_named_by_its_own_name(category: Category) -> None:
    assert category.name in said(f"{category.name}.wav")
