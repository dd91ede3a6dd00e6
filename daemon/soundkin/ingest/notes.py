"""Sentences about followed folders that a person should read, as `status` shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Notes:
    """Each matter has one sentence: a root's path alone, or with a word behind it. One thread writes, any may read."""

    def __init__(self) -> None:
        self._sentences: dict[str, str] = {}

    def take(self, notes: Mapping[str, str]) -> None:
        """News of some matters; "" takes an older sentence back."""
        kept = {matter: sentence for matter, sentence in self._sentences.items() if matter not in notes}
        self._sentences = kept | {matter: sentence for matter, sentence in notes.items() if sentence}

    def keep_only(self, roots: Iterable[str]) -> None:
        """Nothing is said any more of folders that are none of these roots."""
        followed = tuple(roots)
        self._sentences = {
            matter: sentence
            for matter, sentence in self._sentences.items()
            if any(matter == root or matter.startswith(root + " ") for root in followed)
        }

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(self._sentences.values())
