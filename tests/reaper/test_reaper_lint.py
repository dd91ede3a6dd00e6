"""The scripts read without running them: names and argument counts of the API, pure modules, size, luacheck."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reaper import lint_reascript as lint
from reaper.reaper_lua import REPOSITORY, SCRIPTS

FILES = sorted(SCRIPTS.rglob("*.lua"))
LIBRARY = SCRIPTS / "soundkin_lib"


@pytest.fixture(scope="module")
def api() -> dict[str, lint.Signature]:
    return lint.load_api()


def test_every_call_of_the_api_is_as_the_table_lists_it(api: dict[str, lint.Signature]) -> None:
    variables = lint.gfx_variables()
    problems = [problem for path in FILES for problem in lint.check_file(path, api, variables)]
    assert not problems


def test_the_lint_sees_what_it_is_for(api: dict[str, lint.Signature], tmp_path: Path) -> None:
    bad = tmp_path / "soundkin_lib" / "model.lua"
    bad.parent.mkdir()
    bad.write_text(
        'local a = reaper.GetSelectedMediaItem(0)\nreaper.ShowMessage("x")\n'
        'gfx.rect(1, 2)\nimgui.PushFont(ctx, font, 12)\n-- reaper.Nothing()\nlocal s = "reaper.Nothing()"\n'
        "reaper.GetMediaSourceFileName(src, f(1, 2), {3, 4})\nimgui.Key_Enter()\ngfx.colour = 1\n"
    )
    problems = lint.check_file(bad, api, lint.gfx_variables())
    lines = sorted(int(p.split(":")[1]) for p in problems if p.split(":")[1].isdigit())
    assert lines == [1, 2, 3, 4, 7, 8, 9]
    assert any("meant to be pure" in problem for problem in problems)


def test_extensions_are_only_used_behind_a_guard(api: dict[str, lint.Signature]) -> None:
    guards = (LIBRARY / "host.lua").read_text("utf-8")
    assert not [problem for path in FILES for problem in lint.unguarded(path, api, guards)]


def test_newer_functions_are_asked_for_before_they_are_used(api: dict[str, lint.Signature]) -> None:
    for path in FILES:
        text = lint.without_comments(path.read_text("utf-8"))
        for _, name, call in lint._USE.findall(text):
            if call and name in api and api[name].source == "reaper740":
                assert f"not reaper.{name} then" in text, f"{path.name}: {name}"


def test_files_stay_small_and_say_what_they_are() -> None:
    for path in FILES:
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) <= 230, f"{path.name}: {len(lines)} lines"
        assert lines[0].startswith("-- @"), path.name
        assert lines[1].startswith("-- "), path.name


def test_nothing_runs_a_shell_or_writes_to_the_console() -> None:
    for path in FILES:
        text = lint.without_comments(path.read_text("utf-8"))
        for banned in ("os.execute", "io.popen", "ShowConsoleMsg", "print(", "loadstring", "Undo_BeginBlock("):
            assert banned not in text, f"{path.name}: {banned}"


def test_luacheck_finds_no_stray_global() -> None:
    luacheck = shutil.which("luacheck")
    if luacheck is None:
        pytest.skip("luacheck is not installed (apt-get install lua-check)")
    words = [
        "--std",
        "max",
        "--no-max-line-length",
        "--globals",
        "gfx",
        "reaper",
        "--no-unused-args",
        "--no-color",
        "-q",
    ]
    done = subprocess.run([luacheck, *words, str(SCRIPTS)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_api_table_comes_from_its_generator() -> None:
    text = (REPOSITORY / "tests" / "reaper" / "api.lua").read_text("utf-8")
    from reaper.make_api import HEADER, entry

    assert text.startswith(HEADER)
    item = {"type": "MediaItem", "optional": True, "nullable": True}
    function = {"args": [item], "returns": [{"type": "string", "may_be_nil": True}], "source": "sws"}
    assert entry(function) == "sws|MediaItem*^|string?"
    assert text.count("\n    [") > 2_200
