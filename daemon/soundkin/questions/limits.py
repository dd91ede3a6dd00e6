"""What may be asked: the limits of a question, and the checks that name what is wrong with one.

Pure, and light to import: the asking side judges a question with the same words as the answering side.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError, UnknownPathError, UnknownSampleError
from soundkin.model import Transport
from soundkin.names.spelling import meant

if TYPE_CHECKING:
    from soundkin.model import Like, Query

MOST_HITS = 10_000
"""Largest k, and largest offset + k."""
MOST_EXAMPLES = 64
HIGHEST_WEIGHT = 4.0
"""Of an aspect."""
HIGHEST_EXAMPLE_WEIGHT = 1000.0
MOST_SLOTS = 64
"""Of a kit."""
MOST_ALTERNATES = 64
"""For each slot of a kit."""
DEFAULT_ALTERNATES = 4
"""For each slot of a kit where the question says no number."""
NEAR_IDENTICAL = 0.75
"""Distance up to which two samples count as one sound in two files (docs/search.md)."""
MOST_ALIKE = 6.0
"""Largest distance that a report of duplicates may be asked for."""


HIGHEST_ID = 2**31 - 1
"""Of a sample: what the wire's numbers hold."""
MOST_LISTED = 2**31 - 1
"""Largest limit of a list."""
MOST_WORDS_BYTES = 4_000
"""Of the words or the filter of a list: they are one string on the wire."""
DAY_S = 86_400.0
LONGEST_AGE_S = 36_525 * DAY_S
"""Of a missing file: a hundred years."""


def absolute(path: str) -> str:
    """A path from the root; the file may be away and known all the same."""
    return os.path.abspath(os.path.expanduser(meant(path)))


def check_question(query: Query) -> None:
    """Raise `BadArgumentError` naming the first value that cannot be answered, examples included.

    Not judged here: the words of the filter, and whether the features have the aspects that are weighted.
    """
    check_query(query)
    check_examples(query)


def check_kit_question(query: Query, each: int, locked: Collection[int]) -> None:
    """Raise `BadArgumentError` naming the first value that no kit can be made of, examples included."""
    check_kit(len(query.like), each, locked)
    check_examples(query)


def check_query(query: Query) -> None:
    """As `check_question`, without a look at the examples."""
    if not query.like:
        raise BadArgumentError("the question has no example, expected at least one")
    if len(query.like) + len(query.unlike) > MOST_EXAMPLES:
        raise BadArgumentError(f"{len(query.like) + len(query.unlike)} examples, expected at most {MOST_EXAMPLES}")
    check_whole("k", query.k, 1, MOST_HITS)
    check_whole("offset", query.offset, 0, MOST_HITS - query.k)
    if query.per_folder is not None:
        check_whole("per_folder", query.per_folder, 1, MOST_HITS)
    check_number("novelty", query.novelty, 0.0, 1.0)
    if query.within is not None:
        check_number("within", query.within, 0.0, math.inf)
    for name, weight in query.weights.items():
        check_number(f"weight of {name!r}", weight, 0.0, HIGHEST_WEIGHT)


def check_examples(query: Query) -> None:
    """Raise `BadArgumentError` naming what is wrong with an example."""
    for like in (*query.like, *query.unlike):
        check_example(like)


def check_example(like: Like) -> None:
    """Raise `BadArgumentError` naming what is wrong with one example, `UnknownPathError` for a relative path."""
    given = [name for name in ("id", "path", "vector") if getattr(like, name) is not None]
    if len(given) != 1:
        raise BadArgumentError(f"an example needs exactly one of id, path and vector, got {given or 'none'}")
    if like.id is not None:
        check_id(like.id)
    if like.path is not None:
        _check_path(like.path)
    check_example_weight(like.weight)
    for name, value in (("start", like.start_s), ("end", like.end_s)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise BadArgumentError(f"{name} {value!r} s, expected 0 or more")
    if like.start_s is not None and like.end_s is not None and like.start_s >= like.end_s:
        raise BadArgumentError(f"start {like.start_s:g} s is not before end {like.end_s:g} s")
    if like.vector is not None and not all(math.isfinite(number) for number in like.vector):
        raise BadArgumentError("a vector with a number that is not finite")


def check_id(sample_id: int) -> None:
    """Raise `UnknownSampleError` for a number that no sample can have."""
    if not 0 < sample_id <= HIGHEST_ID:
        raise UnknownSampleError(f"no sample has the id {sample_id}")


def _check_path(path: str) -> None:
    """Relative paths are refused: another process, in another folder, may answer.

    On Windows a path without a drive is one of the current drive.
    """
    if not path:
        raise BadArgumentError("path: expected a file's path, got an empty string")
    if "\0" in path:
        raise BadArgumentError("path: a NUL cannot be part of it")
    if not Path(path).is_absolute() and not Path(path).root:
        raise UnknownPathError(f"{path}: expected an absolute path")


def check_example_weight(weight: float) -> None:
    """Raise `BadArgumentError` for what an example cannot weigh."""
    if not (isinstance(weight, int | float) and math.isfinite(weight) and 0 < weight <= HIGHEST_EXAMPLE_WEIGHT):
        raise BadArgumentError(
            f"weight {weight!r} of an example, expected a number above 0, at most {HIGHEST_EXAMPLE_WEIGHT:g}"
        )


def check_kit(slots: int, each: int, locked: Collection[int]) -> None:
    """Raise `BadArgumentError` naming the value that no kit can be made of."""
    check_whole("number of kit slots", slots, 1, MOST_SLOTS)
    check_whole("alternates for each slot", each, 1, MOST_ALTERNATES)
    for slot in locked:
        check_whole("locked slot", slot, 0, slots - 1)


def check_within(within: float | None) -> None:
    """Raise `BadArgumentError` for what is no distance to report duplicates up to; None stands for the usual one."""
    if within is not None:
        check_number("within", within, 0.0, MOST_ALIKE)


def check_list(words: str, limit: int, matching: str) -> None:
    """Raise `BadArgumentError` naming what no list can be made for; the words of the filter are not judged here."""
    check_whole("limit", limit, 1, MOST_LISTED)
    for name, text in (("words", words), ("filter", matching)):
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > MOST_WORDS_BYTES:
            raise BadArgumentError(f"{name}: {size:,} bytes, expected at most {MOST_WORDS_BYTES:,}")


def check_transport(state: str) -> None:
    """Raise `BadArgumentError` for what no DAW does."""
    if state not in tuple(Transport):
        raise BadArgumentError(f"state: expected {', '.join(Transport)}, got {state[:20]!r}")


def check_age(older_than_s: float) -> None:
    """Raise `BadArgumentError` for what is no age of a missing file."""
    check_number("age in seconds", older_than_s, 0.0, LONGEST_AGE_S)


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Raise `BadArgumentError` for what is not a whole number within the limits."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadArgumentError(f"{name} is {value!r}, expected a whole number from {low} to {high}")


def check_number(name: str, value: float, low: float, high: float) -> None:
    """Raise `BadArgumentError` for what is not a number within the limits, NaN included."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        bound = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of at least {low:g}"
        raise BadArgumentError(f"{name} is {value!r}, expected a number {bound}")
