"""The OSCQuery tree: what the address table looks like to programs that build their controls from it. Pure.

See the Vidvox OSCQuery proposal. Every control and feedback is a node with one type; questions are described for
people. Verbs that change the daemon, and the map while there is none, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from soundkin.model import Kind
from soundkin_osc.protocol import signature
from soundkin_osc.protocol.address import PREFIX, Address
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.addresses_cursor import MAP

Values: TypeAlias = Mapping[str, tuple[int | float | str, ...]]
READ, WRITE, BOTH = 1, 2, 3
ATTRIBUTES = ("FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "OVERLOADS")
_KINDS = ["", *(kind.value for kind in Kind)]


def host_info(port: int) -> dict[str, Any]:
    """The answer to ?HOST_INFO; what is not named is the same as the HTTP server's."""
    return {
        "NAME": "Soundkin",
        "OSC_PORT": port,
        "OSC_TRANSPORT": "UDP",
        "WS_PORT": port,
        "EXTENSIONS": {
            "ACCESS": True,
            "VALUE": True,
            "RANGE": True,
            "DESCRIPTION": True,
            "OVERLOADS": True,
            "LISTEN": True,
        },
    }


def tree(values: Values, within: str = "/") -> dict[str, Any]:
    """The tree with the values that the cursor shows now: the way to the path `within`, and all that lies below it."""
    root: dict[str, Any] = {"FULL_PATH": "/", "DESCRIPTION": "Soundkin finds similar samples", "CONTENTS": {}}
    start = "/".join(["", *filter(None, within.split("/"))]) + "/"
    for path in listed():
        if not f"{path}/".startswith(start):
            continue
        parts = path.split("/")[1:]
        node = root
        for depth, part in enumerate(parts, 1):
            contents = node.setdefault("CONTENTS", {})
            node = contents.setdefault(part, {"FULL_PATH": "/" + "/".join(parts[:depth])})
        node.update(node_of(TABLE[path], values))
    return root


def listed() -> list[str]:
    """Addresses that are in the tree."""
    hidden = {address.path for address in MAP}
    return [
        path
        for path, entry in TABLE.items()
        if entry.kind != "reply" and not entry.admin and path not in hidden and not path.endswith("/audition")
    ]


def node_of(address: Address, values: Values) -> dict[str, Any]:
    """Attributes of one node, without its contents."""
    if address.parameters and address.parameters[-1].type == "*":
        return {"DESCRIPTION": address.description, "ACCESS": WRITE}
    must = [p for p in address.parameters if not p.optional or p.type == "p"]
    every = list(address.parameters)
    shown = values.get(address.path)
    access = READ if address.kind == "feedback" else BOTH if shown is not None else WRITE
    node: dict[str, Any] = {
        "TYPE": "".join("I" if p.type == "p" else p.type for p in must) or "N",
        "ACCESS": access,
        "DESCRIPTION": address.description,
    }
    if len(every) > len(must):
        node["OVERLOADS"] = [{"TYPE": "".join(p.type for p in every)}]
    ranges = [_range(address, parameter) for parameter in must]
    if any(ranges):
        node["RANGE"] = ranges
    if shown is not None:
        node["VALUE"] = list(shown)
    return node


def _range(address: Address, parameter: signature.Parameter) -> dict[str, Any]:
    if address.name == "filter/type":
        return {"VALS": _KINDS}
    if parameter.type == "p" or parameter.low is None:
        return {}
    kind = int if parameter.type == "i" else float
    return {"MIN": kind(parameter.low), "MAX": kind(parameter.high or 0)}


def find(root: dict[str, Any], path: str) -> dict[str, Any] | None:
    """The node of a path, None where there is none."""
    node: dict[str, Any] | None = root
    for part in path.strip("/").split("/") if path.strip("/") else []:
        node = (node or {}).get("CONTENTS", {}).get(part)
    return node


def attribute_of(query: str) -> str:
    """The attribute that a query string asks for; "" for all."""
    return query.partition("=")[0].partition("&")[0]


def answer(path: str, query: str, port: int, values: Values) -> tuple[int, dict[str, Any] | None]:
    """HTTP status and JSON for a request of a path with a query string."""
    attribute = attribute_of(query)
    if attribute == "HOST_INFO":
        return 200, host_info(port)
    if attribute and attribute not in ATTRIBUTES:
        return 400, None
    node = find(tree(values, path), path)
    if node is None:
        return 404, None
    if not attribute:
        return 200, node
    if attribute not in node:
        return 204, None
    return 200, {attribute: node[attribute]}


def listens_to(path: str) -> bool:
    """Whether an address can be listened to: it has a value that changes."""
    return path.startswith(PREFIX) and path in TABLE and TABLE[path].kind in ("control", "feedback")
