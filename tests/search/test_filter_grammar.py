"""The filter string: what each term means, what is refused and how, and that both ways to evaluate agree."""

from __future__ import annotations

import contextlib
import dataclasses
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_world import ROOT, World, made_up_sample, make_world
from soundkin.errors import BadArgumentError, QueryError
from soundkin.model import Facts, Kind, Labels, Sample, SampleId, Source, State
from soundkin.model.categories import CATEGORIES, Category
from soundkin.model.filters import states_in
from soundkin.search import names_states, parse_filter
from soundkin.search.fact_values import key_of
from soundkin.search.followed_facts import FollowedFacts
from soundkin.search.matching import fits

NOW = 2e9
FACTS = Facts(
    1.0, 44100, 1, loudness_db=-12.0, root_hz=65.41, tempo_bpm=140.2, key="Am", kind=Kind.ONESHOT
)  # 65.41 Hz is C2
LABELS = Labels("hat-open", 0.9, Source.NAME, ("hat-open",))
SAMPLE = Sample(SampleId(1), f"{ROOT}/Drum Kits/808/Rim Shot's.WAV", ROOT, NOW - 3 * 86_400, FACTS, labels=LABELS)
UNSURE = dataclasses.replace(SAMPLE, facts=Facts(1.0, 44100, 1), labels=Labels())


def holds(text: str, sample: Sample = SAMPLE) -> bool:
    return fits(parse_filter(text), sample, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "dur<1.5",
        "dur<=1 dur>=1",
        "dur:0.2-2",
        "dur:200ms-2s",
        "dur:1",
        "dur:0.5..",
        "dur:..1",
        "bpm:120-150",
        "bpm:140",
        "bpm:140~",
        "bpm:70~",
        "bpm:280~",
        "bpm:60-75~",
        "key:Am",
        "key:am",
        "key:Aminor",
        "kind:oneshot",
        "kind:one-shot",
        "KIND:OneShot",
        "cat:hat-open",
        "CAT:Hat-Open",
        "cat=hat-open",
        "cat:hat",
        "cat:drum",
        "-cat:kick",
        "-cat:?",
        "-cat:tonal",
        "note:C2",
        "note:c2",
        "note:B1-D2",
        "note:B#1",
        "note:C",
        "note>=B1",
        "note>C-1",
        "note:C-1-C3",
        "-note:C-1",
        "loud:-20..-6",
        "loud:-12",
        "loud<-6db",
        "in:drum",
        'in:"Drum Kits"',
        "in:'Drum Kits/808'",
        "in:kits/808",
        "in:Packs",
        "in:/Packs",
        "in:/drum",
        "in:kits/",
        "in:/Packs/Drum",
        'in:"/Packs/Drum Kits/808/"',
        'in:"file:///Packs/Drum%20Kits/"',
        "ext:wav",
        "ext:.WAV",
        "name:rim",
        "name:shot's",
        'name:"rim shot"',
        "-name:loop",
        "-in:Vocals",
        "added<7d",
        "added>2d",
        "added:1d-1w",
        "sr:44100",
        "sr:44.1k",
        "sr<48k",
        "dur=1",
        "is:present",
        "IS:Any",
        "is=any",
        "-is:missing -is:offline",
        "is:any -is:absent",
        "dur<1.5 bpm:120-150 key:Am kind:oneshot note:C2 loud:-20..-6 ext:wav name:rim -name:loop added<7d sr:44100",
    ],
)
def test_terms_that_hold_for_the_sample(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "dur<1",
        "dur>1",
        "dur:1.1-2",
        "bpm:141",
        "bpm:141~",
        "bpm:69~",
        "key:A",
        "key:C",
        "kind:loop",
        "cat:hat-closed",
        "cat:kick",
        "cat:tonal",
        "cat:?",
        "cat:none",
        "-cat:hat",
        "-cat:drum",
        "note:C3",
        "note:D",
        "note:C#2-C3",
        "loud:-11",
        "loud>-12",
        "in:rim",
        "in:/kits",
        "in:drum/",
        "in:/Drum/",
        "in://Packs/",
        "in:samples",  # above the followed folder
        "ext:wa",
        "ext:flac",
        "name:kits",
        "-name:rim",
        "-dur<1.5",
        "added<2d",
        "sr:48000",
        "name:rim name:loop",
        "is:missing",
        "is:absent",
        "-is:present",
    ],
)
def test_terms_that_do_not_hold_for_the_sample(text: str) -> None:
    assert not holds(text)


def test_an_unsure_fact_matches_no_condition_but_every_negated_one() -> None:
    for term in ("bpm>0", "key:Am", "kind:loop", "kind:oneshot", "note:C2", "note:C", "loud<100"):
        assert not holds(term, UNSURE)
        assert holds(f"-{term}", UNSURE)


def test_a_category_that_is_unknown_has_a_word_of_its_own() -> None:
    for term in ("cat:?", "cat:none", "cat:unknown", "-cat:drum"):
        assert holds(term, UNSURE)
    for term in ("-cat:?", "cat:drum", "cat:hat"):
        assert not holds(term, UNSURE)


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda each: each.name)
def test_every_category_is_found_by_its_name_and_its_family_and_by_no_other(category: Category) -> None:
    sample = dataclasses.replace(SAMPLE, labels=Labels(category.name))
    assert {each.name for each in CATEGORIES if holds(f"cat:{each.name}", sample)} == {category.name}
    families = {each.family for each in CATEGORIES} - {each.name for each in CATEGORIES}
    assert {each for each in families if holds(f"cat:{each}", sample)} == {category.family} & families


@pytest.mark.parametrize(
    ("text", "named", "expected"),
    [
        ("dur<abc", "'dur<abc'", "seconds"),
        ("dur<1,5", "'dur<1,5'", "seconds"),
        ("dur:2-1", "'dur:2-1'", "smaller number first"),
        ("dur:", "'dur:'", "a value"),
        ("dur", "'dur'", "FIELD:VALUE"),
        ("rim", "'rim'", "FIELD:VALUE"),
        ("colour:red", "'colour:red'", "dur, bpm, key"),
        ("bpm:fast", "'bpm:fast'", "bpm:140~"),
        ("bpm:~", "'bpm:~'", "beats per minute"),
        ("key:H", "'key:H'", "key:Am"),
        ("key<Am", "'key<Am'", "key:Am"),
        ("kind:sample", "'kind:sample'", "oneshot"),
        ("cat:kik", "'cat:kik'", "cat:kick"),
        ("cat:snar", "'cat:snar'", "cat:snare"),
        ("cat:bombo", "'cat:bombo'", "cat:kick"),
        ("cat:hihat", "'cat:hihat'", "cat:hat-closed, cat:hat-open, cat:hat-pedal"),
        ("cat:xyzzy", "'cat:xyzzy'", "cat:drum, cat:tonal, cat:voice, cat:effect, cat:?"),
        ("cat<kick", "'cat<kick'", "cat:kick"),
        ("cat:", "'cat:'", "a value"),
        ("note:X2", "'note:X2'", "note:C2"),
        ("note:65", "'note:65'", "note:C2"),
        ("loud:quiet", "'loud:quiet'", "decibels"),
        ("added:7d", "'added:7d'", "added<7d"),
        ("added<7", "'added<7'", "units"),
        ("sr:cd", "'sr:cd'", "hertz"),
        ("name<rim", "'name<rim'", "name:WORD"),
        ("ext:.", "'ext:.'", "a word"),
        ("name:a\0b", "name:a", "a word"),
        ('in:"Drum Loops', "Drum Loops'", "closing quote"),
        ("is:lost", "'is:lost'", "expected is:present, is:missing, is:offline, is:absent, is:any"),
        ("is<any", "'is<any'", "is:missing"),
        ("is:", "'is:'", "a value"),
        ("-is:any", "'-is:any'", "no sample"),
        ("dur<1 is:missing is:offline", "'is:missing is:offline'", "is:absent for either"),
        ("dur<1.5 oops kind:loop", "'oops'", "FIELD:VALUE"),
        ("dur:nan", "'dur:nan'", "seconds"),
        ("x" * 4000, "4000 characters", "at most 1000"),
        ("dur<1 " * 80, "80 terms", "at most 64"),
    ],
)
def test_what_cannot_be_understood_is_named_with_what_was_expected(text: str, named: str, expected: str) -> None:
    with pytest.raises(BadArgumentError) as caught:
        parse_filter(text)
    assert isinstance(caught.value, QueryError)
    assert named in str(caught.value)
    assert expected in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_state_of_a_file_is_part_of_the_question_only_where_a_term_names_it() -> None:
    offline = dataclasses.replace(SAMPLE, state=State.OFFLINE)
    cases = (("is:offline", {State.OFFLINE}), ("-is:missing", {State.PRESENT, State.OFFLINE}), ("is:any", set(State)))
    for text, states in cases:
        assert holds(f"{text} dur<2", offline)
        assert states_in(parse_filter(f"dur<2 {text}")) == states
        assert names_states(text)
    assert states_in(parse_filter("dur<2 -name:loop")) == {State.PRESENT}
    assert not names_states("dur<2 name:is:any")


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text(alphabet="durbpmkeyin:<>=-~.\"' 0123456789aC#", max_size=60)))
def test_any_text_is_a_filter_or_a_named_error(text: str) -> None:
    with contextlib.suppress(BadArgumentError):
        assert len(parse_filter(text)) <= len(text.split())


@pytest.mark.parametrize(
    ("spelled", "same"), [("C#", "Db"), ("Ebm", "D#m"), ("E", "Fb"), ("Bmin", "bm"), ("Amaj", "A"), ("F♯m", "Gbminor")]
)
def test_keys_are_equal_in_every_spelling(spelled: str, same: str) -> None:
    assert key_of(spelled) == key_of(same) is not None


TERMS = (
    "dur<1.5", "dur:0.2-2", "bpm:100-130", "bpm:90-120~", "key:Am", "key:F#", "kind:oneshot", "kind:loop", "note:C2-C5",
    "cat:kick", "cat:hat", "cat:drum", "cat:tonal", "cat:?",
    "note:A", "loud:-20..-6", "in:drums", "in:größe", "in:drums/kicks", "ext:wav", "name:rim", "name:ähm", "name:it's",
    "added<10d", "added:2d-30d", "sr:44100", "sr>=48k", 'name:"loop 120"', "name:1",
)  # fmt: skip


@cache
def shared_world() -> World:
    return make_world(300)


@settings(max_examples=60, deadline=None)
@given(chosen=st.lists(st.tuples(st.sampled_from(TERMS), st.booleans()), min_size=1, max_size=3))
def test_the_columns_and_the_samples_agree_on_every_filter(chosen: list[tuple[str, bool]]) -> None:
    terms = parse_filter(" ".join(f"{'-' if negate else ''}{text}" for text, negate in chosen))
    world = shared_world()
    view = world.index.view()
    mask = FollowedFacts(world.library).rows_matching(terms, view, view, NOW)
    expected = {number for number in view.ids().tolist() if fits(terms, made_up_sample(number), NOW)}
    assert set(view.ids()[mask].tolist()) == expected


def test_the_columns_take_over_categories_that_were_worked_out_since_without_reading_other_facts() -> None:
    world = make_world(200)
    facts = FollowedFacts(world.library)
    terms = parse_filter("cat:vocal")

    def matching() -> set[int]:
        view = world.index.view()
        return set(view.ids()[facts.rows_matching(terms, view, view, NOW)].tolist())

    def becomes(number: int, category: str) -> None:
        sample = world.library.rows[SampleId(number)]
        world.library.rows[sample.id] = dataclasses.replace(sample, labels=Labels(category))

    before = matching()
    changed = sorted(set(range(1, 40)) - before)
    for number in changed:
        becomes(number, "vocal")
    assert matching() == before, "nothing says so yet"
    world.library.fact_blocks = lambda *_: pytest.fail("facts are read")  # type: ignore[method-assign]
    facts.classified([*changed, 5000])
    assert matching() == before | set(changed)


def test_categories_that_are_worked_out_before_anything_was_asked_are_read_with_the_rest() -> None:
    world = make_world(60)
    facts = FollowedFacts(world.library)
    facts.classified([1, 2, 3])
    view = world.index.view()
    mask = facts.rows_matching(parse_filter("cat:drum"), view, view, NOW)
    expected = {n for n in view.ids().tolist() if fits(parse_filter("cat:drum"), made_up_sample(n), NOW)}
    assert set(view.ids()[mask].tolist()) == expected


def test_the_columns_follow_samples_that_come_change_and_go() -> None:
    world = make_world(200)
    terms = parse_filter("name:special")
    facts = FollowedFacts(world.library)

    def matching() -> list[int]:
        view = world.index.view()
        mask = facts.rows_matching(terms, view, view, NOW)
        return sorted(view.ids()[mask & view.alive()].tolist())

    def rename(number: int, name: str) -> None:
        sample = world.library.rows[SampleId(number)]
        world.library.rows[sample.id] = dataclasses.replace(sample, path=f"{ROOT}/Drums/{name}.wav")
        vector = world.library.sounds_of[sample.id][None, :]
        world.index.update(np.array([number]), vector, [], world.index.generation + 1)

    assert matching() == []
    for number in (5, 17, 40):
        rename(number, f"Special {number}")
    assert matching() == [5, 17, 40]
    rename(17, "ordinary")
    world.index.update(np.zeros(0, np.int64), np.zeros((0, 24), np.float32), [SampleId(40)], 999)
    assert matching() == [5]
    for turn in range(300):  # old names pile up and are cleared away
        rename(5, f"turn {turn}")
    assert matching() == []
