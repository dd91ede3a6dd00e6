"""Files that were handed out when a comparison did not find them: once they are stored, they are looked at again.

What is analysed may be moved or deleted before its outcome is stored. A comparison in between knows nothing of the row
that comes after it, which would stay until the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from soundkin.folders.findings import Findings
from soundkin.folders.walk import is_below


class InFlight:
    """One thread uses it."""

    def __init__(self) -> None:
        self._lost: set[str] = set()
        self._due: set[str] = set()

    def compared(self, out: Iterable[str], findings: Findings, targets: Sequence[str] | None) -> None:
        """A comparison of the targets (None: of all) was made while these files were `out`."""
        left = set(out).difference(findings.unsettled)
        for files in (findings.fresh, findings.doubtful, findings.stale):
            if left:
                left.difference_update(file.path for file in files)
        self._lost |= {path for path in left if targets is None or any(is_below(path, target) for target in targets)}

    def stored(self, paths: Iterable[str]) -> None:
        """These files are in the library now."""
        again = self._lost.intersection(paths)
        self._lost -= again
        self._due |= again

    def due(self) -> list[str]:
        """What to look at again now."""
        due, self._due = sorted(self._due), set()
        return due

    def __bool__(self) -> bool:
        """Whether anything is to be looked at again."""
        return bool(self._due)
