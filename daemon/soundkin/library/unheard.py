"""How many files of each ending a followed folder holds that cannot be heard. Works inside the caller's transaction.

Kept in `meta`, one row for each folder that has any, under its root's number, which is never given twice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from soundkin.formats import added

if TYPE_CHECKING:
    from collections.abc import Mapping

    import apsw

_OF_A_ROOT = "FROM root JOIN meta ON meta.name = 'unheard ' || root.id"


def note(db: apsw.Connection, root_id: int, counts: Mapping[str, int]) -> None:
    """Keep what a look at a whole folder counted; counts of folders that are followed no longer go."""
    db.execute(
        "DELETE FROM meta WHERE name GLOB 'unheard *' "
        "AND name NOT IN (SELECT 'unheard ' || id FROM root WHERE id <> ?)",
        (root_id,),
    )
    if counts:
        db.execute(
            "INSERT INTO meta (name, value) SELECT 'unheard ' || id, ? FROM root WHERE id = ?",
            (json.dumps(dict(counts), sort_keys=True), root_id),
        )


def of(db: apsw.Connection, root_id: int) -> dict[str, int]:
    """Counts of one folder by ending."""
    return _read(db.execute(f"SELECT meta.value {_OF_A_ROOT} WHERE root.id = ?", (root_id,)).get)


def total(db: apsw.Connection) -> dict[str, int]:
    """Counts of all folders together, by ending."""
    return added([_read(value) for (value,) in db.execute(f"SELECT meta.value {_OF_A_ROOT}")])


def _read(value: object) -> dict[str, int]:
    return {str(name): int(count) for name, count in json.loads(value).items()} if isinstance(value, str) else {}
