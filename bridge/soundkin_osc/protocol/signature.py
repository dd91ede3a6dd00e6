"""Argument lists: how the address table writes them and how untrusted values are fitted to them. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soundkin_osc.protocol.codec import Arg

_INT_RANGE = (-(2.0**31), 2.0**31 - 1)
_WORDS = {"i": "a whole number", "f": "a number", "s": "a string", "p": "nothing or a number"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument. `type` is i, f, s, p (a button: nothing, or a number where 0.5 and more is a press) or * (any)."""

    name: str
    type: str
    optional: bool = False
    low: float | None = None
    high: float | None = None

    def fit(self, value: Arg) -> Arg:
        """The value in this type, numbers clamped to the range. Raises `BadArgumentError`."""
        if self.type == "*":
            return value
        if self.type == "s":
            if isinstance(value, str):
                return value
        elif isinstance(value, (int, float)) and math.isfinite(value):  # bool is an int: T is 1, F is 0
            number = self._clamped(value)
            if self.type != "i":
                return float(number)
            if number == int(number) and _INT_RANGE[0] <= number <= _INT_RANGE[1]:
                return int(number)
        raise BadArgumentError(f"{self.name}: expected {_WORDS[self.type]}, got {_shown(value)}")

    def _clamped(self, value: float) -> float:
        if self.low is not None and value < self.low:
            return self.low
        if self.high is not None and value > self.high:
            return self.high
        return value


def _shown(value: Arg) -> str:
    text = "nothing" if value is None else ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def parse(text: str) -> tuple[Parameter, ...]:
    """Read "rid:i path:s [count:i=1..64 offset:i]": what stands in brackets may be left out."""
    found: list[Parameter] = []
    optional = False
    for word in text.split():
        optional = optional or word.startswith("[")
        name, _, kind = word.strip("[]").partition(":")
        kind, _, limits = kind.partition("=")
        low, _, high = limits.partition("..")
        ends = (float(low), float(high)) if limits else (None, None)
        found.append(Parameter(name, kind, optional or kind == "p", *ends))
    return tuple(found)


def fit(parameters: Sequence[Parameter], args: Sequence[Arg]) -> tuple[Arg, ...]:
    """The arguments in their parameters' types, None for each that was left out. Raises `BadArgumentError`."""
    rest: tuple[Arg, ...] = ()
    if parameters and parameters[-1].type == "*":
        parameters = parameters[:-1]
        args, rest = args[: len(parameters)], tuple(args[len(parameters) :])
    if len(args) > len(parameters):
        wanted = ", ".join(p.name for p in parameters) or "none"
        raise BadArgumentError(f"{len(args)} arguments, expected at most {len(parameters)} ({wanted})")
    fitted: list[Arg] = []
    for at, parameter in enumerate(parameters):
        value = args[at] if at < len(args) else None
        if value is None and parameter.optional:
            fitted.append(None)
        else:
            fitted.append(parameter.fit(value))
    return (*fitted, *rest)


def of_use(parameters: Sequence[Parameter], args: Sequence[Arg]) -> Sequence[Arg]:
    """The arguments without those that a button passes over: what needs none takes any number of them.

    Controllers send a number with everything, and some two.
    """
    is_button = all(parameter.optional and parameter.type != "*" for parameter in parameters)
    return args[: len(parameters)] if is_button else args


def tags(parameters: Sequence[Parameter]) -> str:
    """The OSC type tags, such as ",is[iis]"."""
    must = "".join(p.type for p in parameters if not p.optional)
    may = "".join("f" if p.type == "p" else p.type for p in parameters if p.optional)
    return f",{must}" + (f"[{may}]" if may else "")
