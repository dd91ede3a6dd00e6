"""Facts of every sample as numpy columns by id, kept in step with the index: what filters are evaluated on."""

from __future__ import annotations

import math
import os
import threading
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from soundkin.library import SqliteLibrary
from soundkin.library.select import catalogue
from soundkin.model import KNOWN, PRESENT, SampleId, State
from soundkin.search.terms import code_of, extension, folded, folder_text, key_code, note_of, number_of
from soundkin.search.words import Words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from soundkin.index import View
    from soundkin.library.select import CatalogueBlock
    from soundkin.model import Sample
    from soundkin.search.shelf import Shelf
    from soundkin.search.terms import Term

NUMBERS = ("dur", "bpm", "loud", "note", "sr")
CODES = ("key", "kind")
_CHUNK = 2000
_Number = TypeVar("_Number", np.bool_, np.float32, np.float64, np.int8, np.int16, np.int32)


class Columns:
    """Columns of shape (largest id + 1,). Written by whoever calls `follow`, read without a lock."""

    def __init__(self) -> None:
        self.size = 0
        self.numbers: dict[str, NDArray[np.float32]] = {name: np.zeros(0, np.float32) for name in NUMBERS}
        self.codes: dict[str, NDArray[np.int8]] = {name: np.zeros(0, np.int8) for name in CODES}
        self.added_s = np.zeros(0, np.float64)
        self._folder = np.zeros(0, np.int32)
        self._ext = np.zeros(0, np.int16)
        self._folders: dict[str, int] = {}
        self._exts: dict[str, int] = {}
        self._names = Words()
        self._met = np.zeros(0, np.bool_)
        self._era = -1
        self._rows = 0
        self._lock = threading.Lock()

    def rows_matching(
        self, terms: Sequence[Term], view: View, library: Shelf, now_s: float, live: View | None = None
    ) -> NDArray[np.bool_]:
        """Which rows of the view satisfy all terms, shape (rows,); facts are read for what is new in it.

        `live`: the index's view, where `view` is another one.
        """
        with self._lock:
            self._follow(live or view, library)
            if live is not None:
                self._meet(view, library)
            mask = np.ones(self.size, np.bool_)
            for term in terms:
                mask &= term.mask(self, now_s)
        return mask[view.ids()]

    def forget(self, ids: Sequence[int]) -> None:
        """Facts of these ids may have changed; absent samples, which get no new row, are met anew."""
        with self._lock:
            self._met[[each for each in ids if each < self.size]] = False

    def text_mask(self, field: str, word: str) -> NDArray[np.bool_]:
        """Ids whose name or folder contains the word, or whose extension is it."""
        if field == "name":
            return self._names.mask(word, self.size)
        if field == "ext":
            return np.asarray(self._ext == self._exts.get(word, -1))
        fits = np.array([word in folder for folder in self._folders] or [False], np.bool_)
        return fits[self._folder]

    def _follow(self, view: View, library: Shelf) -> None:
        """Read the facts of rows that came since the last time; whatever changes gets a new row."""
        first = self._rows if view.era == self._era else 0
        if first >= view.rows and view.era == self._era:
            return
        ids, alive = view.ids()[first:], view.alive()[first:]
        self._room_for(int(view.ids().max(initial=0)))
        fresh = ids[alive].tolist()
        self._read(library, fresh, PRESENT, whole=len(fresh) > view.count // 2)
        self._era, self._rows = view.era, view.rows

    def _meet(self, view: View, library: Shelf) -> None:
        """Read the facts of rows that were never met, or may have changed since."""
        ids = view.ids()[view.alive()]
        self._room_for(int(ids.max(initial=0)))
        self._read(library, ids[~self._met[ids]].tolist(), KNOWN)

    def _read(self, library: Shelf, ids: list[SampleId], states: Collection[State], *, whole: bool = False) -> None:
        """Facts of some samples in these states; where they are nearly the whole library, of all."""
        if isinstance(library, SqliteLibrary):
            for block in catalogue(library, None if whole else ids, states):
                self._put_block(block)
            return
        for start in range(0, len(ids), _CHUNK):
            self._put(list(library.samples(ids[start : start + _CHUNK], states).values()))

    def _room_for(self, largest: int) -> None:
        if largest < self.size:
            return
        size = max(1024, largest + 1, self.size * 5 // 4)
        for name, values in self.numbers.items():
            self.numbers[name] = _grown(values, size, np.nan)
        for name, codes in self.codes.items():
            self.codes[name] = _grown(codes, size, 0)
        self.added_s = _grown(self.added_s, size, 0)
        self._folder = _grown(self._folder, size, 0)
        self._ext = _grown(self._ext, size, 0)
        self._met = _grown(self._met, size, 0)
        self.size = size

    def _put(self, samples: Sequence[Sample]) -> None:
        ids = np.array([sample.id for sample in samples], np.int64)
        for name in NUMBERS:
            self.numbers[name][ids] = [number_of(name, sample) for sample in samples]
        for name in CODES:
            self.codes[name][ids] = [code_of(name, sample.facts) for sample in samples]
        self.added_s[ids] = [sample.added_s for sample in samples]
        self._put_paths(ids, [(sample.path, sample.root) for sample in samples])

    def _put_block(self, block: CatalogueBlock) -> None:
        """The same from columns, without an object for every sample."""
        columns = block.columns
        ids = columns.ids
        self._room_for(int(ids.max(initial=0)))
        self.numbers["dur"][ids] = columns.duration_s
        self.numbers["bpm"][ids] = columns.tempo_bpm
        self.numbers["loud"][ids] = columns.loudness_db
        self.numbers["sr"][ids] = columns.sample_rate
        self.numbers["note"][ids] = [
            math.nan if (note := note_of(hz)) is None else note for hz in columns.root_hz.tolist()
        ]
        self.codes["kind"][ids] = columns.kind
        self.codes["key"][ids] = [key_code(key.decode("ascii", "replace")) or 0 for key in columns.key]
        self.added_s[ids] = columns.added_s
        self._put_paths(ids, zip(block.paths, block.roots, strict=True))

    def _put_paths(self, ids: NDArray[np.int64], paths: Iterable[tuple[str, str]]) -> None:
        names, folders, exts = [], [], []
        for path, root in paths:
            folder, name = os.path.split(path)
            names.append(folded(name))
            folders.append(self._folders.setdefault(folder_text(folder, root), len(self._folders)))
            exts.append(self._exts.setdefault(extension(name), len(self._exts)))
        self._folder[ids] = folders
        self._ext[ids] = exts
        self._met[ids] = True
        self._names.put(ids.tolist(), names)


def _grown(values: NDArray[_Number], size: int, filler: float) -> NDArray[_Number]:
    out = np.full(size, filler, values.dtype)
    out[: len(values)] = values
    return out
