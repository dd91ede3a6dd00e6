"""Questions and hits as JSON text, for our own client: exact, strict, errors name the field. Pure, no I/O."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from soundkin.errors import BadArgumentError
from soundkin.model import Facts, Kind, Like, Neighbour, Query, Sample, SampleId, State

_LIKE_NUMBERS = ("start_s", "end_s", "weight")


def query_to_json(query: Query) -> str:
    """The question in ASCII JSON, defaults left out, so that odd file names survive any carrier."""
    table = {key: value for key, value in _plain(query).items() if key == "like" or value != _PLAIN_DEFAULT.get(key)}
    return _dumped(table)


def query_from_json(text: str) -> Query:
    """Read a question. Raises `BadArgumentError` naming the field and what was expected."""
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadArgumentError(f"the question is not JSON: {error}") from error
    table = _object("the question", table)
    readers = _READERS
    _known("the question", table, readers)
    if "like" not in table:
        raise BadArgumentError("like: expected a list of examples, got nothing")
    return Query(**{key: readers[key](key, value) for key, value in table.items()})


def neighbour_to_json(neighbour: Neighbour) -> str:
    """A hit with all that is known of it, in ASCII JSON."""
    return _dumped(_plain(neighbour))


def neighbour_from_json(text: str) -> Neighbour:
    """Read what `neighbour_to_json` wrote (by a daemon of this version or a newer one: unknown names are dropped)."""
    table = json.loads(text)
    sample = table.pop("sample")
    facts = _kept(Facts, sample.pop("facts"))
    if facts.get("kind") is not None:
        facts["kind"] = Kind(facts["kind"])
    if "state" in sample:
        sample["state"] = State(sample["state"])
    return Neighbour(sample=Sample(**_kept(Sample, sample), facts=Facts(**facts)), **_kept(Neighbour, table))


def _dumped(table: Any) -> str:
    return json.dumps(table, separators=(",", ":"), default=float)  # float: numpy's scalars


def _plain(value: Any) -> Any:
    """Dataclasses and mappings as dicts without None, enums as their values; the rest as it is."""
    if is_dataclass(value):
        items = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(item) for name, item in items if item is not None}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _kept(kind: type[Any], table: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {key: value for key, value in table.items() if key in names}


def _known(where: str, table: dict[str, Any], names: Any) -> None:
    unknown = [key for key in table if key not in names]
    if unknown:
        raise BadArgumentError(f"{where} has no field {unknown[0][:40]!r}; known: {', '.join(names)}")


def _object(name: str, value: Any) -> dict[str, Any]:
    return _checked(name, value, dict, "an object")  # type: ignore[no-any-return]


def _checked(name: str, value: Any, kind: type | tuple[type, ...], words: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        shown = json.dumps(value)
        raise BadArgumentError(f"{name}: expected {words}, got {shown[:60]}")
    return value


def _text(name: str, value: Any) -> str:
    text: str = _checked(name, value, str, "a string")
    if "\0" in text:
        raise BadArgumentError(f"{name}: a NUL cannot be part of it")
    return text


def _whole(name: str, value: Any) -> int:
    return _checked(name, value, int, "a whole number")  # type: ignore[no-any-return]


def _number(name: str, value: Any) -> float:
    number = float(_bounded(name, _checked(name, value, (int, float), "a number")))
    if not math.isfinite(number):
        raise BadArgumentError(f"{name}: expected a finite number, got {number}")
    return number


def _bounded(name: str, value: float) -> float:
    if isinstance(value, int) and abs(value) > 2**53:
        raise BadArgumentError(f"{name}: expected a number below 2^53")
    return value


def _flag(name: str, value: Any) -> bool:
    return _checked(name, value, bool, "true or false")  # type: ignore[no-any-return]


def _list(name: str, value: Any) -> list[Any]:
    return _checked(name, value, list, "a list")  # type: ignore[no-any-return]


def _ids(name: str, value: Any) -> tuple[SampleId, ...]:
    return tuple(SampleId(_whole(f"{name}[{at}]", item)) for at, item in enumerate(_list(name, value)))


def _weights(name: str, value: Any) -> dict[str, float]:
    return {key: _number(f"{name}.{key[:40]}", item) for key, item in _object(name, value).items()}


def _likes(name: str, value: Any) -> tuple[Like, ...]:
    return tuple(_like(f"{name}[{at}]", item) for at, item in enumerate(_list(name, value)))


def _like(name: str, value: Any) -> Like:
    table = {key: item for key, item in _object(name, value).items() if item is not None}
    _known(name, table, [field.name for field in fields(Like)])
    if sum(key in table for key in ("id", "path", "vector")) != 1:
        raise BadArgumentError(f"{name}: expected exactly one of id, path, vector")
    read: dict[str, Any] = {key: _number(f"{name}.{key}", table[key]) for key in _LIKE_NUMBERS if key in table}
    if "id" in table:
        read["id"] = SampleId(_whole(f"{name}.id", table["id"]))
    if "path" in table:
        read["path"] = _text(f"{name}.path", table["path"])
    if "vector" in table:
        numbers = _list(f"{name}.vector", table["vector"])
        read["vector"] = tuple(_number(f"{name}.vector[{at}]", item) for at, item in enumerate(numbers))
    return Like(**read)


def _optional(reader: Any) -> Any:
    return lambda name, value: None if value is None else reader(name, value)


_PLAIN_DEFAULT: dict[str, Any] = _plain(Query(like=()))
_READERS: dict[str, Any] = {
    "like": _likes,
    "unlike": _likes,
    "k": _whole,
    "offset": _whole,
    "snapshot": _optional(_text),
    "filter": _text,
    "weights": _weights,
    "within": _optional(_number),
    "per_folder": _optional(_whole),
    "fold_duplicates": _flag,
    "exclude": _ids,
    "include_self": _flag,
    "novelty": _number,
    "explain": _flag,
}
