"""The cursor as a value: every step of selection, list, place, history and sound, without a server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes_service import sample
from soundkin.errors import BadArgumentError
from soundkin.model import Facts, Like, Neighbour, SampleId
from soundkin_osc.cursor.state import Cursor, Filters, audition_gain, selected_path, selected_sample
from soundkin_osc.protocol.codec import Message

FOLDER = "/samples"


def hit(number: int) -> Neighbour:
    return Neighbour(sample(number, FOLDER), number / 10, 1 - number / 1000)


def filled(count: int = 40, *, auto: bool = False) -> Cursor:
    cursor = Cursor()
    cursor.select(selected_sample(sample(99, FOLDER)))
    cursor.auto = auto
    cursor.fill(tuple(hit(number) for number in range(1, count + 1)))
    cursor.effects.clear()
    return cursor


def test_a_new_cursor_shows_nothing_and_its_faders_stand_in_the_middle() -> None:
    cursor = Cursor()
    view = cursor.view()
    assert view["/soundkin/cursor/name"] == ("",)
    assert view["/soundkin/cursor/id"] == (0,)
    assert view["/soundkin/cursor/score"] == (0.0,)
    assert view["/soundkin/cursor/index"] == (0,)
    assert view["/soundkin/cursor/total"] == (0,)
    assert view["/soundkin/nav/fader"] == (0.0,)
    assert view["/soundkin/sel/name"] == ("",)
    assert view["/soundkin/page"] == (0,)
    assert view["/soundkin/play/auto"] == (0,)
    assert view["/soundkin/filter/dur/max"] == (30.0,)
    assert view["/soundkin/filter/type"] == ("",)
    assert view["/soundkin/filter/here"] == (0,)
    for aspect in ("timbre", "envelope", "spectrum", "pitch", "rhythm", "motion"):
        assert view[f"/soundkin/weight/{aspect}"] == (0.5,)
    assert [view[f"/soundkin/slot/{n}/on"] for n in range(1, 17)] == [(0,)] * 16
    assert [view[f"/soundkin/slot/{n}/name"] for n in range(1, 17)] == [("",)] * 16
    assert [view[f"/soundkin/slot/{n}/score"] for n in range(1, 17)] == [(0.0,)] * 16
    assert "/soundkin/slot/17/on" not in view
    assert "/soundkin/slot/0/on" not in view
    for value in view.values():
        assert type(value[0]) in (int, float, str)


def test_a_question_asks_for_128_samples_like_the_selection() -> None:
    cursor = Cursor()
    with pytest.raises(BadArgumentError, match="nothing is selected"):
        cursor.question()
    cursor.select(selected_path("/a/b c.wav", "/a", 0.5, 1.5))
    assert cursor.selection is not None
    assert (cursor.selection.name, cursor.selection.folder) == ("b c.wav", "/a/")
    query = cursor.question()
    assert query.like == (Like(path="/a/b c.wav", start_s=0.5, end_s=1.5),)
    assert (query.k, query.filter, dict(query.weights)) == (128, "", {})
    cursor.select(selected_sample(sample(5, FOLDER)))
    assert cursor.question().like == (Like(id=SampleId(5)),)
    cursor.select(selected_path("/a/b c.wav", "/a"))
    assert cursor.question().like == (Like(path="/a/b c.wav"),)


@pytest.mark.parametrize(("fader", "weight"), [(0.0, 0.0), (0.25, 0.25), (0.6, 1.44), (1.0, 4.0)])
def test_a_fader_means_nought_at_its_bottom_one_in_the_middle_and_four_at_its_top(fader: float, weight: float) -> None:
    cursor = filled()
    cursor.faders["timbre"] = fader
    assert cursor.question().weights == {"timbre": pytest.approx(weight)}
    cursor.faders["timbre"] = 0.5
    assert cursor.question().weights == {}


@pytest.mark.parametrize(
    ("filters", "folder", "text"),
    [
        (Filters(), "/a", ""),
        (Filters(dur_max_s=29.9), "/a", "dur<=29.9"),
        (Filters(dur_max_s=30.0), "/a", ""),
        (Filters(kind="loop"), "/a", "kind:loop"),
        (Filters(here=True), "/a b/", 'in:"/a b/"'),
        (Filters(here=True), "//", ""),
        (Filters(here=True), '/a"b/', 'in:"file:///a%22b/"'),
        (Filters(here=True), "/a\\b/", 'in:"file:///a%5Cb/"'),
        (Filters(1.5, "oneshot", True), "/a/", 'dur<=1.5 kind:oneshot in:"/a/"'),
    ],
)
def test_the_filter_controls_read_as_a_filter(filters: Filters, folder: str, text: str) -> None:
    assert filters.text(folder) == text


def test_filters_are_changed_one_by_one() -> None:
    cursor = filled()
    cursor.set_filters(kind="loop")
    cursor.set_filters(dur_max_s=2.0, here=True)
    assert cursor.question().filter == f'dur<=2 kind:loop in:"{FOLDER}/"'
    view = cursor.view()
    assert view["/soundkin/filter/dur/max"] == (2.0,)
    assert view["/soundkin/filter/type"] == ("loop",)
    assert view["/soundkin/filter/here"] == (1,)


def test_clearing_the_selection_clears_the_list_and_the_way_back_another_selection_does_not() -> None:
    cursor = filled()
    cursor.into()
    cursor.select(selected_path("/x/y.wav", ""))
    assert len(cursor.hits) == 40
    cursor.back()
    cursor.into()
    cursor.select(None)
    assert (cursor.selection, cursor.hits, cursor.at) == (None, (), -1)
    with pytest.raises(BadArgumentError, match="no earlier question"):
        cursor.back()


def test_a_new_list_begins_at_its_first_hit_and_an_empty_one_nowhere() -> None:
    cursor = filled()
    cursor.move_to(7)
    cursor.fill(tuple(hit(n) for n in range(1, 6)))
    assert cursor.at == 0
    cursor.fill(())
    assert cursor.at == -1
    assert cursor.page == 0
    with pytest.raises(BadArgumentError, match="the list is empty"):
        cursor.current()
    with pytest.raises(BadArgumentError, match="the list is empty"):
        cursor.move_to(0)


def test_going_into_a_hit_and_back_returns_to_the_place_it_was_left_from() -> None:
    cursor = filled()
    cursor.move_to(7)
    cursor.into()
    assert cursor.selection == selected_sample(sample(8, FOLDER))
    cursor.fill(tuple(hit(n) for n in range(1, 41)))
    cursor.back()
    assert cursor.selection == selected_sample(sample(99, FOLDER))
    cursor.fill(tuple(hit(n) for n in range(1, 41)))
    assert cursor.at == 7
    cursor.fill(tuple(hit(n) for n in range(1, 41)))
    assert cursor.at == 0  # the place is returned to once


def test_a_list_that_has_become_shorter_is_returned_to_at_its_end() -> None:
    cursor = filled()
    cursor.move_to(30)
    cursor.into()
    cursor.back()
    cursor.fill(tuple(hit(n) for n in range(1, 11)))
    assert cursor.at == 9


def test_the_way_back_has_32_steps() -> None:
    cursor = filled()
    for _ in range(40):
        cursor.into()
        cursor.fill(tuple(hit(n) for n in range(1, 41)))
    for _ in range(32):
        cursor.back()
    with pytest.raises(BadArgumentError, match="no earlier question"):
        cursor.back()


def test_into_without_a_selection_leaves_no_way_back() -> None:
    cursor = Cursor()
    cursor.fill((hit(1),))
    cursor.into()
    assert cursor.selection == selected_sample(sample(1, FOLDER))
    with pytest.raises(BadArgumentError):
        cursor.back()


def test_moving_stops_at_both_ends() -> None:
    cursor = filled(20)
    cursor.move_by(3)
    assert cursor.at == 3
    cursor.move_by(-1)
    assert cursor.at == 2
    cursor.move_by(-100)
    assert cursor.at == 0
    cursor.move_by(100)
    assert cursor.at == 19
    cursor.move_to(-1)
    assert cursor.at == 0


@pytest.mark.parametrize(("part", "at"), [(0.0, 0), (1.0, 20), (0.5, 10), (0.12, 2), (0.13, 3), (2.0, 20), (-1.0, 0)])
def test_a_fader_moves_over_the_whole_list(part: float, at: int) -> None:
    cursor = filled(21)
    cursor.move_to_part(part)
    assert cursor.at == at


def test_auto_play_plays_what_is_newly_reached_and_nothing_twice() -> None:
    cursor = filled(auto=True)
    cursor.move_to(1)
    cursor.move_to(1)
    cursor.move_by(-5)
    cursor.move_by(-5)
    assert [effect.args[0] for effect in cursor.effects] == [f"{FOLDER}/kick 0002.wav", f"{FOLDER}/kick 0001.wav"]
    cursor.effects.clear()
    cursor.fill((hit(3),))
    assert [effect.args[0] for effect in cursor.effects] == [f"{FOLDER}/kick 0003.wav"]
    cursor.fill(())
    assert len(cursor.effects) == 1
    cursor.auto = False
    cursor.fill((hit(3), hit(4)))
    cursor.move_to(1)
    assert len(cursor.effects) == 1


def test_slots_show_the_page_of_sixteen_that_the_cursor_is_on() -> None:
    cursor = filled(40)
    view = cursor.view()
    assert view["/soundkin/cursor/name"] == ("kick 0001.wav",)
    assert view["/soundkin/cursor/id"] == (1,)
    assert view["/soundkin/cursor/index"] == (1,)
    cursor.move_to(15)
    assert (cursor.page, cursor.view()["/soundkin/page"]) == (0, (1,))
    cursor.move_to(16)
    assert (cursor.page, cursor.view()["/soundkin/page"]) == (1, (2,))
    view = cursor.view()
    assert view["/soundkin/slot/1/name"] == ("kick 0017.wav",)
    assert view["/soundkin/slot/1/on"] == (2,)
    assert view["/soundkin/slot/2/on"] == (1,)
    assert view["/soundkin/slot/16/name"] == ("kick 0032.wav",)
    assert view["/soundkin/slot/16/score"][0] == pytest.approx(1 - 32 / 1000)
    cursor.move_to(39)
    view = cursor.view()
    assert [view[f"/soundkin/slot/{n}/on"] for n in range(1, 17)] == [(1,)] * 7 + [(2,)] + [(0,)] * 8
    assert view["/soundkin/slot/9/name"] == ("",)
    assert view["/soundkin/cursor/name"] == ("kick 0040.wav",)
    assert view["/soundkin/cursor/id"] == (40,)
    assert view["/soundkin/cursor/score"][0] == pytest.approx(1 - 40 / 1000)
    assert view["/soundkin/cursor/index"] == (40,)
    assert view["/soundkin/cursor/total"] == (40,)
    assert view["/soundkin/nav/fader"] == (1.0,)
    assert view["/soundkin/sel/name"] == ("kick 0099.wav",)
    cursor.move_to(13)
    assert cursor.view()["/soundkin/nav/fader"][0] == pytest.approx(13 / 39)


def test_of_a_list_of_one_the_fader_shows_its_bottom() -> None:
    assert filled(1).view()["/soundkin/nav/fader"] == (0.0,)
    assert filled(2).view()["/soundkin/nav/fader"] == (0.0,)
    cursor = filled(2)
    cursor.move_to(1)
    assert cursor.view()["/soundkin/nav/fader"] == (1.0,)


def test_a_slot_goes_to_its_hit_and_an_empty_one_says_so() -> None:
    cursor = filled(20)
    cursor.slot(16)
    assert cursor.at == 15
    cursor.slot(1)
    assert cursor.at == 0
    cursor.move_to(17)
    cursor.slot(4)
    assert cursor.at == 19
    with pytest.raises(BadArgumentError, match="slot 5 is empty"):
        cursor.slot(5)


def test_playing_stopping_and_committing_are_noted_for_whoever_does_it() -> None:
    cursor = Cursor()
    cursor.play()
    assert cursor.effects == []
    with pytest.raises(BadArgumentError):
        cursor.commit()
    cursor = filled()
    cursor.move_to(39)
    cursor.play()
    cursor.stop()
    cursor.commit()
    assert cursor.used == [40]
    path = f"{FOLDER}/kick 0040.wav"
    gain = audition_gain(sample(40, FOLDER))
    assert cursor.effects == [
        Message("/soundkin/audition", (path, gain, 0.0)),
        Message("/soundkin/audition", ("", 0.0, 0.0)),
        Message("/soundkin/commit", (path,)),
    ]
    for args in (effect.args for effect in cursor.effects[:2]):
        assert [type(arg) for arg in args] == [str, float, float]


def test_auto_play_shows_as_a_switch() -> None:
    assert filled(auto=True).view()["/soundkin/play/auto"] == (1,)


@pytest.mark.parametrize(
    ("loudness", "peak", "gain"),
    [
        (None, 0.0, 1.0),
        (-20.0, 0.0, 1.0),
        (-14.0, 0.0, 10 ** (-6 / 20)),
        (-26.0, -12.0, 10 ** (6 / 20)),
        (-26.0, None, 10 ** (6 / 20)),
        (-60.0, -50.0, 4.0),
        (-60.0, None, 4.0),
        (-26.0, -3.0, 10 ** (3 / 20)),
        (-26.0, 0.0, 1.0),
        (-26.0, 1.0, 1.0),
        (-14.0, 3.0, 10 ** (-6 / 20)),
    ],
)
def test_samples_are_played_at_minus_20_decibels_four_times_louder_at_most_and_never_clipped(
    loudness: float | None, peak: float | None, gain: float
) -> None:
    facts = Facts(1.0, 44_100, 1, loudness_db=loudness, peak_db=peak)
    found = audition_gain(replace(sample(1, FOLDER), facts=facts))
    assert found == pytest.approx(gain)
    assert type(found) is float
