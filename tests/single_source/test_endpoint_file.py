"""The endpoint file: what the daemon writes in it and what the scripts read out of it have the same names."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from soundkin_daemon.reaper.endpoint_file import EndpointFile

TOP = Path(__file__).parents[2]
DISCOVER = (TOP / "scripts/reaper/soundkin/soundkin_lib/discover.lua").read_text("utf-8")


def names(table: str) -> set[str]:
    found = re.search(rf"local {table} = \{{(.*?)\}}", DISCOVER)
    assert found is not None
    return set(re.findall(r"(\w+) = true", found[1]))


def test_the_scripts_gather_every_list_and_convert_every_number() -> None:
    empty = EndpointFile()
    kinds = {field.name: type(getattr(empty, field.name)) for field in fields(EndpointFile)}
    assert names("LISTS") == {name for name, kind in kinds.items() if kind is tuple}
    assert names("NUMBERS") == {name for name, kind in kinds.items() if kind is int}
