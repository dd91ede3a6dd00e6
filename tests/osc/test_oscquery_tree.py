"""The OSCQuery tree as a value: one node of each kind, attribute by attribute."""

from __future__ import annotations

import pytest

from soundkin_osc.protocol.address import Address
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.oscquery import answer, find, host_info, listed, listens_to, node_of, tree

VALUES: dict[str, tuple[int | float | str, ...]] = {"/soundkin/nav/fader": (0.25,), "/soundkin/page": (2,)}


def ask(path: str, query: str = "") -> tuple[int, object]:
    return answer(path, query, 27_400, VALUES)


def test_the_host_says_its_name_ports_and_what_it_can() -> None:
    assert host_info(27_400) == {
        "NAME": "Soundkin",
        "OSC_PORT": 27_400,
        "OSC_TRANSPORT": "UDP",
        "WS_PORT": 27_400,
        "EXTENSIONS": dict.fromkeys(("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "OVERLOADS", "LISTEN"), True),
    }
    assert ask("/anything", "HOST_INFO") == (200, host_info(27_400))
    assert ask("/", "HOST_INFO=1&x=2") == (200, host_info(27_400))


def test_the_root_and_the_containers_name_their_paths() -> None:
    root = tree(VALUES)
    assert root["FULL_PATH"] == "/"
    assert root["DESCRIPTION"]
    assert list(root["CONTENTS"]) == ["soundkin"]
    nav = find(root, "/soundkin/nav")
    assert nav is not None
    assert nav["FULL_PATH"] == "/soundkin/nav"
    assert {"next", "prev", "fader", "page"} <= nav["CONTENTS"].keys()
    assert nav["CONTENTS"]["page"]["CONTENTS"]["next"]["FULL_PATH"] == "/soundkin/nav/page/next"


def test_a_part_of_the_tree_is_the_same_as_in_the_whole() -> None:
    whole = tree(VALUES)
    for path in (
        "/",
        "/soundkin",
        "/soundkin/nav",
        "/soundkin/nav/",
        "/soundkin/play",
        "/soundkin/go",
        "/soundkin/slot/1",
    ):
        part = tree(VALUES, path)
        assert find(part, path) == find(whole, path) is not None
        assert path.count("/") < 2 or len(str(part)) < len(str(whole)) / 4


def test_an_address_that_others_lie_below_is_both_a_node_and_a_container() -> None:
    node = find(tree(VALUES), "/soundkin/play")
    assert node is not None
    assert node["FULL_PATH"] == "/soundkin/play"
    assert (node["TYPE"], node["ACCESS"]) == ("I", 2)
    assert "auto" in node["CONTENTS"]


def test_everything_is_listed_but_replies_admin_verbs_the_map_and_audition() -> None:
    paths = set(listed())
    assert {"/soundkin/find/path", "/soundkin/go", "/soundkin/cursor/name", "/soundkin/commit"} <= paths
    hidden = {"/soundkin/done", "/soundkin/quit", "/soundkin/index/rescan", "/soundkin/map/xy", "/soundkin/audition"}
    assert hidden <= TABLE.keys()
    assert not hidden & paths
    assert [path for path in TABLE if path in paths] == listed()


def node(
    signature: str, kind: str = "request", name: str = "x", shown: tuple[int | float | str, ...] | None = None
) -> object:
    address = Address(name, signature, "what it does", kind)
    return node_of(address, {} if shown is None else {address.path: shown})


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (node("p:p", "control"), {"TYPE": "I", "ACCESS": 2}),
        (node(""), {"TYPE": "N", "ACCESS": 2}),
        (node("name:s", "feedback"), {"TYPE": "s", "ACCESS": 1}),
        (node("name:s", "feedback", shown=("a",)), {"TYPE": "s", "ACCESS": 1, "VALUE": ["a"]}),
        (
            node("part:f=0..1.5", "control", shown=(0.5,)),
            {"TYPE": "f", "ACCESS": 3, "RANGE": [{"MIN": 0.0, "MAX": 1.5}], "VALUE": [0.5]},
        ),
        (node("rid:i path:s [count:i=1..64]"), {"TYPE": "is", "ACCESS": 2, "OVERLOADS": [{"TYPE": "isi"}]}),
        (node("rid:i n:i=1..64"), {"TYPE": "ii", "ACCESS": 2, "RANGE": [{}, {"MIN": 1, "MAX": 64}]}),
        (node("n:i=-5..0"), {"TYPE": "i", "ACCESS": 2, "RANGE": [{"MIN": -5, "MAX": 0}]}),
        (
            node("kind:s", "control", "filter/type", ("loop",)),
            {"TYPE": "s", "ACCESS": 3, "RANGE": [{"VALS": ["", "oneshot", "loop"]}], "VALUE": ["loop"]},
        ),
        (node("port:i rest:*"), {"ACCESS": 2}),
    ],
)
def test_a_node_says_type_access_range_value_and_overloads(found: object, expected: dict[str, object]) -> None:
    assert found == {"DESCRIPTION": "what it does", **expected}


def test_whole_numbers_have_whole_ranges_and_others_do_not() -> None:
    _, whole = ask("/soundkin/play/auto")
    _, part = ask("/soundkin/nav/fader")
    assert isinstance(whole, dict)
    assert type(whole["RANGE"][0]["MIN"]) is int
    assert type(whole["RANGE"][0]["MAX"]) is int
    assert isinstance(part, dict)
    assert type(part["RANGE"][0]["MIN"]) is float
    assert type(part["RANGE"][0]["MAX"]) is float


@pytest.mark.parametrize(
    ("path", "query", "status", "body"),
    [
        ("/soundkin/nav/fader", "VALUE", 200, {"VALUE": [0.25]}),
        ("/soundkin/nav/fader/", "VALUE", 200, {"VALUE": [0.25]}),
        ("/soundkin/nav/fader", "VALUE&x", 200, {"VALUE": [0.25]}),
        ("/soundkin/nav/fader", "TYPE", 200, {"TYPE": "f"}),
        ("/soundkin/nav/fader", "ACCESS", 200, {"ACCESS": 3}),
        ("/soundkin/nav/fader", "RANGE", 200, {"RANGE": [{"MIN": 0.0, "MAX": 1.0}]}),
        ("/soundkin/nav/fader", "FULL_PATH", 200, {"FULL_PATH": "/soundkin/nav/fader"}),
        ("/soundkin/nav/fader", "CONTENTS", 204, None),
        ("/soundkin/find/id", "OVERLOADS", 200, {"OVERLOADS": [{"TYPE": "iiiis"}]}),
        ("/soundkin/go", "VALUE", 204, None),
        ("/soundkin/go", "COLOUR", 400, None),
        ("/soundkin/nowhere", "", 404, None),
        ("/soundkin/nowhere", "VALUE", 404, None),
        ("/soundkin/nowhere", "COLOUR", 400, None),
        ("/soundkin/go/deeper", "", 404, None),
        ("/soundkin/goX", "", 404, None),
        ("/X", "", 404, None),
    ],
)
def test_single_attributes_are_answered_by_status(path: str, query: str, status: int, body: object) -> None:
    assert ask(path, query) == (status, body)


def test_descriptions_are_told_and_whole_nodes_too() -> None:
    assert ask("/soundkin/go", "DESCRIPTION") == (200, {"DESCRIPTION": TABLE["/soundkin/go"].description})
    status, root = ask("/")
    assert (status, root) == (200, tree(VALUES))
    assert ask("", "")[1] == root
    assert find(tree(VALUES), "/") == root


@pytest.mark.parametrize(
    ("path", "listens"),
    [
        ("/soundkin/nav/fader", True),
        ("/soundkin/cursor/name", True),
        ("/soundkin/find/id", False),
        ("/soundkin/done", False),
        ("/soundkin/nowhere", False),
        ("/elsewhere", False),
    ],
)
def test_what_has_a_value_that_changes_can_be_listened_to(path: str, listens: bool) -> None:
    assert listens_to(path) is listens
