"""Facts of many samples as numpy columns by id: what filters are evaluated on. Pure."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from soundkin.model import Kind
from soundkin.search.fact_values import extension, folded, folder_text, key_code, key_of, kind_code, note_of
from soundkin.search.words import Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.interfaces import FactBlock

NUMBERS = ("dur", "bpm", "loud", "note", "sr")
_KIND_CODES = {b"": 0, **{kind.value.encode(): kind_code(kind) for kind in Kind}}
_Number = TypeVar("_Number", np.bool_, np.float32, np.float64, np.int8, np.int16, np.int32)


class Columns:
    """Columns of shape (size,), the largest id + 1 or more. Written by one thread at a time, read without a lock."""

    def __init__(self) -> None:
        self.size = 0
        self.numbers: dict[str, NDArray[np.float32]] = {name: np.zeros(0, np.float32) for name in NUMBERS}
        """Measured facts, NaN where unsure."""
        self.keys = np.zeros(0, np.int8)
        """As `key_code` numbers them."""
        self.kinds = np.zeros(0, np.int8)
        """As `kind_code` numbers them."""
        self.categories = np.zeros(0, np.int8)
        """As `category_code` numbers them."""
        self.added_s = np.zeros(0, np.float64)
        """When the library first saw each sample, seconds since the epoch."""
        self.folders = np.zeros(0, np.int32)
        """A number for each one's folder."""
        self._ext = np.zeros(0, np.int16)
        self._folders: dict[tuple[str, str], int] = {}
        self._folder_texts: list[str] = []
        self._exts: dict[str, int] = {}
        self._names = Words()

    def text_mask(self, field: str, word: str) -> NDArray[np.bool_]:
        """Ids whose name or folder contains the word, or whose extension is it."""
        if field == "name":
            return self._names.mask(word, self.size)
        if field == "ext":
            return np.asarray(self._ext == self._exts.get(word, -1))
        fits = np.array([word in text for text in self._folder_texts] or [False], np.bool_)
        return fits[self.folders]

    def room_for(self, largest: int) -> None:
        """Grow, where need be, until the id `largest` has a place."""
        if largest < self.size:
            return
        size = max(1024, largest + 1, self.size * 5 // 4)
        for name, values in self.numbers.items():
            self.numbers[name] = _grown(values, size, np.nan)
        self.keys, self.kinds = _grown(self.keys, size, 0), _grown(self.kinds, size, 0)
        self.categories = _grown(self.categories, size, 0)
        self.added_s = _grown(self.added_s, size, 0)
        self.folders = _grown(self.folders, size, 0)
        self._ext = _grown(self._ext, size, 0)
        self.size = size

    def put(self, block: FactBlock) -> None:
        """Take the facts of some samples in."""
        ids = block.ids
        self.room_for(int(ids.max(initial=0)))
        self.numbers["dur"][ids] = block.duration_s
        self.numbers["bpm"][ids] = block.tempo_bpm
        self.numbers["loud"][ids] = block.loudness_db
        self.numbers["sr"][ids] = block.sample_rate
        self.numbers["note"][ids] = [
            math.nan if (note := note_of(hz)) is None else note for hz in block.root_hz.tolist()
        ]
        self.keys[ids] = [key_code(key_of(key.decode("ascii", "replace"))) for key in block.key.tolist()]
        self.kinds[ids] = [_KIND_CODES.get(kind, 0) for kind in block.kind.tolist()]
        self.categories[ids] = block.category
        self.added_s[ids] = block.added_s
        self._put_paths(ids, block.paths, block.roots)

    def _put_paths(self, ids: NDArray[np.int64], paths: Sequence[str], roots: Sequence[str]) -> None:
        names, folders, exts = [], [], []
        for path, root in zip(paths, roots, strict=True):
            folder, name = os.path.split(path)
            names.append(folded(name))
            folders.append(self._number_of(folder, root))
            exts.append(self._exts.setdefault(extension(name), len(self._exts)))
        self.folders[ids] = folders
        self._ext[ids] = exts
        self._names.put(ids.tolist(), names)

    def _number_of(self, folder: str, root: str) -> int:
        number = self._folders.get((folder, root))
        if number is None:
            number = self._folders[folder, root] = len(self._folders)
            self._folder_texts.append(folder_text(folder, root))
        return number


def _grown(values: NDArray[_Number], size: int, filler: float) -> NDArray[_Number]:
    out = np.full(size, filler, values.dtype)
    out[: len(values)] = values
    return out
