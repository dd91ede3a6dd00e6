"""A question on its way: its examples, looked up in the library once for everything that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soundkin.model.answers import Like, Query, Sample
    from soundkin.model.sound import Vector


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedExample:
    """One example, and what the library knows of it."""

    like: Like
    sample: Sample | None = None
    """None where the library holds none, or where a vector was given."""
    vector: Vector | None = None
    """None where audio has to be read."""


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """A question with its examples looked up. It is good for one answer, soon: the library goes on changing."""

    query: Query
    like: tuple[ResolvedExample, ...]
    unlike: tuple[ResolvedExample, ...] = ()

    @property
    def reads_audio(self) -> bool:
        """Whether an answer has to read files."""
        return any(each.vector is None for each in (*self.like, *self.unlike))

    @property
    def strangers(self) -> tuple[str, ...]:
        """Paths of files that an answer has to open and that the library does not hold."""
        examples = (*self.like, *self.unlike)
        return tuple(each.like.path for each in examples if each.vector is None and not each.sample and each.like.path)
