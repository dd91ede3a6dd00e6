"""Scripts broken on purpose, each in a way that published scripts were: the Lua tests must notice every one.

`python tests/reaper/mutate.py` tries every line; here is one of each kind, so that it takes seconds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from reaper import mutate
from reaper.mutate import SCRIPTS, Mutant, killed_by, make_scratch, mutants
from reaper.reaper_lua import lua

pytestmark = pytest.mark.peer

BROKEN = {
    "nothing selected is not noticed": (
        "source.lua",
        'if not item then return nil, "select an audio item first" end',
        "",
    ),
    "an empty item is not noticed": ("source.lua", 'if not take then return nil, "the item is empty" end', ""),
    "a function gets arguments it does not take": (
        "edit.lua",
        "return reaper.InsertMedia(path, mode) end",
        "return reaper.InsertMedia(path, mode, 0, 0) end",
    ),
    "a function that does not exist is called": ("host.lua", "reaper.GetMousePosition()", "reaper.GetMousePos()"),
    "the screen stays frozen after an error": ("edit.lua", "  reaper.PreventUIRefresh(-1)", ""),
    "the replaced source is left behind": ("edit.lua", "if old then reaper.PCM_Source_Destroy(old) end", ""),
    "a deleted item is written to": (
        "edit.lua",
        'return reaper.ValidatePtr2(0, object, kind or "MediaItem_Take*")',
        "return true",
    ),
    "a preview plays on after the window": (
        "preview.lua",
        "if self.preview then reaper.CF_Preview_Stop(self.preview) end",
        "",
    ),
    "ImGui's pairs do not match": ("ui_imgui.lua", "  imgui.EndTable(ctx)", ""),
    "another script's answer is taken": (
        "client.lua",
        "local request = rid and self.open[rid]",
        "local _, request = next(self.open)",
    ),
    "the alternates of a kit's items are mixed up": ("kit.lua", "answers[hit.rank // size + 1]", "answers[1]"),
    "files stay in the mailbox": ("transport_mailbox.lua", "  self.files.remove(slot.request)", ""),
}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scratch(tmp_path_factory.mktemp("scratch"))


def broken(name: str) -> Mutant:
    file, old, new = BROKEN[name]
    for number, line in enumerate((SCRIPTS / "soundkin_lib" / file).read_text("utf-8").splitlines(), 1):
        if old in line:
            return Mutant(file, number, name, line, line.replace(old, new))
    raise AssertionError(f"{file} no longer holds: {old}")


@pytest.mark.parametrize("name", list(BROKEN))
def test_the_tests_notice_when(name: str, tmp_path: Path, scratch: Path) -> None:
    assert killed_by(broken(name), lua(), tmp_path, scratch)


def test_unbroken_scripts_are_not_taken_for_broken(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutate, "TESTS", ("test_setup.lua", "test_client.lua"))  # all of them pass in test_reaper_lua
    line = next(m for m in mutants() if m.file == "rows.lua")
    assert not killed_by(Mutant(line.file, line.line, "nothing", line.old, line.old), lua(), tmp_path, scratch)
