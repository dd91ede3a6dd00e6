"""Categories that samples have by their sound: kept apart from vectors, under the classifier's version.

Works inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from soundkin.errors import LibraryError
from soundkin.model import Heard, SampleId
from soundkin.model.categories import CATEGORIES

if TYPE_CHECKING:
    import apsw

    from soundkin.interfaces import Classifier
    from soundkin.model import Vector

COLUMNS = "heard.version, heard.category, heard.likely"
OF_SAMPLE = "LEFT JOIN heard ON heard.sample_id = sample.id"
MARK = "classified"

_NAMES = tuple(category.name for category in CATEGORIES)
_PUT = "INSERT OR REPLACE INTO heard VALUES (?, ?, ?, ?)"
_LACKING = (
    f"SELECT sample.id FROM sample {OF_SAMPLE} "
    "WHERE sample.id > ? AND sample.served = 1 AND heard.version IS NOT ? ORDER BY sample.id LIMIT ?"
)
_STILL_LACKING = (
    f"SELECT sample.id FROM json_each(?) AS asked CROSS JOIN sample ON sample.id = asked.value {OF_SAMPLE} "
    "WHERE sample.served = 1 AND heard.version IS NOT ?"
)


class Hearing:
    """Reads rows of COLUMNS as what this program calls them, whichever classifier wrote them."""

    def __init__(self, db: apsw.Connection) -> None:
        known = db.execute("SELECT version, categories FROM classifier")
        names = {version: tuple(json.loads(text)) for version, text in known}
        self._same = frozenset(version for version in names if names[version] == _NAMES)
        self._others = {version: each for version, each in names.items() if version not in self._same}

    def heard(self, version: int | None, category: int | None, likely: bytes | None) -> Heard | None:
        """What the sound says; None where it has not been asked."""
        if likely is None or version is None:
            return None
        if version in self._same:
            return Heard(-1 if category is None else category, likely)
        names = self._others[version]
        found = dict(zip(names, likely, strict=True))
        name = None if category is None else names[category]
        place = _NAMES.index(name) if name in _NAMES else -1
        return Heard(place, bytes(found.get(each, 0) for each in _NAMES))


def put(db: apsw.Connection, classifier: Classifier, vectors: Mapping[SampleId, Vector]) -> None:
    """Classify vectors by sample, and keep what comes out in place of what was kept before."""
    if not vectors:
        return
    _introduce(db, classifier)
    likely = classifier.posteriors(np.array(list(vectors.values()), np.float32))
    places, _ = classifier.decide(likely)
    scaled = np.rint(np.clip(likely, 0.0, 1.0) * 255).astype(np.uint8)
    db.executemany(
        _PUT,
        (
            (int(id_), classifier.version, place if place >= 0 else None, row.tobytes())
            for id_, place, row in zip(vectors, places.tolist(), scaled, strict=True)
        ),
    )


def drop(db: apsw.Connection, id_: int) -> None:
    """A sample's sound is another one, or none."""
    db.execute("DELETE FROM heard WHERE sample_id = ?", (id_,))


def lacking(db: apsw.Connection, version: int, after: int, most: int) -> list[int]:
    """Ids behind `after` of up to `most` samples that have a vector and no category of this version, ascending."""
    return [int(id_) for (id_,) in db.execute(_LACKING, (after, version, most))]


def still(db: apsw.Connection, version: int, ids: Sequence[int]) -> list[int]:
    """Those of `ids` that lack it by now."""
    return [int(id_) for (id_,) in db.execute(_STILL_LACKING, (json.dumps(list(ids)), version))]


def is_done(db: apsw.Connection, version: int) -> bool:
    """Whether every sample has been through the classifier of this version."""
    return bool(db.execute("SELECT value = ? FROM meta WHERE name = ?", (version, MARK)).get)


def finish(db: apsw.Connection, version: int) -> None:
    """Every sample has been through it: what older numbers meant may go."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (MARK, version))
    db.execute("DELETE FROM classifier WHERE version NOT IN (SELECT version FROM heard)")


def mend(db: apsw.Connection) -> None:
    """Drop what belongs to nothing; what is lacking is found by going through all samples again."""
    db.execute("DELETE FROM heard WHERE sample_id NOT IN (SELECT id FROM sample)")
    db.execute("DELETE FROM heard WHERE version NOT IN (SELECT version FROM classifier)")
    begin_again(db)


def begin_again(db: apsw.Connection) -> None:
    """Some samples may lack a category: all are gone through once more."""
    db.execute("DELETE FROM meta WHERE name = ?", (MARK,))


def _introduce(db: apsw.Connection, classifier: Classifier) -> None:
    """Keep what the classifier's numbers mean. Raises `LibraryError` where they meant something else before."""
    names = json.dumps(classifier.names)
    known = db.execute("SELECT categories FROM classifier WHERE version = ?", (classifier.version,)).get
    if known is None:
        db.execute("INSERT INTO classifier VALUES (?, ?)", (classifier.version, names))
    elif known != names:
        raise LibraryError(
            f"classifier version {classifier.version} has the categories {', '.join(classifier.names)} in this "
            f"Soundkin, {known} in the library: categories that change need a new version"
        )
