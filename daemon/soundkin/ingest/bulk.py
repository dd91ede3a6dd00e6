"""Files that wait in large numbers, packed by folder until their turn comes. Touches nothing."""

from __future__ import annotations

from soundkin.folders.packed import Packed
from soundkin.model import DiskFile


class Bulk:
    """Packed files by folder. Those that were looked at last are at hand unpacked."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Packed]] = {}
        self._count = 0
        self._looked_at = ""
        self._files: dict[str, DiskFile] | None = None

    def __len__(self) -> int:
        return self._count

    @property
    def folders(self) -> list[str]:
        """Folders of which files are here."""
        return list(self._parts)

    def parts(self) -> list[Packed]:
        """Everything."""
        return [part for parts in self._parts.values() for part in parts]

    def of(self, folder: str) -> list[Packed]:
        """Those of one folder."""
        return self._parts.get(folder, []).copy()

    def add(self, part: Packed) -> None:
        """Take some in, of which none is here."""
        self._parts.setdefault(part.folder, []).append(part)
        self._count += part.count
        self._files = None

    def remove(self, part: Packed) -> bool:
        """Let some go; whether they were here."""
        parts = self._parts.get(part.folder, [])
        if not any(each is part for each in parts):
            return False
        self._parts[part.folder] = [each for each in parts if each is not part]
        if not self._parts[part.folder]:
            del self._parts[part.folder]
        self._count -= part.count
        self._files = None
        return True

    def find(self, folder: str, path: str) -> DiskFile | None:
        """The file of a path in a folder, if it is here."""
        if folder not in self._parts:
            return None
        if self._files is None or self._looked_at != folder:
            self._files = {file.path: file for part in self._parts[folder] for file in part.files()}
            self._looked_at = folder
        return self._files.get(path)
