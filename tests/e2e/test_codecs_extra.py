"""The extra soundkin[codecs] from a user's side: without it its codecs are named, with it they are found."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from daemon_process import cli_json, run_cli

CASES = Path(__file__).parents[1] / "cases"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="hides the extra by a file on PYTHONPATH")


def hide_codecs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make Python believe that PyAV is not installed."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import sys, importlib.machinery as machinery\n"
        "real = machinery.PathFinder.find_spec\n"
        "machinery.PathFinder.find_spec = classmethod("
        "lambda cls, name, *rest: None if name == 'av' else real(name, *rest))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_codecs_are_named_without_the_extra_and_found_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("av", reason="needs the extra soundkin[codecs]")
    samples, data = tmp_path / "samples", tmp_path / "data"
    samples.mkdir()
    for name in ("m4a_aac.m4a", "wma_ref.wma", "wv_ref.wv", "webm_opus.webm", "mp2_ref.mp2"):
        shutil.copy(CASES / "endings" / name, samples)
    shutil.copy(CASES / "decode" / "apple_loop_aac.caf", samples)
    (samples / "loop.rx2").write_bytes(b"CAT \0\0\0\x10REX2")

    with monkeypatch.context() as hidden:
        hide_codecs(tmp_path / "hidden", hidden)
        said = run_cli(data, "scan", str(samples)).stdout
        assert "1 .rx2 cannot be heard" in said
        assert "1 .m4a, 1 .webm, 1 .wma, 1 .wv cannot be heard without soundkin[codecs]" in said
        (problem,) = cli_json(data, "problems")
        assert problem["code"] == "no-decoder"
        assert problem["message"].startswith("AAC in CAF: install soundkin[codecs]")
        assert {Path(row["path"]).name for row in cli_json(data, "list")} == {"mp2_ref.mp2"}

    summary = cli_json(data, "scan")
    assert summary["analysed"] == 5
    assert summary["unheard"] == {".rx2": 1}
    assert cli_json(data, "problems") == []
    assert len(cli_json(data, "list")) == 6
