"""What every `IndexKeeper` promises, beside either library and either index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fakes_index import PlainIndex
from fakes_library import FakeLibrary, Library
from library_samples import PARAMS, ROOT, analysed, under, vector_of
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import IndexSync
from soundkin.interfaces import IndexKeeper
from soundkin.library import open_library
from soundkin.model import SampleId

pytestmark = pytest.mark.usefixtures("small_graphs")


@dataclass(slots=True)
class Case:
    """A keeper with what it keeps in step."""

    library: Library
    index: VoyagerIndex | PlainIndex
    cache: Path
    keeper: IndexKeeper

    def indexed(self) -> dict[int, bytes]:
        view = self.index.view()
        ids, _, vectors = view.gather(np.flatnonzero(view.alive()))
        return {int(id_): vector.tobytes() for id_, vector in zip(ids, vectors, strict=True)}


@pytest.fixture(params=["fake and plain", "SQLite and voyager"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    cache = tmp_path / "index.cache"
    if request.param == "fake and plain":
        library: Library = FakeLibrary(PARAMS)
        index: VoyagerIndex | PlainIndex = PlainIndex(PARAMS)
    else:
        library = open_library(tmp_path / "library.db", PARAMS)
        index = VoyagerIndex(PARAMS, "uid")
    library.add_root(ROOT)
    yield Case(library, index, cache, IndexSync(library, index, cache))
    library.close()


def test_an_update_brings_the_index_to_what_the_library_serves(case: Case) -> None:
    case.library.put([analysed(under(f"{number}.wav"), number) for number in range(1, 6)])
    case.keeper.update()
    assert case.indexed() == {number: vector_of(number).tobytes() for number in range(1, 6)}
    case.library.mark_missing([SampleId(2)], 5.0)
    case.library.put([analysed(under("3.wav"), 30), analysed(under("6.wav"), 6)])
    case.keeper.update()
    expected = {1: 1, 3: 30, 4: 4, 5: 5, 6: 6}
    assert case.indexed() == {number: vector_of(seed).tobytes() for number, seed in expected.items()}
    assert case.index.generation == case.library.generation()
    case.keeper.update()
    assert case.index.generation == case.library.generation()


def test_what_is_still_is_saved_and_the_library_told(case: Case) -> None:
    case.library.put([analysed(under("1.wav"), 1)])
    before = case.library.generation()
    case.keeper.update()
    for now in (0.0, 1.0):
        case.keeper.maybe_save(now, idle=True)
    assert not case.cache.exists()
    case.keeper.keep_up()
    for now in (10.0, 20.0):
        case.keeper.maybe_save(now, idle=True)
    assert case.cache.is_file()
    assert case.library.changes_since(before - 1) is None


def test_while_work_goes_on_it_is_saved_now_and_then_only(case: Case) -> None:
    saves = 0
    for now in range(300):
        case.library.put([analysed(under("1.wav"), now)])
        case.keeper.update()
        case.keeper.maybe_save(float(now), idle=False)
        if case.cache.exists():
            saves += 1
            case.cache.unlink()
    assert saves == 2
