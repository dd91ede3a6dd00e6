"""Running Lua from the tests: which interpreters are there, and one file of Lua tests as a list of results."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
SCRIPTS = REPOSITORY / "scripts" / "reaper" / "soundkin"


def lua(version: str = "5.4", tool: str = "lua") -> str:
    """Path of `lua5.4` or the like; skips the test where it is not installed."""
    found = shutil.which(f"{tool}{version}")
    if found is None:
        pytest.skip(f"{tool}{version} is not installed (apt-get install lua{version})")
    return found


def run_lua_tests(file: str, tmp: Path, version: str = "5.4", **environ: str) -> list[str]:
    """Run one file of tests/reaper/lua; the lines it printed, `ok NAME` or `FAIL NAME` and the reason."""
    setting = {"SOUNDKIN_REAPER_TESTS": str(HERE), "SOUNDKIN_TEST_TMP": str(tmp), **environ}
    setting.setdefault("SOUNDKIN_REAPER_SCRIPTS", str(SCRIPTS))
    done = subprocess.run(
        [lua(version), str(HERE / "lua" / "run.lua"), str(HERE / "lua" / file)],
        env={**os.environ, **setting},
        capture_output=True,
        timeout=60,
        check=False,
    )
    lines = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    if done.returncode and not any(line.startswith("FAIL ") for line in lines):
        lines.insert(0, f"FAIL {file} ended with {done.returncode}")
    return lines


def failures(lines: list[str]) -> str:
    """The failed tests with their reasons; empty where all passed."""
    shown = [line for line in lines if not line.startswith(("ok ", "#"))]
    return "\n".join(shown)


def passed(lines: list[str]) -> int:
    """How many tests passed."""
    return sum(line.startswith("ok ") for line in lines)
