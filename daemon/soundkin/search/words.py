"""Text of many samples in one piece: finds every id whose text contains a word by comparing bytes. Pure numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SMALL = 1 << 18


class Words:
    """Texts under ids, in pieces of NUL-separated UTF-8. Replaced texts stay until half of a piece list is dead."""

    def __init__(self) -> None:
        self._pieces: list[tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]] = []
        self._known = np.zeros(0, np.bool_)

    def put(self, ids: Sequence[int], texts: Sequence[str]) -> None:
        """Add texts; older ones of the same ids no longer count."""
        if not ids:
            return
        fresh = np.asarray(ids, np.int32)
        if self._note(fresh):
            self._pieces = [(data, starts, _without(owners, fresh)) for data, starts, owners in self._pieces]
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        starts = np.cumsum([0] + [len(text) + 1 for text in encoded[:-1]], dtype=np.int32)
        data = np.frombuffer(b"\0".join(encoded) + b"\0", np.uint8)
        self._pieces.append((data, starts, fresh))
        self._merge()

    def _note(self, ids: NDArray[np.int32]) -> bool:
        """Remember ids; whether any of them has been here before."""
        most = int(ids.max())
        if most >= len(self._known):
            self._known = np.concatenate([self._known, np.zeros(most + 1 + most // 4 - len(self._known), np.bool_)])
        before = bool(self._known[ids].any())
        self._known[ids] = True
        return before

    def _merge(self) -> None:
        """Keep pieces few: the newest is joined with its neighbour until sizes at least double."""
        while len(self._pieces) > 1 and len(self._pieces[-2][0]) < max(2 * len(self._pieces[-1][0]), _SMALL):
            (data, starts, owners), (more, more_starts, more_owners) = self._pieces[-2:]
            joined = (
                np.concatenate([data, more]),
                np.concatenate([starts, more_starts + np.int32(len(data))]),
                np.concatenate([owners, more_owners]),
            )
            self._pieces[-2:] = [_thinned(*joined)]

    def mask(self, word: str, size: int) -> NDArray[np.bool_]:
        """Which ids below `size` have a text that contains `word`."""
        out = np.zeros(size, np.bool_)
        needle = np.frombuffer(word.encode("utf-8", "surrogatepass"), np.uint8)
        for data, starts, owners in list(self._pieces):
            places = _places(data, needle)
            found = owners[np.searchsorted(starts, places, "right") - 1]
            out[found[found < size]] = True
        out[:1] = False
        return out


def _without(owners: NDArray[np.int32], ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """Owners with some ids struck out (0)."""
    stale = np.isin(owners, ids)
    return np.where(stale, np.int32(0), owners) if stale.any() else owners


def _thinned(
    data: NDArray[np.uint8], starts: NDArray[np.int32], owners: NDArray[np.int32]
) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]:
    """The same without struck-out texts, once half of them are."""
    alive = owners > 0
    if 2 * np.count_nonzero(alive) >= len(owners):
        return data, starts, owners
    lengths = np.diff(np.append(starts, len(data)))
    kept = lengths[alive]
    return data[np.repeat(alive, lengths)], (np.cumsum(kept) - kept).astype(np.int32), owners[alive]


def _places(data: NDArray[np.uint8], needle: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Where a word begins: its rarest byte first, then the others where that one was found."""
    if len(data) < len(needle):
        return np.zeros(0, np.intp)
    sample = data[:: max(1, len(data) // 65_536)]
    counts = np.bincount(sample, minlength=256)
    order = np.argsort(counts[needle], kind="stable")
    room = len(data) - len(needle) + 1
    first = int(order[0])
    places = np.flatnonzero(data[first : first + room] == needle[first])
    for offset in order[1:]:
        if not len(places):
            break
        places = places[data[places + offset] == needle[offset]]
    return places
