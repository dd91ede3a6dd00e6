"""What the daemon answers is what a command answers without one: the same values, and errors with the same words."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from door_house import ODD, House, id_of, like, like_ids, outcome
from soundkin.analysis.params import PARAMS
from soundkin.interfaces import Door
from soundkin.model import Like, Query, SampleId

Ask = Callable[[Door, House], Any]
NAN, INF = math.nan, math.inf
KICK = "kick/kick-1.wav"
CLAP, BELL = "clap/clap-2.wav", "bell/bell-1.wav"
NO_ID = Like(id=SampleId(99_999))
FOUND: dict[str, Ask] = {
    "by path": lambda door, house: door.find(Query(like(house, KICK))),
    "by another spelling": lambda door, house: door.find(Query(like(house, "kick/../kick//kick-1.wav"))),
    "by id": lambda door, house: door.find(Query(like_ids(door, house, CLAP), k=5)),
    "more than a page": lambda door, house: door.find(Query(like(house, KICK), k=90)),
    "more than there is": lambda door, house: door.find(Query(like(house, KICK), k=10_000)),
    "a later page": lambda door, house: door.find(Query(like(house, KICK), k=70, offset=13)),
    "behind the last": lambda door, house: door.find(Query(like(house, KICK), offset=5_000)),
    "a stranger": lambda door, house: door.find(Query((Like(path=house.stranger),), k=3)),
    "a part": lambda door, house: door.find(Query(like(house, KICK, start_s=0.01, end_s=0.2), k=3)),
    "an odd name": lambda door, house: door.find(Query((Like(path=house.path(ODD)),), k=3)),
    "a blend": lambda door, house: door.find(
        Query(
            (*like(house, KICK), replace(*like_ids(door, house, BELL), weight=2.5)),
            unlike=(Like(path=house.stranger),),
            k=9,
        )
    ),
    "weights": lambda door, house: door.find(Query(like(house, KICK), weights={"timbre": 3.7, "pitch": 0.0})),
    "explained": lambda door, house: door.find(Query(like(house, KICK), k=80, explain=True)),
    "folded": lambda door, house: door.find(Query(like(house, KICK), fold_duplicates=True)),
    "within": lambda door, house: door.find(Query(like(house, KICK), within=4.1)),
    "per folder": lambda door, house: door.find(Query(like(house, KICK), per_folder=1)),
    "filtered": lambda door, house: door.find(Query(like(house, KICK), filter="dur<0.5 -name:copies in:samples")),
    "itself": lambda door, house: door.find(
        Query(like(house, KICK), include_self=True, exclude=(id_of(door, house, CLAP),))
    ),
    "what is away": lambda door, house: door.find(Query(like(house, KICK), filter="is:absent")),
    "like what is missing": lambda door, house: door.find(Query((Like(path=house.missing),), filter="is:any", k=4)),
    "like what is offline": lambda door, house: door.find(Query((Like(path=house.offline),), filter="is:any", k=4)),
    "kit": lambda door, house: door.kit(Query((*like_ids(door, house, KICK, BELL), Like(path=house.stranger))), 4),
    "kit, locked": lambda door, house: door.kit(Query(like_ids(door, house, KICK, BELL)), 2, [0]),
    "kit, all locked": lambda door, house: door.kit(Query(like(house, KICK)), 2, [0]),
    "kit, pages": lambda door, house: door.kit(Query(like_ids(door, house, KICK, BELL, CLAP)), 30),
    "kit, filter": lambda door, house: door.kit(Query(like(house, KICK), filter="is:absent"), 9),
    "kit, nothing left": lambda door, house: door.kit(Query(like(house, KICK), filter="dur>99"), 9),
    "duplicates": lambda door, house: door.duplicates(),
    "duplicates, distance": lambda door, house: door.duplicates(3.3),
    "duplicates, exact": lambda door, house: door.duplicates(0),
    "duplicates, filter": lambda door, house: door.duplicates(None, "in:copies"),
    "duplicates, away": lambda door, house: door.duplicates(6.0, "is:any"),
    "no duplicates": lambda door, house: door.duplicates(0.1, "name:bell"),
    "of a category": lambda door, house: door.find(Query(like(house, KICK), filter="cat:drum -cat:hat")),
    "of no known category": lambda door, house: door.find(Query(like(house, KICK), filter="cat:?")),
    "list of a category": lambda door, house: door.search("", 200, "cat:snare"),
    "contradictions": lambda door, house: door.contradictions(),
    "sample": lambda door, house: door.sample(id_of(door, house, BELL)),
    "sample by path": lambda door, house: door.by_path(house.path(KICK)),
    "odd sample by path": lambda door, house: door.by_path(house.path(ODD)),
    "missing sample by path": lambda door, house: door.by_path(house.missing),
    "no sample by path": lambda door, house: door.by_path(house.stranger),
    "list": lambda door, house: door.search("", 1000),
    "list, limit": lambda door, house: door.search("", 65),
    "list, words": lambda door, house: door.search("KICK samples", 10),
    "list, filter": lambda door, house: door.search("", 100, "is:any dur<0.5"),
    "list, nothing": lambda door, house: door.search("no such words", 10),
    "problems": lambda door, house: door.problems(),
    "missing": lambda door, house: door.missing(),
    "roots": lambda door, house: door.roots(),
    "status": lambda door, house: door.status(),
}
REFUSED: dict[str, Ask] = {
    "k 0": lambda door, house: door.find(Query(like(house, KICK), k=0)),
    "k -1": lambda door, house: door.find(Query(like(house, KICK), k=-1)),
    "k too large": lambda door, house: door.find(Query(like(house, KICK), k=10_001)),
    "offset": lambda door, house: door.find(Query(like(house, KICK), offset=-3)),
    "offset too large": lambda door, house: door.find(Query(like(house, KICK), k=64, offset=9_990)),
    "no example": lambda door, house: door.find(Query(())),
    "too many examples": lambda door, house: door.find(Query(tuple(Like(id=SampleId(n)) for n in range(1, 70)))),
    "empty example": lambda door, house: door.find(Query((Like(),))),
    "double example": lambda door, house: door.find(Query((Like(id=SampleId(1), path="/a"),))),
    "unknown id": lambda door, house: door.find(Query((NO_ID,))),
    "impossible ids": lambda door, house: [
        outcome(door, house, lambda door, house, n=n: door.find(Query((Like(id=SampleId(n)),))))  # type: ignore[misc]
        for n in (0, -1, 2**31, 2**60, 2**70)
    ],
    "unknown path": lambda door, house: door.find(Query((Like(path="/nowhere/at all.wav"),))),
    "long path": lambda door, house: door.find(Query((Like(path="/nowhere" + "/folder" * 100 + "/é.wav"),))),
    "relative path": lambda door, house: door.find(Query((Like(path="kick.wav"),))),
    "empty path": lambda door, house: door.find(Query((Like(path=""),))),
    "NUL in a path": lambda door, house: door.find(Query((Like(path="/a\0b"),))),
    "folder": lambda door, house: door.find(Query((Like(path=str(house.top)),))),
    "device": lambda door, house: door.find(Query((Like(path=os.devnull),))),
    "no audio": lambda door, house: door.find(Query((Like(path=str(house.top / "text.wav")),))),
    "no audio, known": lambda door, house: door.find(Query(like(house, "broken.wav"))),
    "missing": lambda door, house: door.find(Query((Like(path=house.missing),))),
    "offline": lambda door, house: door.find(Query((Like(path=house.offline),))),
    "part of what is missing": lambda door, house: door.find(
        Query((Like(path=house.missing, start_s=0.1),), filter="is:any")
    ),
    "part the wrong way round": lambda door, house: door.find(Query(like(house, KICK, start_s=0.5, end_s=0.1))),
    "part behind the end": lambda door, house: door.find(Query(like(house, KICK, start_s=500.0))),
    "part that is no number": lambda door, house: door.find(Query(like(house, KICK, start_s=NAN))),
    "negative part": lambda door, house: door.find(Query(like(house, KICK, start_s=-0.25))),
    "endless part": lambda door, house: door.find(Query(like(house, KICK, end_s=INF))),
    "weight of an example": lambda door, house: door.find(Query(like(house, KICK, weight=0.0))),
    "weight of an example, nan": lambda door, house: door.find(Query(like(house, KICK, weight=NAN))),
    "weight of an example, large": lambda door, house: door.find(Query(like(house, KICK, weight=1000.1))),
    "weight": lambda door, house: door.find(Query(like(house, KICK), weights={"timbre": 4.1})),
    "weight, nan": lambda door, house: door.find(Query(like(house, KICK), weights={"timbre": NAN})),
    "weight of nothing": lambda door, house: door.find(Query(like(house, KICK), weights={"colour": 1.0})),
    "weights all 0": lambda door, house: door.find(
        Query(like(house, KICK), weights=dict.fromkeys(PARAMS.aspect_names, 0.0))
    ),
    "within": lambda door, house: door.find(Query(like(house, KICK), within=-0.1)),
    "within, nan": lambda door, house: door.find(Query(like(house, KICK), within=NAN)),
    "novelty": lambda door, house: door.find(Query(like(house, KICK), novelty=1.1)),
    "novelty, inf": lambda door, house: door.find(Query(like(house, KICK), novelty=INF)),
    "per folder": lambda door, house: door.find(Query(like(house, KICK), per_folder=0)),
    "filter": lambda door, house: door.find(Query(like(house, KICK), filter="bpm:fast")),
    "filter, category": lambda door, house: door.find(Query(like(house, KICK), filter="cat:kik")),
    "filter beside a stranger": lambda door, house: door.find(Query((Like(path=house.stranger),), filter="colour:red")),
    "filter beside an unknown id": lambda door, house: door.find(Query((NO_ID,), filter="bpm:fast")),
    "two mistakes": lambda door, house: door.find(Query((NO_ID,), k=0)),
    "vector": lambda door, house: door.find(Query((Like(vector=(1.0, 2.0)),))),
    "vector, nan": lambda door, house: door.find(Query((Like(vector=(NAN,) * 48),))),
    "kit, each": lambda door, house: door.kit(Query(like(house, KICK)), 0),
    "kit, each too large": lambda door, house: door.kit(Query(like(house, KICK)), 65),
    "kit, locked": lambda door, house: door.kit(Query(like(house, KICK)), 4, [-1]),
    "kit, locked too large": lambda door, house: door.kit(Query(like(house, KICK)), 4, [0, 1]),
    "kit, no slot": lambda door, house: door.kit(Query(()), 4),
    "kit, too many slots": lambda door, house: door.kit(Query(tuple(Like(id=SampleId(n)) for n in range(1, 66))), 4),
    "kit, unknown": lambda door, house: door.kit(Query((Like(path="/nowhere.wav"),)), 4),
    "kit, no audio": lambda door, house: door.kit(Query((Like(path=str(house.top / "text.wav")),)), 4),
    "kit, filter": lambda door, house: door.kit(Query((Like(path=house.stranger),), filter="colour:red"), 4),
    "kit, weights": lambda door, house: door.kit(Query(like(house, KICK), weights={"colour": 1.0}), 4),
    "duplicates, distance": lambda door, house: door.duplicates(6.1),
    "duplicates, negative": lambda door, house: door.duplicates(-0.1),
    "duplicates, nan": lambda door, house: door.duplicates(NAN),
    "duplicates, filter": lambda door, house: door.duplicates(None, "is:lost"),
    "sample": lambda door, house: door.sample(SampleId(99_999)),
    "samples that cannot be": lambda door, house: [
        outcome(door, house, lambda door, house, n=n: door.sample(SampleId(n)))  # type: ignore[misc]
        for n in (0, -7, 2**31, 2**70)
    ],
    "list, filter": lambda door, house: door.search("", 5, "is:lost"),
    "list, limit": lambda door, house: door.search("", 0),
    "list, long words": lambda door, house: door.search("x" * 4_001, 5),
    "list, long filter": lambda door, house: door.search("", 5, "name:" + "é" * 2_000),
    "used": lambda door, house: door.committed(SampleId(99_999)),
    "add": lambda door, house: door.add_root("/no such folder"),
    "add a file": lambda door, house: door.add_root(house.path(KICK)),
    "remove": lambda door, house: door.remove_root("/no such folder"),
    "forget": lambda door, house: door.forget(-1.0),
    "forget, nan": lambda door, house: door.forget(NAN),
    "forget, inf": lambda door, house: door.forget(INF),
    "transport": lambda door, house: door.transport("dancing"),
}


@pytest.mark.parametrize("name", FOUND)
def test_both_give_the_same_answer(name: str, doors: dict[str, Door], house: House) -> None:
    here, there = (outcome(doors[kind], house, FOUND[name]) for kind in ("here", "there"))
    assert there == here
    assert not (isinstance(here, tuple) and here[:1] == ("error",)), here


@pytest.mark.parametrize("name", REFUSED)
def test_both_refuse_with_the_same_words(name: str, doors: dict[str, Door], house: House) -> None:
    here, there = (outcome(doors[kind], house, REFUSED[name]) for kind in ("here", "there"))
    assert there == here
    for kind, words in here if isinstance(here, list) else [here]:
        assert kind == "error"
        assert words
