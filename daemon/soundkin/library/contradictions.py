"""Samples whose sound speaks strongly against their name. Works inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.library import heard
from soundkin.library.folders import PATH
from soundkin.library.heard import Hearing
from soundkin.library.paths import native
from soundkin.library.rows import FINDABLE, ROOT_PATH, WITH_PLACES
from soundkin.model import Contradiction, SampleId, contradicts, labels_of, named

if TYPE_CHECKING:
    import apsw

_HEARD = (
    f"SELECT sample.id, {PATH}, {ROOT_PATH}, {heard.COLUMNS} FROM sample CROSS {WITH_PLACES} "
    f"WHERE {FINDABLE} AND heard.category IS NOT NULL"
)


def contradictions(db: apsw.Connection) -> list[Contradiction]:
    """Those within reach, the surest first, then by path."""
    hearing = Hearing(db)
    found = []
    for id_, stored_path, root, *columns in db.execute(_HEARD):
        path = native(stored_path)
        name, sound = named(path, native(root)), hearing.heard(*columns)
        if sound is not None and contradicts(name, sound):
            said = labels_of(name, sound)
            found.append(Contradiction(SampleId(id_), path, said.named, said.heard or "", said.heard_confidence or 0.0))
    return sorted(found, key=lambda each: (-each.confidence, each.path))
