"""The scripts under Lua against the strict fake of REAPER's API: every action, profile and edge case."""

from __future__ import annotations

import random
import struct
import subprocess
from pathlib import Path

import pytest

from reaper.mutate import make_scratch
from reaper.reaper_lua import SCRIPTS, failures, lua, passed, run_lua_tests
from soundkin_osc.protocol.codec import Message, encode

pytestmark = pytest.mark.peer

FILES = {
    "test_codec.lua": 15,
    "test_replace.lua": 70,
    "test_panel.lua": 70,
    "test_setup.lua": 30,
    "test_client.lua": 16,
    "test_mailbox.lua": 12,
}
"""Test files and how many tests each holds at least, so that none is lost unnoticed."""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scratch(tmp_path_factory.mktemp("worlds"))


@pytest.mark.parametrize("version", ["5.4", "5.3"])
@pytest.mark.parametrize("file", list(FILES))
def test_the_scripts_pass_under_lua(file: str, version: str, tmp_path: Path, scratch: Path) -> None:
    lines = run_lua_tests(file, scratch, version, SOUNDKIN_GOLDEN=str(golden(tmp_path)))
    assert not failures(lines)
    assert passed(lines) >= FILES[file]


@pytest.mark.parametrize("version", ["5.4", "5.3"])
def test_every_file_compiles(version: str, tmp_path: Path) -> None:
    compiler = lua(version, "luac")
    for path in SCRIPTS.rglob("*.lua"):
        subprocess.run([compiler, "-p", str(path)], check=True, timeout=20)


def random_message(chance: random.Random) -> Message:
    """Any address and arguments that the scripts may meet: whole numbers, floats of 32 bits, texts of any script."""

    def argument() -> int | float | str:
        kind = chance.choice("ifs")
        if kind == "i":
            return chance.randint(-(2**31), 2**31 - 1)
        if kind == "f":
            return float(struct.unpack(">f", struct.pack(">f", chance.uniform(-1e6, 1e6)))[0])
        return "".join(chr(chance.choice((32, 65, 0xE9, 0x3B1, 0x4E2D, 0x1F941))) for _ in range(chance.randint(0, 40)))

    path = "/".join("x" * chance.randint(1, 9) for _ in range(chance.randint(1, 4)))
    return Message(f"/{path}", tuple(argument() for _ in range(chance.randint(0, 12))))


def golden(folder: Path) -> Path:
    """Messages that the bridge's codec encoded, for Lua to read and to write again byte by byte."""
    messages = [
        Message("/soundkin/find/path", (7, "/Sämples/ü 100%.wav", 16, 0, "kind:oneshot dur<1.5")),
        Message("/soundkin/find/region", (-1, "C:\\x\\y.wav", 0.5, 1.25, 64, 1000, "")),
        Message("/soundkin/result", (2**31 - 1, 0, 16_777_215, 1.0, 0.125, "")),
        Message("/soundkin/done", (-(2**31), 16, 300, "gen-12")),
        Message("/soundkin/ping", ()),
    ]
    chance = random.Random(20)
    messages += [random_message(chance) for _ in range(200)]
    lines = []
    for message in messages:
        types = "".join("s" if isinstance(arg, str) else "f" if isinstance(arg, float) else "i" for arg in message.args)
        first = str(message.args[0]) if types.startswith("i") else ""
        lines.append(f"{encode(message).hex()} {message.address} {types} {first}")
    path = folder / "golden.txt"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
