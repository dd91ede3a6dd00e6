"""Between SQL rows and the model's dataclasses: the column lists and their converters. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from soundkin.library import heard
from soundkin.library.folders import OF_SAMPLE, PATH
from soundkin.library.heard import Hearing
from soundkin.library.paths import native
from soundkin.model import Facts, FileStamp, Kind, KnownFile, Sample, SampleId, State, labels_of, named

Row = tuple[Any, ...]

FACT_COLUMNS = (
    "duration_s", "sample_rate", "channels", "bit_depth", "loudness_db", "loudness_is_lufs", "peak_db",
    "root_hz", "root_confidence", "tempo_bpm", "tempo_confidence", "key", "kind",
)  # fmt: skip
"""In the order of the fields of `Facts`, all but its last, `cut_off`: that is the `failure_message` of a row without a
`failure_code`, so that it costs only those rows anything."""

_IN_STATE = {
    State.PRESENT: "sample.missing_since IS NULL AND root.online = 1",
    State.MISSING: "sample.missing_since IS NOT NULL",
    State.OFFLINE: "sample.missing_since IS NULL AND root.online = 0",
}

FINDABLE = f"sample.served = 1 AND {_IN_STATE[State.PRESENT]}"
"""Condition of every answer, where `sample` is joined with `root`, unless samples in other states are asked for."""

WITH_PLACES = f"JOIN root ON root.id = sample.root_id {OF_SAMPLE} {heard.OF_SAMPLE}"
LISTED = f"FROM json_each(?) AS asked CROSS JOIN sample ON sample.id = asked.value {WITH_PLACES}"
"""Samples of some ids, in their order; `listed` makes the value."""

ROOT_PATH = "coalesce((SELECT path FROM root AS top WHERE top.id = root.within), root.path)"
"""The folder that a person asked to follow; places below it are of the same."""

SAMPLE_COLUMNS = (
    f"sample.id, {PATH}, {ROOT_PATH}, sample.added_s, sample.missing_since IS NULL, root.online, {heard.COLUMNS}, "
    + ", ".join(f"sample.{name}" for name in (*FACT_COLUMNS, "failure_message"))
)

KNOWN_FILE_COLUMNS = (
    f"{PATH}, size, mtime_ns, ctime_ns, inode, sample.id, content_hash, feature_version, missing_since IS NOT NULL, "
    "failure_code IS NOT NULL"
)

_new = object.__new__
_STAMP_SLOTS = [vars(FileStamp)[name].__set__ for name in FileStamp.__slots__]
_KNOWN_FILE_SLOTS = [vars(KnownFile)[name].__set__ for name in KnownFile.__slots__]
_KINDS: dict[str | None, Kind | None] = {None: None, **{kind.value: kind for kind in Kind}}


def served_in(states: Collection[State]) -> str:
    """Condition of every sample in one of the states that has a vector, where `sample` is joined with `root`."""
    either = " OR ".join(_IN_STATE[state] for state in State if state in states)
    return "sample.served = 1" if len(states) == len(State) else f"sample.served = 1 AND ({either or '0'})"


def listed(ids: Iterable[int]) -> str:
    """The value that LISTED binds: each id once."""
    return json.dumps(list(dict.fromkeys(int(id_) for id_ in ids)))


def facts_row(facts: Facts) -> Row:
    """Values for FACT_COLUMNS."""
    return (
        facts.duration_s, facts.sample_rate, facts.channels, facts.bit_depth, facts.loudness_db,
        facts.loudness_is_lufs, facts.peak_db, facts.root_hz, facts.root_confidence, facts.tempo_bpm,
        facts.tempo_confidence, facts.key, facts.kind.value if facts.kind else None,
    )  # fmt: skip


def sample_from(row: Row, hearing: Hearing) -> Sample:
    """A `Sample` from SAMPLE_COLUMNS."""
    id_, path, root, added_s, is_there, online, version, category, likely, *facts = row
    state = State.MISSING if not is_there else State.PRESENT if online else State.OFFLINE
    facts[5] = bool(facts[5])
    facts[12] = _KINDS[facts[12]]
    facts[13] = native(facts[13]) if facts[13] else None
    path, root = native(path), native(root)
    labels = labels_of(named(path, root), hearing.heard(version, category, likely))
    return Sample(SampleId(id_), path, root, added_s, Facts(*facts), state, labels)


def known_files_from(rows: Iterable[Row]) -> dict[str, KnownFile]:
    """Path to `KnownFile`, from rows of KNOWN_FILE_COLUMNS.

    A rescan asks this of every file there is, and the generated `__init__` of a frozen dataclass takes three times
    as long as the query; so the slots are filled directly.
    """
    found: dict[str, KnownFile] = {}
    set_size, set_mtime, set_ctime, set_inode = _STAMP_SLOTS
    set_id, set_stamp, set_hash, set_version, set_missing, set_failed = _KNOWN_FILE_SLOTS
    for path, size, mtime_ns, ctime_ns, inode, id_, content_hash, version, missing, failed in rows:
        stamp = _new(FileStamp)
        set_size(stamp, size)
        set_mtime(stamp, mtime_ns)
        set_ctime(stamp, ctime_ns)
        set_inode(stamp, inode)
        known = _new(KnownFile)
        set_id(known, id_)
        set_stamp(known, stamp)
        set_hash(known, content_hash)
        set_version(known, version)
        set_missing(known, missing == 1)
        set_failed(known, failed == 1)
        found[native(path)] = known
    return found
