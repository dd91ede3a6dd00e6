"""The ReaPack package: header rules, every needed file provided, the committed index up to date and well formed."""

from __future__ import annotations

import importlib.util
import re
import sys
import urllib.parse
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from reaper.reaper_lua import REPOSITORY, SCRIPTS
from soundkin import __version__

FOLDER = REPOSITORY / "scripts" / "reaper"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_index", FOLDER / "make_index.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_index"] = module
    spec.loader.exec_module(module)
    return module


def test_the_committed_index_is_what_the_generator_makes(maker: ModuleType) -> None:
    text = (FOLDER / "index.xml").read_text("utf-8")
    time = re.search(r'time="([^"]+)"', text)
    ref = re.search(r'commit="([^"]+)"', text)
    base = re.search(r">(https://.+?)/" + (ref[1] if ref else ""), text)
    assert time
    assert ref
    assert base
    assert maker.make_index(SCRIPTS, base[1], ref[1], time[1]) == text


def test_the_index_names_files_that_exist_and_leaves_none_out() -> None:
    root = ET.parse(FOLDER / "index.xml").getroot()
    assert (root.tag, root.get("version")) == ("index", "1")
    package = root.find("category/reapack")
    assert package is not None
    names = set()
    for source in root.iter("source"):
        url = source.text or ""
        assert url.startswith("https://")
        assert " " not in url
        name = urllib.parse.unquote(url).split("/scripts/reaper/soundkin/")[1]
        assert source.get("file") in {None, name}
        assert (SCRIPTS / name).is_file()
        names.add(name)
    assert names == {path.relative_to(SCRIPTS).as_posix() for path in SCRIPTS.rglob("*.lua")}


def test_actions_are_in_the_list_and_libraries_are_not() -> None:
    root = ET.parse(FOLDER / "index.xml").getroot()
    for source in root.iter("source"):
        library = "soundkin_lib" in (source.get("file") or "")
        assert (source.get("main") is None) == library
    explorer = [s.get("file") for s in root.iter("source") if "mediaexplorer" in (s.get("main") or "")]
    assert explorer == ["soundkin_Find similar to Media Explorer preview.lua"]


def test_the_package_has_the_version_of_the_daemon(maker: ModuleType) -> None:
    header = maker.read_header((SCRIPTS / maker.PACKAGE).read_text("utf-8"))
    assert header.need("version") == __version__


def test_every_other_file_says_noindex(maker: ModuleType) -> None:
    for path in SCRIPTS.rglob("*.lua"):
        header = maker.read_header(path.read_text("utf-8"))
        assert ("noindex" in header.tags) == (path.name != maker.PACKAGE), path.name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-- @version v1.0\n-- @author a\n-- @description d\n-- @changelog\n--   c\n", "begin with a digit"),
        ("-- @version 1.70000\n-- @author a\n-- @description d\n-- @changelog\n--   c\n", "65535"),
        ("-- @author a\n-- @description d\n", "missing tag 'version'"),
        ("-- @version\n", "no value"),
        ("-- @verison 1\n", "unknown tag"),
        ("-- @version 1\n-- @version 2\n", "twice"),
        ("-- @version 1\n-- @author a\n-- @description d\n-- @provides\n--   nothing*.lua\n", "matches no file"),
        ("-- @version 1\n-- @author a\n-- @description d\n-- @provides\n--   [mian] lib.lua\n", "unknown option"),
        ("-- @version 1\n-- @author a\n-- @description d\n-- @provides\n--   [main=x] lib.lua\n", "unknown section"),
        ("-- @version 1\n-- @author a\n-- @description d\n-- @provides\n--   lib.lua\n--   *ib.lua\n", "twice"),
    ],
)
def test_reapacks_rules_are_kept(maker: ModuleType, tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / maker.PACKAGE).write_text(text)
    (tmp_path / "lib.lua").write_text("-- @noindex\n")
    with pytest.raises(maker.HeaderError, match=reason):
        maker.make_index(tmp_path, "https://x.invalid", "v1", "2026-01-01T00:00:00Z")


def test_a_required_file_that_is_not_provided_is_found(maker: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "soundkin_lib").mkdir()
    (tmp_path / "soundkin_lib" / "osc.lua").write_text("-- @noindex\n")
    header = "-- @version 1\n-- @author a\n-- @description d\n-- @changelog\n--   c\n"
    (tmp_path / maker.PACKAGE).write_text(header + 'require("osc")\n')
    with pytest.raises(maker.HeaderError, match=r"osc\.lua"):
        maker.make_index(tmp_path, "https://x.invalid", "v1", "2026-01-01T00:00:00Z")
