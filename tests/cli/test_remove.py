"""A folder that was removed by mistake costs nothing: what was analysed is kept as long as missing files are."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from daemon_process import cli_json, daemon, run_cli, until
from soundkin_daemon.cli.demo_sounds import write_library


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A scanned library of 8 samples and a file that is no audio."""
    write_library(tmp_path / "samples", each=1)
    (tmp_path / "samples/text.wav").write_text("no audio", "utf-8")
    run_cli(tmp_path / "data", "scan", str(tmp_path / "samples"))
    return tmp_path / "data"


def vectors(data: Path) -> dict[str, tuple[int, list[float]]]:
    """Id and vector of every sample, by path."""
    run_cli(data, "export", str(data / "all.npz"))
    with np.load(data / "all.npz") as arrays:
        rows = zip(arrays["paths"].tolist(), arrays["ids"].tolist(), arrays["vectors"].tolist(), strict=True)
        return {path: (id_, vector) for path, id_, vector in rows}


@pytest.mark.parametrize("again", ["samples", ".", "samples/kick"], ids=["it", "what holds it", "a part of it"])
def test_a_folder_that_is_followed_again_is_not_analysed_again(again: str, data: Path, tmp_path: Path) -> None:
    before = vectors(data)
    said = run_cli(data, "remove", str(tmp_path / "samples")).stdout
    assert "9 samples left the library" in said
    assert "30 days" in said
    assert cli_json(data, "list", "--filter", "is:any") == []
    assert cli_json(data, "forget", "--dry-run")["missing"] == []
    assert cli_json(data, "problems") == []
    run_cli(data, "add", str(tmp_path / again))
    summary = cli_json(data, "scan")
    assert summary["analysed"] == 0
    after = vectors(data)
    assert after
    assert after.items() <= before.items()
    assert len(after) == (1 if again == "samples/kick" else 8)
    asked = str(tmp_path / "samples/kick/kick-1.wav")
    assert len(cli_json(data, "similar", asked)["neighbours"]) == len(after) - 1
    run_cli(data, "doctor", "--quick")


def test_what_changed_meanwhile_is_analysed_and_what_went_is_missing(data: Path, tmp_path: Path) -> None:
    run_cli(data, "remove", str(tmp_path / "samples"))
    shutil.copyfile(tmp_path / "samples/bell/bell-1.wav", tmp_path / "samples/kick/kick-1.wav")
    (tmp_path / "samples/hat/hat-1.wav").unlink()
    run_cli(data, "add", str(tmp_path / "samples"))
    summary = cli_json(data, "scan")
    assert summary["analysed"] == 1
    assert len(cli_json(data, "list")) == 7
    (gone,) = cli_json(data, "list", "--filter", "is:missing")
    assert gone["path"].endswith("hat-1.wav")


def test_forget_lets_go_of_it_at_once(data: Path, tmp_path: Path) -> None:
    run_cli(data, "remove", str(tmp_path / "samples"))
    run_cli(data, "forget")
    run_cli(data, "add", str(tmp_path / "samples"))
    assert cli_json(data, "scan")["analysed"] == 8


def test_a_running_daemon_has_it_back_without_analysing(data: Path, tmp_path: Path) -> None:
    before = vectors(data)
    with daemon(data) as running:
        running.scanned()
        assert running.client.remove_root(str(tmp_path / "samples")) == 9
        until(lambda: running.client.status().progress.state == "idle", "the end of the work")
        assert running.client.status().samples == 0
        run_cli(data, "add", str(tmp_path / "samples"))
        until(lambda: running.client.status().samples == 8, "the samples")
        assert running.client.status().last_scan.analysed == 0
    assert vectors(data) == before
