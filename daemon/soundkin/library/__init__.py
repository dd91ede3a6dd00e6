"""The SQLite truth: every followed folder, known file, vector and to-do entry. Alone owns apsw and sqlite-vec."""

from __future__ import annotations

from soundkin.library.columns import ColumnBlock
from soundkin.library.sqlite import SqliteLibrary, open_library
from soundkin.library.text import TextTerm

__all__ = ["ColumnBlock", "SqliteLibrary", "TextTerm", "open_library"]
