"""Which category counts where name and sound differ, and how sure it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundkin.model import Heard, Labels, Named, Source, category_code, contradicts, judged, labels_of, named
from soundkin.model.categories import CATEGORIES

NAMES = [each.name for each in CATEGORIES]
NOTHING = Named()


def heard(**likely: float) -> Heard:
    """A sound that is these categories with these likelihoods, and no other; surely the best from 0.5 on."""
    shares = {name.replace("_", "-"): share for name, share in likely.items()}
    best = max(shares, key=lambda name: shares[name])
    place = NAMES.index(best) if shares[best] >= 0.5 else -1
    return Heard(place, bytes(round(255 * shares.get(name, 0.0)) for name in NAMES))


def name(text: str) -> Named:
    return named(f"/s/{text}.wav", "/s")


def test_without_a_name_the_sound_says_it() -> None:
    labels = labels_of(NOTHING, heard(clap=0.9, kick=0.1))
    assert (labels.category, labels.source) == ("clap", Source.SOUND)
    assert labels.confidence == pytest.approx(0.9, abs=0.003)


def test_without_a_name_a_sound_that_is_unsure_says_nothing() -> None:
    labels = labels_of(NOTHING, heard(clap=0.4, kick=0.4))
    assert labels == Labels(named=())


def test_without_a_sound_the_name_says_it_where_it_means_one() -> None:
    assert labels_of(name("kick"), None) == Labels("kick", None, Source.NAME, ("kick",))
    assert labels_of(name("hat"), None) == Labels(named=("hat-closed", "hat-open", "hat-pedal"))
    assert labels_of(NOTHING, None) == Labels()


def test_the_name_counts_where_the_sound_does_not_contradict_it_and_both_are_kept() -> None:
    labels = labels_of(name("kick"), heard(tom=0.7, kick=0.2))
    assert (labels.category, labels.source, labels.heard) == ("kick", Source.NAME, "tom")
    assert labels.confidence == pytest.approx(0.2 / (0.2 + 0.02 * 0.8), abs=0.01)
    assert labels.heard_confidence == pytest.approx(0.7, abs=0.003)


def test_a_name_that_the_sound_finds_unlikely_without_being_sure_of_another_counts_and_is_hardly_sure() -> None:
    labels = labels_of(name("kick"), heard(clap=0.6, snare=0.4))
    assert (labels.category, labels.source) == ("kick", Source.NAME)
    assert labels.confidence == pytest.approx(0.01 / (0.01 + 0.02 * 0.99), abs=0.01)


def test_a_sound_that_contradicts_strongly_counts_and_the_name_is_kept() -> None:
    labels = labels_of(name("kick"), heard(clap=0.93, snare=0.07))
    assert (labels.category, labels.source, labels.named) == ("clap", Source.SOUND, ("kick",))


@pytest.mark.parametrize(
    ("sound", "expected"),
    [
        (heard(clap=0.93, kick=0.03), False),
        (heard(clap=0.93, kick=0.01), True),
        (heard(clap=0.78, snare=0.2), False),
        (heard(clap=0.82, snare=0.1), True),
        (heard(clap=0.45, snare=0.4), False),
    ],
)
def test_to_contradict_it_has_to_be_sure_of_another_category_and_find_the_name_unlikely(
    sound: Heard, expected: bool
) -> None:
    assert contradicts(name("kick"), sound) is expected
    assert not contradicts(NOTHING, sound)


def test_of_several_that_a_name_allows_the_sound_chooses() -> None:
    assert labels_of(name("hat"), heard(hat_open=0.3, kick=0.6)).category == "hat-open"
    assert labels_of(name("hat"), heard(hat_open=0.2, hat_closed=0.7)).category == "hat-closed"
    assert labels_of(name("hat"), heard(hat_open=0.34, hat_closed=0.33, hat_pedal=0.33)).category is None


def test_a_name_that_stands_for_the_others_is_left_where_the_sound_chooses_none() -> None:
    undecided = heard(conga=0.3, shaker=0.3, tom=0.3)
    assert labels_of(name("perc"), undecided).category == "percussion"
    assert labels_of(name("perc"), heard(conga=0.6, tom=0.3)).category == "conga"


def test_the_first_and_the_last_category_are_heard_as_any_other() -> None:
    for category in (NAMES[0], NAMES[-1]):
        labels = labels_of(NOTHING, heard(**{category: 0.784}))
        assert (labels.category, labels.heard, labels.source) == (category, category, "sound")
        assert labels.confidence == labels.heard_confidence == 0.784, "200 of 255, not 0.7843"
    assert contradicts(name("clap"), heard(kick=0.9))
    assert not contradicts(name("clap"), Heard(-1, bytes([0] * (len(NAMES) - 1) + [255])))


def test_what_is_unsure_is_place_minus_one() -> None:
    assert judged(NOTHING, heard(kick=0.4)) == judged(name("hat"), heard(kick=0.6)) == (-1, None, None)


def test_with_a_name_what_has_half_of_the_likelihood_is_sure_enough() -> None:
    shares = [0] * len(NAMES)
    shares[NAMES.index("hat-open")] = 5  # of 255; nothing else that the name allows, so 5 of 5 + 0.02 * 250
    assert judged(name("hat"), Heard(-1, bytes(shares)))[:2] == (NAMES.index("hat-open"), 0.5)


def test_the_numbers_of_a_column_are_the_order_of_the_table_and_0_is_unsure() -> None:
    assert [category_code(None), *map(category_code, NAMES)] == list(range(len(NAMES) + 1))
    assert labels_of(name("kick"), heard(kick=0.5)).source == "name"


LIKELIHOODS = st.binary(min_size=len(NAMES), max_size=len(NAMES))
PLACES = st.integers(-1, len(NAMES) - 1)
NAMED = st.lists(st.integers(0, len(NAMES) - 1), max_size=4, unique=True).map(tuple)


@given(NAMED, PLACES, LIKELIHOODS)
def test_what_counts_is_one_of_the_names_or_what_is_heard(allowed: tuple[int, ...], place: int, likely: bytes) -> None:
    sound = Heard(place, likely)
    found, confidence, source = judged(Named(allowed, allowed[0] if len(allowed) == 1 else -1), sound)
    assert (found < 0) == (confidence is None) == (source is None)
    if source is Source.NAME:
        assert found in allowed
    if source is Source.SOUND:
        assert found == place
    assert confidence is None or 0.0 <= confidence <= 1.0
    if len(allowed) == 1:
        assert found in {allowed[0], place}
