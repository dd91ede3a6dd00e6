"""One contract for whoever opens the door: a service in this process, and a client of a daemon over a real socket."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from daemon_process import until
from door_house import COPIES, House, build, like, opened
from soundkin.errors import BadArgumentError, DaemonNotRunningError, UnknownSampleError
from soundkin.interfaces import Door
from soundkin.model import Like, Query, SampleId, Source, State

KICK = "kick/kick-1.wav"


@pytest.fixture(params=["here", "there"])
def door(request: pytest.FixtureRequest, doors: dict[str, Door]) -> Door:
    return doors[request.param]


@pytest.fixture(params=["here", "there"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[House, Door]]:
    """A library of its own, to be changed."""
    house = build(tmp_path)
    with opened(request.param, house) as door:
        yield house, door


# ---- what either answers ---------------------------------------------------------------------------------------------


def test_a_question_finds_its_neighbours_nearest_first(door: Door, house: House) -> None:
    answer = door.find(Query(like(house, "snare/snare-1.wav"), k=90))
    distances = [hit.distance for hit in answer.neighbours]
    assert distances == sorted(distances)
    assert distances[:COPIES] == pytest.approx([0.0] * COPIES, abs=1e-4)
    assert len({hit.sample.id for hit in answer.neighbours}) == len(distances) == answer.total
    asked = door.by_path(house.path("snare/snare-1.wav"))
    assert asked is not None
    assert answer.query_id == asked.id


def test_a_page_of_a_snapshot_goes_on_where_the_one_before_ended(door: Door, house: House) -> None:
    query = Query(like(house, KICK), k=10)
    first = door.find(query)
    second = door.find(replace(query, offset=10, snapshot=first.snapshot))
    assert second.snapshot == first.snapshot
    assert first.neighbours + second.neighbours == door.find(replace(query, k=20)).neighbours


def test_a_kit_gives_no_sample_twice_and_leaves_locked_slots_alone(door: Door, house: House) -> None:
    slots = door.kit(Query((*like(house, KICK), *like(house, "hat/hat-1.wav"), Like(path=house.stranger))), 3, [1])
    assert [slot.locked for slot in slots] == [False, True, False]
    assert [len(slot.alternates) for slot in slots] == [3, 0, 3]
    ids = [hit.sample.id for slot in slots for hit in slot.alternates]
    assert len(set(ids)) == 6
    kick = door.by_path(house.path(KICK))
    assert kick is not None
    assert slots[0].sample_id == kick.id
    assert slots[2].sample_id is None


def test_duplicates_are_reported_with_the_room_they_take_however_many(door: Door, house: House) -> None:
    group = door.duplicates(0.1)[0]
    assert len(group.samples) == COPIES + 1
    size = Path(house.path("snare/snare-1.wav")).stat().st_size
    assert group.sizes == (size,) * (COPIES + 1)
    assert group.spare_bytes == size * COPIES
    assert group.contents == (1,) * (COPIES + 1)


def test_a_sample_is_known_whole_by_its_id_and_by_its_path(door: Door, house: House) -> None:
    found = door.by_path(house.path(KICK))
    assert found is not None
    assert door.sample(found.id) == found
    assert (found.root, found.state) == (str(house.top / "samples"), State.PRESENT)
    assert found.facts.sample_rate > 0
    away = door.by_path(house.missing)
    assert away is not None
    assert away.state is State.MISSING
    assert door.by_path(house.stranger) is None


def test_a_list_is_by_folder_and_name_and_keeps_to_its_limit(door: Door) -> None:
    everything = [sample.path for sample in door.search("", 1000)]
    assert everything == sorted(everything, key=lambda path: (os.path.dirname(path), path))
    assert len(everything) == len(set(everything)) > 64
    assert [sample.path for sample in door.search("", 70)] == everything[:70]


def test_what_is_wrong_and_what_is_away_is_told(door: Door, house: House) -> None:
    assert [(problem.path, problem.code) for problem in door.problems()] == [(house.path("broken.wav"), "decode")]
    assert door.missing() == [house.missing]
    assert {root.path: root.online for root in door.roots()} == {
        str(house.top / "samples"): True,
        str(house.top / "disk"): False,
    }
    assert (door.status().samples, door.status().failed) == (len(door.search("", 1000)), 1)


def test_every_sample_whose_sound_counts_against_its_name_is_told(door: Door) -> None:
    found = door.contradictions()
    told = {each.id: (each.path, each.named, each.heard, each.confidence) for each in found}
    samples = [each for each in door.search("", 1000) if each.labels.named and each.labels.source is Source.SOUND]
    assert told == {
        each.id: (each.path, each.labels.named, each.labels.category, each.labels.heard_confidence) for each in samples
    }
    assert [each.confidence for each in found] == sorted((each.confidence for each in found), reverse=True)


def test_errors_are_of_the_kind_that_says_what_to_do(door: Door, house: House) -> None:
    with pytest.raises(BadArgumentError, match="k is 0, expected a whole number from 1 to 10000"):
        door.find(Query(like(house, KICK), k=0))
    with pytest.raises(UnknownSampleError, match="no sample has the id 99999"):
        door.find(Query((Like(id=SampleId(99_999)),)))
    with pytest.raises(UnknownSampleError, match=r"'/nowhere\.wav' is not in the library .*: No such file"):
        door.find(Query((Like(path="/nowhere.wav"),)))


# ---- wishes ----------------------------------------------------------------------------------------------------------


def test_folders_are_followed_and_left(own: tuple[House, Door]) -> None:
    house, door = own
    other = house.top / "other"
    other.mkdir()
    root = door.add_root(str(other / "../other"))
    assert (root.path, root.online, root.samples) == (str(other), True, 0)
    assert door.add_root(str(other)).id == root.id
    assert str(other) in {root.path for root in door.roots()}
    before = door.status().samples
    assert door.remove_root(str(house.top / "samples")) == before + 2  # the missing one and the broken one
    assert [root.path for root in door.roots()] == [str(house.top / "disk"), str(other)]
    assert door.search("", 10) == []


def test_missing_files_are_forgotten_by_their_age(own: tuple[House, Door]) -> None:
    house, door = own
    assert door.forget(3600.0) == 0
    assert door.missing() == [house.missing]
    time.sleep(0.01)
    assert door.forget(0.0) == 1
    assert door.missing() == []
    assert door.by_path(house.missing) is None


def test_a_hit_that_was_used_is_passed_over_by_a_question_that_prefers_novelty(own: tuple[House, Door]) -> None:
    house, door = own
    query = Query(like(house, "snare/snare-2.wav"), k=1, novelty=1.0)
    first = door.find(replace(query, novelty=0.0)).neighbours[0].sample
    door.committed(first.id)
    assert door.find(query).neighbours[0].sample.id != first.id


def wishes(door: Door) -> list[Callable[[], None]]:
    """All that is about the work of a daemon."""
    return [door.pause, door.resume, door.rescan, lambda: door.transport("recording")]


def test_where_no_daemon_works_wishes_about_its_work_are_refused_with_the_next_step(doors: dict[str, Door]) -> None:
    for wish in wishes(doors["here"]):
        with pytest.raises(DaemonNotRunningError, match="`soundkin start` or `soundkin up` begins one"):
            wish()


def test_a_daemon_that_works_pauses_goes_on_and_looks_again_as_it_is_told(tmp_path: Path) -> None:
    with opened("there", build(tmp_path)) as door:
        note = "analysis is paused: as asked; `soundkin resume` ends it"
        door.pause()
        until(lambda: note in door.status().notes, "the pause")
        door.resume()
        until(lambda: note not in door.status().notes, "the end of the pause")
        scans = door.status().scans
        door.rescan()
        until(lambda: door.status().scans > scans, "another pass over all folders")
