"""The examples of a question before they are vectors: what is wrong with one, and whether it has to be read. Pure."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError, UnknownSampleError
from soundkin.model import State

if TYPE_CHECKING:
    from soundkin.model import Like, Query, Sample


def absolute(path: str) -> str:
    """A path from the root; the file may be away and known all the same."""
    return os.path.abspath(os.path.expanduser(path))


def is_whole(like: Like) -> bool:
    return like.start_s is None and like.end_s is None


def uses_what_is_known(like: Like, sample: Sample, query: Query) -> bool:
    """Whether a sample's stored vector is what is meant; one that is absent has to be asked for by an `is:` term."""
    if sample.state is State.PRESENT or not is_whole(like):
        return is_whole(like)
    from soundkin.search import names_states

    return names_states(query.filter)


def absence(like: Like, sample: Sample) -> UnknownSampleError:
    """Why an example cannot be asked about, and how it can."""
    name = f"sample {like.id}" if like.id is not None else repr(like.path)
    if not is_whole(like):
        return UnknownSampleError(f"{name} is {sample.state}: only the whole of it can be asked about")
    return UnknownSampleError(
        f"{name} is {sample.state}: to ask by what is known of it, put is:present, is:any or another is: term into "
        "the filter"
    )


def check_example(like: Like) -> None:
    """Raise `QueryError` naming what is wrong with one example."""
    given = [name for name in ("id", "path", "vector") if getattr(like, name) is not None]
    if len(given) != 1:
        raise BadArgumentError(f"an example needs exactly one of id, path and vector, got {given or 'none'}")
    if not math.isfinite(like.weight) or like.weight <= 0:
        raise BadArgumentError(f"weight {like.weight!r} of an example, expected a number above 0")
    for name, value in (("start", like.start_s), ("end", like.end_s)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise BadArgumentError(f"{name} {value!r} s, expected 0 or more")
    if like.start_s is not None and like.end_s is not None and like.start_s >= like.end_s:
        raise BadArgumentError(f"start {like.start_s:g} s is not before end {like.end_s:g} s")
