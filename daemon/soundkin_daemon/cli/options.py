"""Options that several commands share. Their help and completion are made from what they stand for: aspects, limits."""

from __future__ import annotations

from typing import Annotated

import typer

from soundkin.analysis.params import PARAMS
from soundkin.questions.limits import HIGHEST_WEIGHT

_NAMES = PARAMS.aspect_names


def started_weights(incomplete: str) -> list[str]:
    """What a shell may complete a half-typed weight to: `mo` to `motion=`."""
    return [f"{name}=" for name in _NAMES if name.startswith(incomplete)]


Weights = Annotated[
    list[str] | None,
    typer.Option(
        "--weight",
        metavar="ASPECT=NUMBER",
        help=f"How much an aspect counts, 0 to {HIGHEST_WEIGHT:g}, such as {_NAMES[0]}=2 (default: 1); repeat. "
        f"Aspects: {', '.join(_NAMES)}.",
        autocompletion=started_weights,
    ),
]
