"""`soundkin forget`: only this removes what is known of missing files before its time."""

from __future__ import annotations

import time
from pathlib import Path

from daemon_process import cli_json, daemon, run_cli
from library_samples import analysed
from soundkin.analysis.params import PARAMS
from soundkin.library import open_library
from soundkin.model import SampleId

DAY_S = 86_400.0


def test_missing_rows_are_listed_and_forgotten_by_age_and_those_of_an_absent_disk_are_kept(tmp_path: Path) -> None:
    data = tmp_path / "data"
    library = open_library(data / "library.db", PARAMS)
    for name in ("here", "away"):
        (tmp_path / name).mkdir()
        root = library.add_root(str(tmp_path / name))
        library.put([analysed(str(tmp_path / name / f"{n}.wav"), n, PARAMS) for n in range(4)])
    now = time.time()
    library.mark_missing([SampleId(1), SampleId(5)], now - 10 * DAY_S)
    library.mark_missing([SampleId(2)], now - 1 * DAY_S)
    library.set_online(root.id, False)
    library.close()

    listed = cli_json(data, "forget", "--dry-run")
    assert listed["forgotten"] == 0
    assert listed["missing"] == [str(tmp_path / name) for name in ("away/0.wav", "here/0.wav", "here/1.wav")]
    assert cli_json(data, "forget", "--older-than", "5") == {"forgotten": 1, "missing": 2}
    assert "forgot 1 of 2" in run_cli(data, "forget").stderr
    assert cli_json(data, "forget", "--dry-run")["missing"] == [str(tmp_path / "away/0.wav")]


def test_beside_a_running_daemon_it_works_too(tmp_path: Path) -> None:
    data, samples = tmp_path / "data", tmp_path / "samples"
    samples.mkdir()
    library = open_library(data / "library.db", PARAMS)
    library.add_root(str(samples))
    library.put([analysed(str(samples / "gone.wav"), 1, PARAMS)])
    library.mark_missing([SampleId(1)], time.time() - DAY_S)
    library.close()
    with daemon(data) as running:
        running.scanned()
        assert cli_json(data, "forget") == {"forgotten": 1, "missing": 0}
        assert running.client.status().samples == 0
