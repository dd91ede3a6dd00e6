"""The searcher over the real library: facts read in bulk, kept in step with what is stored, moved and removed."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from search_world import PARAMS, ROOT, made_up_sample, sounds
from soundkin.errors import BadArgumentError
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import catch_up
from soundkin.library import SqliteLibrary, open_library
from soundkin.model import Analysis, FileStamp, Like, Move, Query, SampleId
from soundkin.model.filters import states_in
from soundkin.search import Example, InMemoryCandidates, Searcher, parse_filter
from soundkin.search.matching import fits

COUNT = 240
FILTERS = (
    "dur<1.5", "bpm:100-130", "key:Am", "key:F#", "kind:loop", "-kind:oneshot", "note:C2-C5", "loud:-20..-6",
    "in:drums", "in:größe", "ext:wav", "name:rim", "name:ähm", "-name:loop", "sr:44100", 'in:"Drums Loops" ext:flac',
)  # fmt: skip


class Shop:
    """A library on disk, its index and a searcher; the root is called like that of the made-up samples."""

    def __init__(self, folder: Path) -> None:
        self.root = str(folder / "Packs")
        self.library: SqliteLibrary = open_library(folder / "library.sqlite3", PARAMS, clock=lambda: 2e9 - 5 * 86_400)
        self.library.add_root(self.root)
        self.index = VoyagerIndex(PARAMS, self.library.uid)
        candidates = InMemoryCandidates(self.library, self.index)
        self.searcher = Searcher(self.library, candidates, lambda d: 1 / (1 + d), clock=lambda: 2e9)

    def analysis(self, number: int, vector: np.ndarray) -> Analysis:
        sample = made_up_sample(number)
        path = sample.path.replace(ROOT, self.root)
        return Analysis(path, FileStamp(number, 1), number.to_bytes(16, "big"), sample.facts, vector)

    def matching(self, text: str) -> set[int]:
        """Ids by a question for all that match."""
        example = [Example(np.zeros(PARAMS.num_dimensions, np.float32))]
        answer = self.searcher.find(Query((Like(),), k=1000, filter=text), example)
        assert len(answer.neighbours) == answer.total
        return {int(each.sample.id) for each in answer.neighbours}

    def expected(self, text: str) -> set[int]:
        """Ids by looking at every sample."""
        terms = parse_filter(text)
        samples = self.library.samples([SampleId(each) for each in range(1, 2 * COUNT)], states_in(terms))
        return {int(key) for key, each in samples.items() if fits(terms, each, 2e9)}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    vectors = sounds(COUNT)
    shop.library.put([shop.analysis(number, vectors[number - 1]) for number in range(1, COUNT + 1)])
    catch_up(shop.library, shop.index)
    yield shop
    shop.library.close()


def test_filters_on_the_columns_agree_with_every_sample_of_the_library(shop: Shop) -> None:
    for text in FILTERS:
        assert shop.matching(text) == shop.expected(text), text
    assert sum(bool(shop.expected(text)) for text in FILTERS) == len(FILTERS)
    assert (shop.matching("added<6d"), shop.matching("added<4d")) == (set(range(1, COUNT + 1)), set())


def test_what_moves_changes_or_leaves_is_found_by_its_new_facts_only(shop: Shop) -> None:
    assert shop.matching("name:moved") == set()
    known = shop.library.stamps(shop.root)
    path, file = next(iter(known.items()))
    shop.library.move([Move(file.id, os.path.join(os.path.dirname(path), "Moved.wav"), file.stamp)])
    gone = [each.id for each in known.values() if each.id != 77][5:9]
    shop.library.mark_missing(gone, 2e9)
    vector = sounds(1, seed=9)[0]
    other = shop.analysis(77, vector)
    changed = Analysis(other.path, other.stamp, b"c" * 16, made_up_sample(78).facts, vector)
    shop.library.put([changed, shop.analysis(COUNT + 1, vector)])
    catch_up(shop.library, shop.index)
    assert shop.matching("name:moved") == {file.id}
    for text in FILTERS:
        assert shop.matching(text) == shop.expected(text), text
    assert not set(gone) & shop.matching("dur>0")
    assert len(shop.matching("dur>0")) == COUNT + 1 - 4


def test_an_offline_root_leaves_the_answers_and_comes_back(shop: Shop) -> None:
    (root,) = shop.library.roots()
    everything = shop.matching("dur>0")
    shop.library.set_online(root.id, False)
    catch_up(shop.library, shop.index)
    assert shop.matching("dur>0") == set()
    shop.library.set_online(root.id, True)
    catch_up(shop.library, shop.index)
    assert shop.matching("dur>0") == everything


def test_absent_samples_are_found_by_their_facts_and_shown_with_their_state(shop: Shop) -> None:
    other = shop.root + " at home"
    shop.library.add_root(other)
    away = os.path.join(other, "Drums", "away 1.wav")
    shop.library.put([dataclasses.replace(shop.analysis(COUNT + 1, sounds(1, seed=9)[0]), path=away)])
    known = shop.library.stamps(shop.root)
    gone = {int(each.id) for each in known.values()} & {*range(1, COUNT, 3)}
    shop.library.mark_missing([SampleId(each) for each in gone], 2e9)
    root = next(each for each in shop.library.roots() if each.path == other)
    shop.library.set_online(root.id, False)
    catch_up(shop.library, shop.index)
    assert shop.matching("is:missing") == gone
    assert shop.matching("is:offline") == shop.matching("is:absent name:away in:drums") == {COUNT + 1}
    for text in FILTERS:
        for state in ("is:any", "is:absent", "-is:missing", "is:present"):
            assert shop.matching(f"{text} {state}") == shop.expected(f"{text} {state}"), (text, state)
    shop.library.set_online(root.id, True)
    shop.library.forget_missing(3e9)
    catch_up(shop.library, shop.index)
    assert shop.matching("is:any") == {*range(1, COUNT + 2)} - gone
    assert shop.matching("is:absent") == set()


def test_an_absent_sample_that_another_root_takes_over_is_found_by_its_new_folder(shop: Shop) -> None:
    path, file = next(iter(shop.library.stamps(shop.root).items()))
    folder = os.path.dirname(path)
    shop.library.mark_missing([file.id], 2e9)
    catch_up(shop.library, shop.index)
    text = f'is:missing in:"{os.path.basename(shop.root)}/"'
    assert shop.matching(text) == {file.id}
    shop.library.add_root(folder)
    catch_up(shop.library, shop.index)
    assert shop.matching(text) == set()
    assert shop.matching(f'is:missing in:"{os.path.basename(folder)}"') == {file.id}


def test_a_list_takes_filters_and_the_words_of_paths_alike(shop: Shop) -> None:
    paths = sorted(each for each in shop.library.stamps(shop.root) if "rim" in each.lower())
    gone = shop.library.stamps(shop.root)[paths[1]].id
    shop.library.mark_missing([gone], 2e9)

    def found(text: str, matching: str, limit: int = 1000) -> list[str]:
        return [each.path for each in shop.searcher.listed(text, limit, matching)]

    assert found("rim", "") == [each for each in paths if each != paths[1]]
    assert found("rim", "is:any", 2) == paths[:2]
    assert found("rim", "is:missing") == [paths[1]]
    short = found("rim", "dur<1 is:any")
    assert 0 < len(short) < len(paths)
    assert found("rim", "dur<1 is:any", 1) == short[:1]
    with pytest.raises(BadArgumentError, match="is:lost"):
        found("", "is:lost")


def test_duplicates_know_the_size_of_each_file(shop: Shop) -> None:
    groups = shop.searcher.duplicates()
    sizes = {sample.path: size for group in groups for sample, size in zip(group.samples, group.sizes, strict=True)}
    known = shop.library.stamps(shop.root)
    assert groups
    assert sizes == {path: known[path].stamp.size for path in sizes}


def test_a_saved_index_is_brought_up_to_date_by_the_changes_alone(shop: Shop, tmp_path: Path) -> None:
    shop.library.note_index_saved(shop.index.save(tmp_path / "index"))
    shop.library.put([shop.analysis(COUNT + 1, sounds(1, seed=9)[0])])
    loaded = VoyagerIndex.load(tmp_path / "index", PARAMS, shop.library.uid, shop.library.stored_vectors())
    assert catch_up(shop.library, loaded) == 1
    assert len(loaded) == COUNT + 1
