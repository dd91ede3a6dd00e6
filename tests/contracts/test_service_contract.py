"""One contract for what stands behind the bridge: the service of this process, and the fake that its tests ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from door_house import House, plain
from fakes_service import library
from soundkin.errors import BadArgumentError, DecodeError, UnknownSampleError
from soundkin.interfaces import Door, Service
from soundkin.model import Like, Query, SampleId
from soundkin.service import SampleService


def both(service: Service) -> tuple[Like, Like]:
    """Two samples that are there; which ids are depends on which worker was quicker."""
    ids = sorted(sample.id for sample in service.search("wav", 50))
    return Like(id=ids[1]), Like(id=ids[8])


@pytest.fixture(params=["real", "fake"])
def service(request: pytest.FixtureRequest, doors: dict[str, Door]) -> Service:
    if request.param == "fake":
        return library(100)
    here = doors["here"]
    assert isinstance(here, SampleService)
    return here


def test_a_question_that_was_looked_up_is_answered_as_one_that_was_not(service: Service) -> None:
    query = Query(both(service), k=5)
    looked_up = service.resolve(query)
    assert looked_up.query == query
    assert not looked_up.reads_audio
    answer = service.answer(looked_up)
    assert len(answer.neighbours) == 5
    assert plain(answer) == plain(service.find(query))


def test_a_kit_that_was_looked_up_is_filled_as_one_that_was_not(service: Service) -> None:
    query = Query(both(service))
    slots = service.answer_kit(service.resolve(query), 3, [0])
    assert [(slot.sample_id, slot.locked, len(slot.alternates)) for slot in slots] == [
        (query.like[0].id, True, 0), (query.like[1].id, False, 3),
    ]  # fmt: skip
    assert slots == service.kit(query, 3, [0])


def test_an_example_that_is_not_known_is_refused_when_it_is_looked_up(service: Service) -> None:
    with pytest.raises(UnknownSampleError, match="no sample has the id 99999"):
        service.resolve(Query((*both(service), Like(id=SampleId(99_999)))))
    with pytest.raises(BadArgumentError):
        service.resolve(Query((replace(both(service)[0], path="/a"),)))


def test_audio_that_no_sample_stands_for_is_read_only_for_the_answer(service: Service, house: House) -> None:
    looked_up = service.resolve(Query((Like(path=str(house.top / "text.wav")),)))
    assert looked_up.reads_audio
    with pytest.raises(DecodeError, match="not audio that can be read"):
        service.answer(looked_up)
