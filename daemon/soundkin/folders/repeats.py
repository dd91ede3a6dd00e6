"""Roots that were as the library knows them: where a walk finds the same once more, no row is read. Touches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from soundkin.folders.walk import FileRow


@dataclass(slots=True)
class _Seen:
    """One walk over a root."""

    state: int | None = None
    """How many rows of the library had changed until then; None where something differed from it."""
    hashes: list[int] = field(default_factory=list)
    """Of each piece of the walk, in order: 64 bits for a thousand files."""


class Repeats:
    """What the newest walk over each root found. Holds for one process: the hashes of strings are its own."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def knows(self, root: str, state: int) -> bool:
        """Whether a root was as the library knew it, and not a row of the library has changed since."""
        return root in self._seen and self._seen[root].state == state

    def unchanged(self, root: str, runs: Iterator[list[FileRow]]) -> int | None:
        """How many files a walk finds, where it finds the same; None as soon as it does not."""
        count = 0
        hashes = iter(self._seen[root].hashes)
        for run in runs:
            if next(hashes, None) != _hash(run):
                return None
            count += len(run)
        return count if next(hashes, None) is None else None

    def noted(self, root: str, runs: Iterator[list[FileRow]]) -> Iterator[list[FileRow]]:
        """The pieces of a walk, which are remembered on the way."""
        seen = self._seen[root] = _Seen()
        for run in runs:
            seen.hashes.append(_hash(run))
            yield run

    def settle(self, root: str, state: int) -> None:
        """The walk noted last found what the library holds in this state."""
        self._seen[root].state = state


def _hash(run: list[FileRow]) -> int:
    return hash(tuple(run))
