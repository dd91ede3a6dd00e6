"""Turns the options of `soundkin similar` into the engine's `Query`; every mistake is named."""

from __future__ import annotations

import os
from collections.abc import Sequence

from soundkin.errors import BadArgumentError
from soundkin.model import Like
from soundkin.questions.limits import absolute


def parse_weights(texts: Sequence[str]) -> dict[str, float]:
    """`timbre=2` and the like as a mapping. Raises `BadArgumentError` naming the text."""
    weights: dict[str, float] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        try:
            weights[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign:
            raise BadArgumentError(f"--weight {text!r}: expected ASPECT=NUMBER, such as timbre=2")
    return weights


def parse_example(text: str) -> Like:
    """`FILE` or `FILE:WEIGHT` as an example; a name that exists as it stands is a file, colon and all."""
    path, colon, number = text.rpartition(":")
    if colon and not os.path.exists(text):
        try:
            return Like(path=absolute(path), weight=float(number))
        except ValueError:
            pass
    return Like(path=absolute(text))
