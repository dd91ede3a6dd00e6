"""Questions, hits and samples as JSON text, for our own client: exact both ways, strict about questions. No I/O.

What a question must look like stands in `query_shape`, which is imported where one is read: commands only write them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from soundkin.errors import BadArgumentError, QueryError
from soundkin.model import Facts, Kind, Labels, Like, Neighbour, Query, Sample, Source, State
from soundkin.names.spelling import meant, sent

_PATHS = ("path", "root")


def query_to_json(query: Query) -> str:
    """The question in ASCII JSON, defaults left out, so that odd file names survive any carrier."""
    default = Query(like=())
    table = {name: getattr(query, name) for name in _names(Query)}
    return _text({name: value for name, value in table.items() if name == "like" or value != getattr(default, name)})


def query_from_json(text: str) -> Query:
    """Read a question. Raises `BadArgumentError` naming the field and what was expected."""
    from soundkin_osc.protocol.query_shape import query_of

    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadArgumentError(f"the question is not JSON: {error}") from error
    return _meant(query_of(table))


def _meant(query: Query) -> Query:
    """The question with the paths that its examples stand for."""
    if not any(each.path and each.path.startswith("file:") for each in (*query.like, *query.unlike)):
        return query

    def of(likes: tuple[Like, ...]) -> tuple[Like, ...]:
        return tuple(each if each.path is None else replace(each, path=meant(each.path)) for each in likes)

    return replace(query, like=of(query.like), unlike=of(query.unlike))


def neighbour_to_json(neighbour: Neighbour) -> str:
    """A hit with all that is known of it, in ASCII JSON."""
    return _text(neighbour)


def neighbour_from_json(text: str) -> Neighbour:
    """Read what `neighbour_to_json` wrote (by a daemon of this version or a newer one: unknown names are dropped).

    Raises `QueryError` for anything else.
    """
    with _readable("hit"):
        table = json.loads(text)
        return Neighbour(sample=_sample(table.pop("sample")), **_kept(Neighbour, table))


def sample_to_json(sample: Sample) -> str:
    """A sample with all that is known of it, in ASCII JSON."""
    return _text(sample)


def sample_from_json(text: str) -> Sample:
    """Read what `sample_to_json` wrote. Raises as `neighbour_from_json`."""
    with _readable("sample"):
        return _sample(json.loads(text))


def copy_to_json(group: int, size: int, content: int, sample: Sample) -> str:
    """A sample of a group of near-identical ones, and its file's size in bytes and content, in ASCII JSON."""
    return _text({"group": group, "bytes": size, "content": content, "sample": sample})


def copy_from_json(text: str) -> tuple[int, int, int, Sample]:
    """Read what `copy_to_json` wrote. Raises as `neighbour_from_json`."""
    with _readable("copy"):
        table = json.loads(text)
        return int(table["group"]), int(table["bytes"]), int(table["content"]), _sample(table["sample"])


@contextmanager
def _readable(what: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise QueryError(f"the daemon's {what} cannot be read: {error!r}") from error


def _sample(table: dict[str, Any]) -> Sample:
    facts = _kept(Facts, table["facts"])
    if "kind" in facts:
        facts["kind"] = Kind(facts["kind"])
    kept: dict[str, Any] = {**_kept(Sample, table), "facts": Facts(**facts)}
    kept |= {name: meant(kept[name]) for name in _PATHS}
    if "labels" in kept:
        kept["labels"] = _labels(kept["labels"])
    if "state" in kept:
        kept["state"] = State(kept["state"])
    return Sample(**kept)


def _labels(table: dict[str, Any]) -> Labels:
    kept = _kept(Labels, table)
    kept["named"] = tuple(kept.get("named", ()))
    if "source" in kept:
        kept["source"] = Source(kept["source"])
    return Labels(**kept)


def _kept(kind: Any, table: dict[str, Any]) -> dict[str, Any]:
    return {name: table[name] for name in _names(kind) if name in table}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def _table(value: Any) -> Any:
    """What JSON does not know: mappings, dataclasses (what is None in them is left out), numpy's scalars."""
    if isinstance(value, Mapping):
        return dict(value)
    kind: Any = type(value)
    names = _names(kind)
    if kind is Sample:
        value = replace(value, path=sent(value.path), root=sent(value.root))
    return {name: item for name in names if (item := getattr(value, name)) is not None} if names else float(value)


_text = json.JSONEncoder(separators=(",", ":"), default=_table).encode
