"""Any sequence of writes, kills and changes of features leaves a sound library that an index can follow."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from library_health import findings
from library_samples import NEXT_PARAMS, PARAMS, ROOT, analysed, failed
from soundkin.library import open_library
from soundkin.model import Aspect, FeatureParams, FileStamp, Move, SampleId

THIRD_PARAMS = FeatureParams(3, 6, (Aspect("timbre", 0, 6),))
OTHER = ROOT + "-other"
PATHS = [os.path.join(root, f"{n}.wav") for root in (ROOT, OTHER) for n in range(3)]

paths = st.sampled_from(PATHS)
ids = st.integers(1, 8).map(SampleId)


class ChangingFeatures(RuleBasedStateMachine):
    """One library whose owner updates Soundkin, goes back, and is interrupted."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "library.db"
        self.params = PARAMS
        self.library = open_library(self.path, PARAMS)
        for root in (ROOT, OTHER):
            self.library.add_root(root)
        self.index: dict[int, bytes] = {}
        self.index_generation = 0

    @rule(batch=st.lists(st.tuples(paths, st.integers(0, 3)), min_size=1, max_size=4))
    def analyse(self, batch: list[tuple[str, int]]) -> None:
        self.library.put([analysed(path, seed, self.params) for path, seed in batch])

    @rule()
    def analyse_what_is_old(self) -> None:
        """As a scan does: all that is present and not of these features, with the content it had."""
        known = {**self.library.stamps(ROOT), **self.library.stamps(OTHER)}
        old = {p: k for p, k in known.items() if not k.missing and k.feature_version != self.params.version}
        self.library.put(
            [analysed(path, int.from_bytes(row.content_hash, "big"), self.params) for path, row in old.items()]
        )
        assert self.library.serving_params.version == self.params.version

    @rule(path=paths)
    def fail(self, path: str) -> None:
        self.library.put([failed(path)])

    @rule(batch=st.lists(ids, max_size=3))
    def lose(self, batch: list[SampleId]) -> None:
        self.library.mark_missing(batch, 5.0)

    @rule(id_=ids, path=paths)
    def move(self, id_: SampleId, path: str) -> None:
        self.library.move([Move(id_, path, FileStamp(1, 1))])

    @rule()
    def forget(self) -> None:
        self.library.forget_missing(9.0)

    @rule(root=st.sampled_from([1, 2]), online=st.booleans())
    def plug(self, root: int, online: bool) -> None:
        self.library.set_online(root, online)

    @rule(params=st.sampled_from([PARAMS, NEXT_PARAMS, THIRD_PARAMS]))
    def update_soundkin(self, params: FeatureParams) -> None:
        self.library.close()
        self.params = params
        self.library = open_library(self.path, params)

    @rule()
    def kill(self) -> None:
        killed = self.path.with_name(f"{self.path.stem}-killed.db")
        for ending in ("", "-wal"):
            if (part := self.path.with_name(self.path.name + ending)).exists():
                shutil.copyfile(part, killed.with_name(killed.name + ending))
        self.library.close()
        self.path = killed
        self.library = open_library(self.path, self.params)

    @rule()
    def tidy(self) -> None:
        self.library.tidy()

    @rule()
    def save_index(self) -> None:
        self.library.note_index_saved(self.index_generation)

    @invariant()
    def the_file_is_sound(self) -> None:
        assert findings(self.library) == []
        assert self.library.serving_params in (PARAMS, NEXT_PARAMS, THIRD_PARAMS)

    @invariant()
    def an_index_that_follows_the_list_answers_like_the_library(self) -> None:
        changes = self.library.changes_since(self.index_generation)
        if changes is None:
            self.index = self._everything()
        else:
            for change in changes:
                self.index.pop(change.id, None)
            live = [change.id for change in changes if not change.removed]
            self.index |= {int(id_): row.tobytes() for id_, row in self.library.vectors(live).items()}
        self.index_generation = self.library.generation()
        assert self.index == self._everything()
        assert set(self.index) == set(self.library.samples([SampleId(n) for n in range(1, 100)]))
        assert len(self.index) == self.library.count() == sum(root.samples for root in self.library.roots())

    def _everything(self) -> dict[int, bytes]:
        blocks = self.library.all_vectors()
        return {int(id_): row.tobytes() for ids, rows in blocks for id_, row in zip(ids, rows, strict=True)}

    def teardown(self) -> None:
        self.library.close()
        self.folder.cleanup()


ChangingFeatures.TestCase.settings = settings(
    max_examples=int(os.environ.get("SOUNDKIN_LIBRARY_EXAMPLES", "15")),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestChangingFeatures = pytest.mark.timeout(600)(ChangingFeatures.TestCase)  # traced line by line, on a busy machine
