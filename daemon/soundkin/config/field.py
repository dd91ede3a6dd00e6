"""What one setting knows of itself: meaning, limits, choices, form. Kept with the field, as its metadata. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, field
from typing import Any, TypeVar, cast

_T = TypeVar("_T")
_KEY = "setting"


@dataclass(frozen=True, slots=True)
class Setting:
    """The meaning of a setting, and what its values must be; texts in a list are judged one by one."""

    help: str
    """A sentence or two for people, with the unit."""
    low: float | None = None
    high: float | None = None
    """Least and largest number."""
    choices: tuple[str, ...] = ()
    """Texts that there are; none: any."""
    shortest: int = 0
    """Least number of characters of a text that is a secret; an empty one is none."""
    form: Callable[[str], object] | None = None
    """Reads a text; ValueError says what was expected."""

    @property
    def meaning(self) -> str:
        """The help, and which values there are where the type does not say it all."""
        allowed = ""
        if self.low is not None and self.high is not None:
            allowed = f" From {self.low:g} to {self.high:g}."
        elif self.choices:
            allowed = f" Known: {', '.join(self.choices)}."
        elif self.shortest:
            allowed = f" At least {self.shortest} characters."
        return self.help + allowed

    def accept(self, value: Any, default: Any) -> Any:
        """The value in its default's type. Raises ValueError naming what was expected, and the value."""
        if isinstance(default, bool):
            if not isinstance(value, bool):
                raise ValueError(f"expected true or false, got {value!r}")
            return value
        if isinstance(default, tuple):
            if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
                raise ValueError(f"expected a list of strings, got {value!r}")
            return self._texts(value)
        if isinstance(default, str):
            if not isinstance(value, str):
                raise ValueError(f"expected a string, got {value!r}")
            return self._text(value)
        return self._number(value, default)

    def _number(self, value: Any, default: float) -> float:
        kind = type(default)
        expected = "a whole number" if kind is int else "a number"
        if isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
            raise ValueError(f"expected {expected}, got {value!r}")
        low, high = cast("float", self.low), cast("float", self.high)
        if not low <= value <= high:
            raise ValueError(f"expected {expected} from {low:g} to {high:g}, got {value!r}")
        return kind(value)

    def _texts(self, values: Sequence[str]) -> tuple[str, ...]:
        """Raises ValueError with every text that cannot be used."""
        problems: list[str] = []
        for value in values:
            try:
                self._text(value)
            except ValueError as error:
                problems.append(str(error))
        if problems:
            raise ValueError("; ".join(problems))
        return tuple(values)

    def _text(self, value: str) -> str:
        if self.choices and value not in self.choices:
            raise ValueError(f"expected one of {', '.join(self.choices)}, got {value!r}")
        if value and len(value) < self.shortest:
            raise ValueError(f"expected at least {self.shortest} characters, got {len(value)}")
        if self.form is not None:
            try:
                self.form(value)
            except ValueError as error:
                raise ValueError(f"{error}, got {value!r}") from None
        return value


def setting(
    default: _T,
    help: str,  # noqa: A002
    *,
    limits: tuple[float, float] | None = None,
    choices: Sequence[str] = (),
    shortest: int = 0,
    form: Callable[[str], object] | None = None,
) -> _T:
    """A field of a section of the settings; a number needs limits."""
    low, high = limits or (None, None)
    known = Setting(help, low, high, tuple(choices), shortest, form)
    return field(default=default, metadata={_KEY: known})


def setting_of(field: Field[Any]) -> Setting:
    """What a field made by `setting` knows of itself."""
    return cast("Setting", field.metadata[_KEY])
