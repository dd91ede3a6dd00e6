"""The exit codes that docs/cli.md promises to scripts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def code_of(data_dir: Path, *words: str) -> int:
    """A command's exit code in a data directory of its own."""
    run = [sys.executable, "-m", "soundkin_daemon", *words, "--data-dir", str(data_dir), "--port", "1"]
    return subprocess.run(run, capture_output=True, check=False, timeout=100).returncode


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("version",), 0),
        (("remove", "/not/followed"), 1),
        (("similar",), 2),
        (("list", "--nonsense"), 2),
        (("pause",), 3),
    ],
    ids=["ok", "failed", "usage", "unknown option", "no daemon"],
)
def test_a_command_ends_with_the_code_that_is_promised(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    assert code_of(tmp_path, *words) == code
