"""The controller layouts: made by their script, and right about every address, type and range."""

from __future__ import annotations

import importlib.util
import json
import sys
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fakes_service import library
from osc_peer import Peer, serving
from soundkin_osc.protocol import signature
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Arg

LAYOUTS = Path(__file__).parents[2] / "config/layouts"


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("soundkin_layouts_make", LAYOUTS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def tosc() -> ET.Element:
    return ET.fromstring(zlib.decompress((LAYOUTS / "soundkin.tosc").read_bytes()))


def widgets() -> list[dict[str, Any]]:
    table = json.loads((LAYOUTS / "soundkin.open-stage-control.json").read_text("utf-8"))
    found: list[dict[str, Any]] = table["content"]["widgets"]
    return found


def tosc_messages() -> Iterator[tuple[str, list[Arg], bool]]:
    """(address, the largest arguments that it sends, whether it sends) of every control."""
    for osc in tosc().iter("osc"):
        path = "".join(part.findtext("value", "") for part in osc.iterfind("path/partial"))
        args: list[Arg] = []
        for part in osc.iterfind("arguments/partial"):
            convert = {"INTEGER": int, "FLOAT": float, "STRING": str}[part.findtext("conversion", "")]
            constant = part.findtext("type") == "CONSTANT"
            args.append(convert(part.findtext("value" if constant else "scaleMax", "")))
        yield path, args, osc.findtext("send") == "1"


def osc_widgets() -> Iterator[tuple[str, list[Arg], bool]]:
    for widget in widgets():
        if widget.get("bypass"):
            continue
        sends = widget["type"] != "text"
        last = widget["range"]["max"] if widget["type"] == "fader" else widget.get("on", "")
        yield widget["address"], [*widget.get("preArgs", []), last], sends


def test_the_files_are_those_that_the_script_writes(make: ModuleType, tmp_path: Path) -> None:
    make.main(tmp_path)
    for path in (LAYOUTS / "soundkin.tosc", LAYOUTS / "soundkin.open-stage-control.json"):
        fresh, kept = (tmp_path / path.name).read_bytes(), path.read_bytes()
        if path.suffix == ".tosc":  # another zlib may compress otherwise
            fresh, kept = zlib.decompress(fresh), zlib.decompress(kept)
        assert fresh == kept, "run: python config/layouts/make.py"


@pytest.mark.parametrize("messages", [tosc_messages, osc_widgets])
def test_every_address_exists_and_takes_what_is_sent(messages: Any) -> None:
    count = 0
    for path, args, sends in messages():
        entry = TABLE[path]
        count += 1
        if sends:
            assert entry.kind in ("control", "request"), path
            fitted = signature.fit(entry.parameters, args)
            assert fitted[: len(args)] == tuple(args), path  # neither refused nor clamped
        else:
            assert entry.kind in ("feedback", "control"), path
    assert count > 60


@pytest.mark.parametrize("messages", [tosc_messages, osc_widgets])
def test_both_layouts_show_what_a_player_needs(messages: Any) -> None:
    paths = {path for path, _, _ in messages()}
    needed = {f"/soundkin/slot/{n}/{part}" for n in range(1, 17) for part in ("play", "name")}
    assert needed | {"/soundkin/nav/fader", "/soundkin/go", "/soundkin/commit", "/soundkin/subscribe"} <= paths


def test_nothing_overlaps_and_everything_is_on_the_screen(make: ModuleType) -> None:
    boxes = [(c.frame, c.address or c.text) for c in make.controls()]
    for at, ((x, y, w, h), name) in enumerate(boxes):
        assert x >= 0 and y >= 0 and x + w <= make.WIDTH and y + h <= make.HEIGHT, name  # noqa: PT018
        for (x2, y2, w2, h2), other in boxes[at + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y, (name, other)


def test_node_ids_are_unique() -> None:
    ids = [node.get("ID") for node in tosc().iter("node")]
    assert len(ids) == len(set(ids))


def test_pressing_everything_once_ends_without_a_single_refusal() -> None:
    with serving(library(100)) as daemon, Peer(daemon.port) as peer:
        peer.send("/soundkin/sel/id", 50)
        for _ in range(2):  # the first round fills the list
            for path, args, sends in tosc_messages():
                if sends and path not in ("/soundkin/sel/clear", "/soundkin/nav/back"):
                    peer.send(path, *args)
            heard = peer.settled()
        refused = [m for m in heard if m.address == "/soundkin/error" and m.args[1] != 5]
        assert [m for m in refused if "is empty" not in str(m.args[3])] == []
