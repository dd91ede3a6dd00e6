"""What is wrong with a library that is open, as the doctor would say it of the file."""

from __future__ import annotations

from soundkin.library import SqliteLibrary, integrity


def findings(library: SqliteLibrary) -> list[str]:
    """Sentences; empty when sound."""
    with library._database.reading() as db:
        return integrity.full(db)
