"""The control that keeps the hits to the selection's folder: any folder, any name, files of the library and others."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from fakes_service import FakeService, sample
from osc_peer import Peer
from soundkin.model import Answer, Resolved, Root, Sample
from soundkin.search import parse_filter
from soundkin.search.matching import fits
from soundkin_osc.client.reply_lines import number

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX systems")
HOME, DISK = "/home/ann/Samples", "/mnt/disk"
ODD = b"caf\xe9".decode("utf-8", "surrogateescape")
FOLDERS = {
    1: HOME,
    2: f"{HOME}/Drums",
    3: f"{HOME}/Drums",
    4: f"{HOME}/Drums/Kicks",
    5: f"{HOME}/Drums 2",
    6: f"{HOME}/Old Drums",
    7: f'{HOME}/12" mixes',
    8: f'{HOME}/12" mixes/it\'s "loud"',
    9: f"{HOME}/back\\slash",
    10: f"{HOME}/back/slash",
    11: f"{HOME}/{ODD}",
    12: f"{HOME}/Größe",
    13: DISK,
    14: f"{DISK}/Drums",
    15: f"{HOME}/Drums",
}


class Shelf(FakeService):
    """Its filters are the real ones."""

    def answer(self, resolved: Resolved) -> Answer:
        terms, answer = parse_filter(resolved.query.filter), super().answer(resolved)
        kept = tuple(hit for hit in answer.neighbours if fits(terms, hit.sample, 2e9))
        return replace(answer, neighbours=kept, total=len(kept))


def shelved(sample_id: int, folder: str) -> Sample:
    made = sample(sample_id, folder)
    return replace(made, root=HOME if folder.startswith(HOME) else DISK)


@pytest.fixture
def service() -> Shelf:
    samples = {each: shelved(each, folder) for each, folder in FOLDERS.items()}
    readable = {f"{folder}/new.wav": 3.0 for folder in (f"{HOME}/Drums", "/home/ann", "/Drums")}
    return Shelf(samples, readable, followed=[Root(1, HOME, True), Root(2, DISK, True)])


def found(peer: Peer) -> list[int]:
    """Ids of the hits that the selection has in its folder, by id."""
    peer.send("/soundkin/filter/here", 1)
    *hits, done = peer.ask("/soundkin/find/sel", 7, 64)
    assert done.address == "/soundkin/done"
    return sorted(number(hit, 2) for hit in hits)


EVERYTHING_AT_HOME = [each for each, folder in FOLDERS.items() if folder.startswith(HOME)]
BESIDE = {
    1: EVERYTHING_AT_HOME[1:],
    2: [3, 4, 15],
    4: [],
    5: [],
    6: [],
    7: [8],
    8: [],
    11: [],
    12: [],
    13: [14],
    14: [],
}


@pytest.mark.parametrize("selected", BESIDE)
def test_hits_come_from_the_samples_folder_and_those_below_it_alone(peer: Peer, selected: int) -> None:
    peer.send("/soundkin/sel/id", selected)
    assert found(peer) == BESIDE[selected]


@pytest.mark.parametrize("selected", [9, 10])
def test_a_backslash_in_a_name_divides_no_folders(peer: Peer, selected: int) -> None:
    peer.send("/soundkin/sel/id", selected)
    assert found(peer) == []


@pytest.mark.parametrize("args", [("sel/path",), ("sel/region", 0.0, 0.5)])
@pytest.mark.parametrize(
    ("path", "beside"),
    [
        (f"{HOME}/Drums/kick 0002.wav", [2, 3, 4, 15]),
        (f"{HOME}/Drums/new.wav", [2, 3, 4, 15]),
        ("/home/ann/new.wav", []),
        ("/Drums/new.wav", []),
    ],
)
def test_a_file_or_a_part_of_one_is_taken_for_where_it_lies_in_the_library_or_not(
    peer: Peer, service: Shelf, path: str, beside: list[int], args: tuple[str, float]
) -> None:
    name, *part = args
    service.readable[f"{HOME}/Drums/kick 0002.wav"] = 2.0
    peer.send(f"/soundkin/{name}", path, *part)
    assert [each for each in found(peer) if each != 2] == [each for each in beside if each != 2]
