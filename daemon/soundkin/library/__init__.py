"""The SQLite truth: every followed folder, known file, vector and to-do entry. Alone owns apsw and sqlite-vec."""

from __future__ import annotations

from soundkin.library.sqlite import SqliteLibrary, open_library

__all__ = ["SqliteLibrary", "open_library"]
