"""Bulk reads for filters: facts and paths of many samples as columns. Works on a `SqliteLibrary` of this package."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from soundkin.library.columns import COLUMNS, ColumnBlock, block_from
from soundkin.library.folders import PATH
from soundkin.library.paths import native
from soundkin.library.rows import LISTED, WITH_PLACES, listed, served_in
from soundkin.model import PRESENT, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from soundkin.library.sqlite import SqliteLibrary

_BLOCK = 4096
_ALL = f"FROM sample CROSS {WITH_PLACES}"


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueBlock:
    """Columns of n samples with their paths and the paths of their roots, in step."""

    columns: ColumnBlock
    paths: Sequence[str]
    roots: Sequence[str]


def catalogue(
    library: SqliteLibrary, ids: Sequence[int] | None = None, states: Collection[State] = PRESENT
) -> Iterator[CatalogueBlock]:
    """Blocks of every sample in one of the states, or of those of `ids`, each block from one moment."""
    source, values = (_ALL, ()) if ids is None else (LISTED, (listed(ids),))
    with library._database.reading() as db:
        cursor = db.execute(f"SELECT {PATH}, root.path, {COLUMNS} {source} WHERE {served_in(states)}", values)
        while rows := list(islice(cursor, _BLOCK)):
            yield _block(rows)


def _block(rows: list[tuple[Any, ...]]) -> CatalogueBlock:
    return CatalogueBlock(
        columns=block_from([row[2:] for row in rows]),
        paths=[native(row[0]) for row in rows],
        roots=[native(row[1]) for row in rows],
    )
