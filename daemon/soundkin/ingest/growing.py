"""Files that are still written to: how long a pass waits for them, and what is said of those that it leaves."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from soundkin.folders.completeness import STILL_WRITTEN

_PATIENCE_S = 10.0
_NAMED = 3


class Growing:
    """One thread writes, any may read the sentence. `now` counts seconds and does not go back."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._left: tuple[str, ...] = ()

    def note(self, paths: Iterable[str], now: float) -> None:
        """A look found these not complete yet."""
        for path in paths:
            self._since.setdefault(path, now)

    def are_all(self, pending: Collection[str], now: float) -> bool:
        """Whether all that is still to be looked at are files that have gone on growing for longer than is waited."""
        self._since = {path: since for path, since in self._since.items() if path in pending}
        left = tuple(path for path, since in self._since.items() if now - since >= _PATIENCE_S)
        self._left = tuple(sorted(left))
        return len(left) == len(pending)

    @property
    def sentence(self) -> str:
        """Which files are left for later, "" for none."""
        if not self._left:
            return ""
        named, more = self._left[:_NAMED], len(self._left) - _NAMED
        rest = f" and {more:,} more" if more > 0 else ""
        return f"{STILL_WRITTEN}, analysed when complete: {', '.join(named)}{rest}"
