"""What a question must look like: the model's dataclasses, held to strictly; errors name the field.

Alone touches msgspec. Fields, types and defaults are the dataclasses' own: a new one is understood at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import EllipsisType, UnionType
from typing import Annotated, Any, NewType, Union, get_args, get_origin, get_type_hints

import msgspec

from soundkin.errors import BadArgumentError
from soundkin.model import Like, Query

_LARGEST_WHOLE = 2**53
"""Whole numbers up to here are exact in every JSON reader."""
_LARGEST = 1.7976931348623157e308
_BOUNDS: dict[type, Any] = {
    int: Annotated[int, msgspec.Meta(ge=-_LARGEST_WHOLE, le=_LARGEST_WHOLE)],
    float: Annotated[float, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)],
    str: Annotated[str, msgspec.Meta(pattern=r"\A[^\0]*\Z")],
}
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}
_COMPLAINT = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
_MISFIT = re.compile(r"Expected `(\w+)(?: \| null)?`, got `\w+`")


def query_of(table: Any) -> Query:
    """The question that parsed JSON stands for. Raises `BadArgumentError` naming the field and what was expected."""
    try:
        query = msgspec.convert(msgspec.convert(table, _shape(Query)), Query, from_attributes=True)
    except (msgspec.ValidationError, UnicodeError) as error:  # the latter for a field whose name is not text
        raise BadArgumentError(_complaint(str(error), table)) from error
    for name, examples in (("like", query.like), ("unlike", query.unlike)):
        for at, like in enumerate(examples):
            if sum(value is not None for value in (like.id, like.path, like.vector)) != 1:
                raise BadArgumentError(f"{name}[{at}]: expected exactly one of id, path, vector")
    return query


@cache
def _shape(kind: Any) -> type[msgspec.Struct]:
    """The dataclass as msgspec judges it strictly: no unknown fields, every value within our bounds."""
    hints = get_type_hints(kind)
    shaped: list[Any] = []
    for field in fields(kind):
        made = field.default_factory
        default = field.default if made is MISSING else msgspec.field(default_factory=made)
        judged = (field.name, _strict(hints[field.name]))
        shaped.append(judged if default is MISSING else (*judged, default))
    return msgspec.defstruct(kind.__name__, shaped, forbid_unknown_fields=True)


def _strict(kind: Any) -> Any:
    """A field's type with our bounds in it."""
    if is_dataclass(kind):
        return _shape(kind)  # type: ignore[arg-type]
    if isinstance(kind, NewType):
        return _strict(kind.__supertype__)
    if (origin := get_origin(kind)) is None:
        return _BOUNDS.get(kind, kind)
    parts = tuple(part if isinstance(part, EllipsisType) else _strict(part) for part in get_args(kind))
    if origin in (Union, UnionType):
        return Union[parts]  # noqa: UP007
    if origin is Mapping:
        return dict[str, parts[1]]  # type: ignore[valid-type]
    return origin[parts]


def _complaint(message: str, table: Any) -> str:
    """msgspec's message in our words: the field, what was expected, what came instead."""
    if not message.startswith(("Expected", "Number")):  # such a message quotes the question: not to be taken apart
        return _misnamed(table)
    found = _COMPLAINT.fullmatch(message)
    what, path = (found["what"], found["path"] or "") if found else (message, "")
    where, value = _at(path, table)
    name = where or "the question"
    if misfit := _MISFIT.fullmatch(what):
        return f"{name}: expected {_WORDS.get(misfit[1], misfit[1])}, got {_shown(value)}"
    if "regex" in what:
        return f"{name}: a NUL cannot be part of it"
    if what.startswith("Expected `int`"):
        return f"{name}: expected a number below 2^53"
    return f"{name}: expected a finite number, got {str(value)[:60]}"


def _misnamed(table: Any) -> str:
    """Which field there is not, or is missing."""
    examples = [(f"{name}[{at}]", item) for name in ("like", "unlike") for at, item in _numbered(table.get(name))]
    for where, value in (("the question", table), *examples):
        known = [field.name for field in fields(Query if value is table else Like)]
        for name in value if isinstance(value, dict) else ():
            if name not in known:
                return f"{where} has no field {name[:40]!a}; known: {', '.join(known)}"
    return "like: expected a list of examples, got nothing"


def _numbered(value: Any) -> list[tuple[int, Any]]:
    return list(enumerate(value)) if isinstance(value, list) else []


def _at(path: str, table: Any) -> tuple[str, Any]:
    """What msgspec's path is called here, and what stands there."""
    name = ""
    value: Any = table
    for key, place in _STEP.findall(path):
        if place == "...":  # a mapping of numbers
            bad = next((key for key, item in value.items() if not _is_number(item)), "")
            name, value = f"{name}.{bad[:40]}", value.get(bad)
        else:
            value = value[int(place)] if place else value[key]
            name += f"[{place}]" if place else f".{key}"
    return name.removeprefix("."), value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _shown(value: Any) -> str:
    try:
        return json.dumps(value)[:60]
    except RecursionError:
        return "something deeply nested"
