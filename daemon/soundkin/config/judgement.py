"""Reads `soundkin.toml` once, puts the command line's values on top, and names every problem of both at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from soundkin.config.field import Setting, setting_of
from soundkin.config.network import RELATED, exposure
from soundkin.config.sections import OscSettings, Settings
from soundkin.names.printable import printable

Options = Mapping[str, tuple[str, Any]]
"""Dotted setting to the option of the command line that sets it, and its value; None: not given."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a settings file and a command line come to."""

    settings: Settings
    """What is in force; the default in place of a value that cannot be used."""
    origins: Mapping[str, str]
    """Dotted setting to the file or option that its value comes from; those not named are defaults."""
    file: str
    problems: tuple[str, ...] = ()
    """Of the file, a line each."""
    option_problems: tuple[str, ...] = ()
    """Of the command line, a line each."""

    @property
    def text(self) -> str:
        """Every problem as people read it; "" where there is none."""
        of_file = [f"{self.file}:", *(f"  {line}" for line in self.problems)] if self.problems else []
        return "\n".join(map(printable, [*self.option_problems, *of_file]))


def read_settings(path: Path | None, options: Options | None = None) -> Judgement:
    """Judge a settings file, which need not exist, and options."""
    import tomllib

    if path is None or not path.exists():
        return judge({}, str(path), options)
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return replace(judge({}, str(path), options), problems=(f"cannot be read: {error}",))
    return judge(table, str(path), options)


def judge(table: Mapping[str, Any], file: str, options: Options | None = None) -> Judgement:
    """Judge a parsed file and options: names, types, limits, forms, and what values mean together."""
    given = {dotted: option for dotted, option in (options or {}).items() if option[1] is not None}
    values, problems = _named(table)
    accepted, wrong = _accepted(values)
    overriding, refused = _accepted({dotted: value for dotted, (_, value) in given.items()})
    settings = _built({**accepted, **overriding})
    wrong |= _together(settings.osc, wrong)
    return Judgement(
        settings,
        dict.fromkeys(values, file) | {dotted: option for dotted, (option, _) in given.items()},
        file,
        (*problems, *(f"{dotted}: {text}" for dotted, text in wrong.items())),
        tuple(f"{given[dotted][0]}: {text}" for dotted, text in refused.items()),
    )


def problems_of(osc: OscSettings) -> dict[str, str]:
    """What is wrong with network settings that were made by code: dotted setting to problem."""
    _, wrong = _accepted({f"osc.{field.name}": getattr(osc, field.name) for field in fields(osc)})
    return wrong | _together(osc, wrong)


def each_setting(settings: Settings) -> Iterator[tuple[str, Setting, Any]]:
    """Dotted name, meaning and value of every setting."""
    for section in fields(settings):
        values = getattr(settings, section.name)
        for field in fields(values):
            yield f"{section.name}.{field.name}", setting_of(field), getattr(values, field.name)


def setting_named(dotted: str) -> Setting:
    """What a setting knows of itself."""
    return next(known for name, known, _ in each_setting(Settings()) if name == dotted)


def _named(table: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values that settings exist for, by dotted name, and a line for everything else."""
    known = [dotted for dotted, _, _ in each_setting(Settings())]
    sections = [section.name for section in fields(Settings)]
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, section in table.items():
        if name not in sections:
            problems.append(f"[{name}]: no such table; known: {', '.join(sections)}")
        elif not isinstance(section, dict):
            problems.append(f"{name}: expected a table, got {section!r}")
        else:
            for key, value in section.items():
                if f"{name}.{key}" in known:
                    values[f"{name}.{key}"] = value
                else:
                    others = sorted(dotted.partition(".")[2] for dotted in known if dotted.startswith(f"{name}."))
                    problems.append(f"{name}.{key}: no such setting; known: {', '.join(others)}")
    return values, problems


def _accepted(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values in the types of their defaults, and the problems of the others, by dotted name."""
    accepted: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for dotted, known, default in each_setting(Settings()):
        if dotted in values:
            try:
                accepted[dotted] = known.accept(values[dotted], default)
            except ValueError as error:
                wrong[dotted] = str(error)
    return accepted, wrong


def _built(values: Mapping[str, Any]) -> Settings:
    settings = Settings()
    for dotted, value in values.items():
        name, _, key = dotted.partition(".")
        section = replace(getattr(settings, name), **{key: value})
        settings = replace(settings, **{name: section})
    return settings


def _together(osc: OscSettings, wrong: Mapping[str, str]) -> dict[str, str]:
    """What values mean together, where each by itself can be used."""
    return {
        dotted: text
        for dotted, text in exposure(osc.host, lan=osc.lan, allow=osc.allow).items()
        if not any(name in wrong for name in (dotted, *RELATED[dotted]))
    }
