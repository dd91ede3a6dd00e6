"""Writes the controller layouts beside this file: `python config/layouts/make.py`.

One list of controls, with a fader for each aspect, becomes soundkin.tosc (TouchOSC: compressed XML) and
soundkin.open-stage-control.json.
"""

from __future__ import annotations

import json
import sys
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from soundkin.config import DEFAULT_PORT
from soundkin.model import Kind
from soundkin_osc.protocol.limits import ASPECTS, LONGEST_DUR_S, LONGEST_LEASE_S, SLOTS

HERE = Path(__file__).parent
WIDTH, HEIGHT = 720, 1280
ROW = 4
"""Slots beside each other."""
BLUE, GREEN, GREY, RED = (0.25, 0.5, 0.95), (0.2, 0.75, 0.45), (0.45, 0.48, 0.52), (0.9, 0.35, 0.3)
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Control:
    """One thing on the screen. `kind`: button, toggle, fader, label; `send` are constant arguments of a button."""

    kind: str
    address: str
    text: str
    frame: tuple[int, int, int, int]
    """x, y, width, height."""
    colour: Colour = GREY
    high: float = 1.0
    send: tuple[str | int, ...] = ()

    @property
    def path(self) -> str:
        """The whole address."""
        return f"/soundkin/{self.address}"


def controls() -> Iterator[Control]:
    """The screen from top to bottom."""
    yield Control("button", "subscribe", "connect", (10, 10, 150, 60), GREEN, send=("cursor slots", LONGEST_LEASE_S))
    yield Control("label", "sel/name", "", (170, 10, 540, 60))
    yield Control("label", "cursor/name", "", (10, 80, 500, 70), BLUE)
    yield Control("label", "cursor/index", "", (520, 80, 90, 70))
    yield Control("label", "cursor/total", "", (620, 80, 90, 70))
    yield Control("fader", "nav/fader", "", (10, 160, 700, 80), BLUE)
    for row, names in enumerate(
        (
            (("nav/prev", "<"), ("nav/next", ">"), ("nav/page/prev", "<<"), ("nav/page/next", ">>")),
            (("go", "find similar"), ("nav/into", "more like this"), ("nav/back", "back"), ("sel/clear", "clear")),
            (("play", "play"), ("stop", "stop"), ("play/auto", "auto"), ("commit", "use it")),
        )
    ):
        for column, (address, text) in enumerate(names):
            kind = "toggle" if address == "play/auto" else "button"
            colour = RED if address == "commit" else GREEN if address in ("go", "play") else GREY
            yield Control(kind, address, text, (10 + 177 * column, 250 + 80 * row, 167, 70), colour)
    for number in range(1, SLOTS + 1):
        x, y = 10 + 177 * ((number - 1) % ROW), 500 + 110 * ((number - 1) // ROW)
        yield Control("button", f"slot/{number}/play", str(number), (x, y, 167, 60), BLUE)
        yield Control("label", f"slot/{number}/name", "", (x, y + 60, 167, 40))
    each = (WIDTH - 10) // len(ASPECTS)
    for column, aspect in enumerate(ASPECTS):
        yield Control("label", "", aspect, (10 + each * column, 950, each - 10, 34))
        yield Control("fader", f"weight/{aspect}", "", (10 + each * column, 986, each - 10, 60), GREEN)
    yield Control("label", "", "longest (s)", (10, 1060, 167, 34))
    yield Control("fader", "filter/dur/max", "", (10, 1096, 344, 60), GREY, high=LONGEST_DUR_S)
    for column, (kind, text) in enumerate((("", "all"), (Kind.ONESHOT, "one-shots"), (Kind.LOOP, "loops"))):
        yield Control("button", "filter/type", text, (364 + 117 * column, 1096, 107, 60), GREY, send=(kind,))
    yield Control("toggle", "filter/here", "this folder", (10, 1176, 344, 70))
    yield Control("button", "filter/reset", "reset", (364, 1176, 341, 70))


# ---- TouchOSC ------------------------------------------------------------------------------------------------


def tosc() -> bytes:
    """The TouchOSC layout."""
    children = "".join(_node(number, control) for number, control in enumerate(controls()))
    root = _properties("Soundkin", (0, 0, WIDTH, HEIGHT), (0.08, 0.09, 0.1))
    xml = (
        "<?xml version='1.0' encoding='UTF-8'?><lexml version='3'>"
        f"<node ID='{_id('root')}' type='GROUP'>{root}<children>{children}</children></node></lexml>"
    )
    return zlib.compress(xml.encode(), 9)


def _node(number: int, control: Control) -> str:
    kind = {"button": "BUTTON", "toggle": "BUTTON", "fader": "FADER", "label": "LABEL"}[control.kind]
    more = ""
    if control.kind in ("button", "toggle"):
        more = _property("i", "buttonType", str(int(control.kind == "toggle")))
    if control.kind == "fader":
        more = _property("i", "orientation", "1")
    if control.kind == "label":
        more = _property("i", "textSize", "22")
    node = (
        f"<node ID='{_id(str(number))}' type='{kind}'>"
        f"{_properties(control.address or control.text, control.frame, control.colour, more)}"
        f"<values>{_values(control)}</values><messages>{_osc(control) if control.address else ''}</messages></node>"
    )
    if control.kind in ("button", "toggle") and control.text:
        node += _caption(number, control)
    return node


def _caption(number: int, control: Control) -> str:
    """What is written on a button: TouchOSC's own buttons carry no text."""
    off = _property("b", "interactive", "0") + _property("b", "background", "0") + _property("i", "textSize", "22")
    label = Control("label", "", control.text, control.frame, control.colour)
    return (
        f"<node ID='{_id(f'caption {number}')}' type='LABEL'>"
        f"{_properties(control.text, control.frame, control.colour, off)}<values>{_values(label)}</values></node>"
    )


def _properties(name: str, frame: tuple[int, int, int, int], colour: Colour, more: str = "") -> str:
    place = "".join(f"<{axis}>{value}</{axis}>" for axis, value in zip("xywh", frame, strict=True))
    rgb = "".join(f"<{part}>{value:g}</{part}>" for part, value in zip("rgb", colour, strict=True))
    return (
        "<properties>"
        + _property("s", "name", escape(name))
        + _property("r", "frame", place)
        + _property("c", "color", f"{rgb}<a>1</a>")
        + more
        + "</properties>"
    )


def _property(kind: str, key: str, value: str) -> str:
    return f"<property type='{kind}'><key>{key}</key><value>{value}</value></property>"


def _values(control: Control) -> str:
    key, default = ("text", escape(control.text)) if control.kind == "label" else ("x", "0")
    return (
        f"<value><key>{key}</key><locked>0</locked><lockedDefaultCurrent>0</lockedDefaultCurrent>"
        f"<default>{default}</default><defaultPull>0</defaultPull></value>"
    )


def _osc(control: Control) -> str:
    label = control.kind == "label"
    variable, condition = ("text", "ANY") if label else ("x", "RISE" if control.kind == "button" else "ANY")
    if control.send:
        arguments = "".join(_partial("CONSTANT", *_constant(value)) for value in control.send)
    elif label:
        arguments = _partial("VALUE", "STRING", "text")
    else:
        conversion = "INTEGER" if control.kind == "toggle" else "FLOAT"
        arguments = _partial("VALUE", conversion, "x", control.high)
    return (
        f"<osc><enabled>1</enabled><send>{int(not label)}</send><receive>{int(not control.send)}</receive>"
        "<feedback>0</feedback><connections>00001</connections>"
        f"<triggers><trigger><var>{variable}</var><condition>{condition}</condition></trigger></triggers>"
        f"<path>{_partial('CONSTANT', 'STRING', control.path)}</path><arguments>{arguments}</arguments></osc>"
    )


def _constant(value: str | int) -> tuple[str, str]:
    return ("INTEGER" if isinstance(value, int) else "STRING"), str(value)


def _partial(kind: str, conversion: str, value: str, high: float = 1.0) -> str:
    return (
        f"<partial><type>{kind}</type><conversion>{conversion}</conversion><value>{escape(value)}</value>"
        f"<scaleMin>0</scaleMin><scaleMax>{high:g}</scaleMax></partial>"
    )


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"soundkin layout {name}"))


# ---- Open Stage Control --------------------------------------------------------------------------------------


def session() -> str:
    """The Open Stage Control session."""
    widgets = [_widget(number, control) for number, control in enumerate(controls())]
    root = {"type": "root", "id": "root", "width": WIDTH, "height": HEIGHT, "widgets": widgets, "tabs": []}
    table = {"createdWith": "Open Stage Control", "version": "1.25.0", "type": "session", "content": root}
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def _widget(number: int, control: Control) -> dict[str, object]:
    left, top, width, height = control.frame
    widget: dict[str, object] = {
        "type": {"button": "button", "toggle": "button", "fader": "fader", "label": "text"}[control.kind],
        "id": f"{control.kind}_{number}",
        "left": left,
        "top": top,
        "width": width,
        "height": height,
        "colorWidget": "#" + "".join(f"{round(part * 255):02x}" for part in control.colour),
    }
    if control.address:
        widget |= {"address": control.path, "target": f"127.0.0.1:{DEFAULT_PORT}"}
    else:
        widget["bypass"] = True
    if control.kind == "label":
        widget |= {"default": control.text, "interaction": False}
    elif control.kind == "fader":
        widget |= {"horizontal": True, "design": "compact", "range": {"min": 0, "max": control.high}}
    else:
        widget |= {"label": control.text, "mode": "toggle" if control.kind == "toggle" else "tap", "on": 1, "off": 0}
    if control.send:
        # the value itself is the last argument; the others stand before it
        *before, last = control.send
        widget |= {"preArgs": before, "on": last}
    return widget


def main(folder: Path = HERE) -> None:
    """Write both files."""
    (folder / "soundkin.tosc").write_bytes(tosc())
    (folder / "soundkin.open-stage-control.json").write_text(session(), "utf-8")


if __name__ == "__main__":
    main(*(Path(name) for name in sys.argv[1:]))
