"""The index's to-do list and the generation that numbers it; every function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from soundkin.library.schema import fact
from soundkin.model import Change, SampleId

if TYPE_CHECKING:
    import apsw

_MISSING_OR_GONE = """
SELECT change.sample_id, sample.served IS NOT 1 OR sample.missing_since IS NOT NULL OR root.online IS NOT 1
FROM change
LEFT JOIN sample ON sample.id = change.sample_id
LEFT JOIN root ON root.id = sample.root_id
WHERE change.generation > ?
ORDER BY change.generation, change.sample_id
"""


def generation(db: apsw.Connection) -> int:
    """Number of the newest change."""
    return int(fact(db, "generation"))


def next_generation(db: apsw.Connection) -> int:
    """Begin a new generation and return its number."""
    db.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")
    return generation(db)


def note(db: apsw.Connection, ids: Iterable[int]) -> None:
    """The index is to look at these samples again."""
    listed = list(ids)
    if listed:
        number = next_generation(db)
        db.executemany("INSERT OR REPLACE INTO change VALUES (?, ?)", ((id_, number) for id_ in listed))


def note_root(db: apsw.Connection, root_id: int) -> None:
    """The index is to look at every sample of a root that could be found when it is online."""
    number = next_generation(db)
    db.execute(
        "INSERT OR REPLACE INTO change SELECT id, ? FROM sample "
        "WHERE root_id = ? AND served = 1 AND missing_since IS NULL",
        (number, root_id),
    )


def start_afresh(db: apsw.Connection) -> None:
    """Every index of this library is out of date as a whole and has to be rebuilt."""
    number = next_generation(db)
    db.execute("DELETE FROM change")
    db.execute("UPDATE meta SET value = ? WHERE name = 'pruned_below'", (number,))


def since(db: apsw.Connection, number: int) -> list[Change] | None:
    """What happened after generation `number`; None where the list does not reach back so far, or is not ours."""
    if not int(fact(db, "pruned_below")) <= number <= generation(db):
        return None
    return [Change(SampleId(id_), bool(gone)) for id_, gone in db.execute(_MISSING_OR_GONE, (number,))]


def prune(db: apsw.Connection, number: int) -> None:
    """A saved index holds everything up to generation `number`."""
    number = min(number, generation(db))
    db.execute("DELETE FROM change WHERE generation <= ?", (number,))
    db.execute("UPDATE meta SET value = max(value, ?) WHERE name = 'pruned_below'", (number,))
