"""Any sequence of writes leaves the SQLite library and the fake one with the same answers."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from fakes_library import FakeLibrary, Library
from library_health import findings
from library_samples import PARAMS, ROOT, analysed, failed, under
from soundkin.errors import BadArgumentError
from soundkin.library import open_library
from soundkin.model import FileStamp, Move, Root, SampleId, Unchanged

ROOTS = [ROOT, under("inner"), ROOT + "-other"]
PATHS = [os.path.join(root, name) for root in [*ROOTS, under("inner", "deep")] for name in ("a.wav", "b.wav")]

roots = st.sampled_from(ROOTS)
paths = st.sampled_from(PATHS)
ids = st.integers(1, 8).map(SampleId)
codes = st.sampled_from(["decode", "unreadable", "timeout"])
unchanged = st.builds(
    Unchanged,
    paths,
    st.builds(FileStamp, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
    st.integers(0, 5).map(lambda seed: seed.to_bytes(16, "big")),
)
outcomes = st.builds(analysed, paths, st.integers(0, 5)) | st.builds(failed, paths, codes) | unchanged
moves = st.builds(Move, ids, paths, st.builds(FileStamp, st.integers(0, 9), st.integers(0, 9)))


class BothLibraries(RuleBasedStateMachine):
    """Does everything twice and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "library.db"
        self.real = open_library(self.path, PARAMS, clock=lambda: 5.0)
        self.fake = FakeLibrary(PARAMS, clock=lambda: 5.0)
        self.index: set[SampleId] = set()
        self.index_generation = 0

    @property
    def both(self) -> tuple[Library, Library]:
        return self.real, self.fake

    @rule(path=roots)
    def add_root(self, path: str) -> None:
        one, other = (library.add_root(path) for library in self.both)
        assert one == other

    @rule(path=roots)
    def remove_root(self, path: str) -> None:
        one, other = (self._remove(library, path) for library in self.both)
        assert one == other

    @rule(within=ids, path=roots, is_link=st.booleans())
    def add_place(self, within: SampleId, path: str, is_link: bool) -> None:
        one, other = (self._place(library, int(within), path, is_link) for library in self.both)
        assert one == other

    @rule(path=roots)
    def drop_place(self, path: str) -> None:
        for library in self.both:
            for root in library.roots():
                if root.path == path:
                    library.drop_place(root.id)

    @rule(batch=st.lists(moves, max_size=3, unique_by=lambda m: m.id))
    def restamp(self, batch: list[Move]) -> None:
        for library in self.both:
            library.restamp(batch)

    @rule(batch=st.lists(paths, max_size=2))
    def forget_unread(self, batch: list[str]) -> None:
        for library in self.both:
            library.forget_unread(batch)

    @rule()
    def retry_unread(self) -> None:
        for library in self.both:
            library.retry_unread()

    @rule(path=roots, online=st.booleans())
    def set_online(self, path: str, online: bool) -> None:
        for library in self.both:
            for root in library.roots():
                if root.path == path:
                    library.set_online(root.id, online)

    @rule(batch=st.lists(outcomes, max_size=4))
    def put(self, batch: list) -> None:  # type: ignore[type-arg]
        for library in self.both:
            library.put(batch)

    @rule(batch=st.lists(moves, max_size=3, unique_by=(lambda m: m.id, lambda m: m.path)))
    def move(self, batch: list[Move]) -> None:
        for library in self.both:
            library.move(batch)

    @rule(batch=st.lists(ids, max_size=3), at_s=st.sampled_from([1.0, 2.0]))
    def mark_missing(self, batch: list[SampleId], at_s: float) -> None:
        for library in self.both:
            library.mark_missing(batch, at_s)

    @rule(before_s=st.sampled_from([1.0, 1.5, 3.0]))
    def forget_missing(self, before_s: float) -> None:
        assert self.real.forget_missing(before_s) == self.fake.forget_missing(before_s)

    @rule()
    def reopen(self) -> None:
        self.real.close()
        self.real = open_library(self.path, PARAMS, clock=lambda: 5.0)

    @rule()
    def save_index(self) -> None:
        for library in self.both:
            library.note_index_saved(library.generation())

    @invariant()
    def they_answer_alike(self) -> None:
        real, fake = self.both
        assert real.roots() == fake.roots()
        assert real.count() == fake.count()
        assert real.problems() == fake.problems()
        assert (real.problem_count(), real.unread_count()) == (fake.problem_count(), fake.unread_count())
        for now_s in (0.0, 5.0, 10.0, 40.0):
            assert real.unread_due(now_s, 9) == fake.unread_due(now_s, 9)
        assert real.missing() == fake.missing()
        assert real.search("", 100) == fake.search("", 100)
        for path in [*ROOTS, os.path.dirname(ROOT)]:
            assert real.stamps(path) == fake.stamps(path)
            assert real.unread(path) == fake.unread(path)
        everything = [SampleId(id_) for id_ in range(1, 30)]
        assert real.samples(everything) == fake.samples(everything)
        one, other = real.vectors(everything), fake.vectors(everything)
        assert {id_: tuple(row) for id_, row in one.items()} == {id_: tuple(row) for id_, row in other.items()}

    @invariant()
    def an_index_that_follows_the_list_holds_what_can_be_found(self) -> None:
        changes = self.real.changes_since(self.index_generation)
        assert changes is not None
        self.index |= {change.id for change in changes if not change.removed}
        self.index -= {change.id for change in changes if change.removed}
        self.index_generation = self.real.generation()
        assert self.index == {SampleId(int(id_)) for block, _ in self.real.all_vectors() for id_ in block}

    @invariant()
    def the_file_is_sound(self) -> None:
        assert findings(self.real) == []

    def teardown(self) -> None:
        self.real.close()
        self.folder.cleanup()

    @staticmethod
    def _place(library: Library, within: int, path: str, is_link: bool) -> Root | None:
        """A place that lies below its root, as the scan makes them."""
        outer = next((root for root in library.roots() if root.id == within and root.within is None), None)
        if outer is None or not path.startswith(outer.path + os.sep):
            return None
        return library.add_place(path, within, is_link=is_link)

    @staticmethod
    def _remove(library: Library, path: str) -> int | None:
        try:
            return library.remove_root(path)
        except BadArgumentError:
            return None


BothLibraries.TestCase.settings = settings(
    max_examples=int(os.environ.get("SOUNDKIN_LIBRARY_EXAMPLES", "15")),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestBothLibraries = pytest.mark.timeout(600)(BothLibraries.TestCase)  # traced line by line, on a busy machine
