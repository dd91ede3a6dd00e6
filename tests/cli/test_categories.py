"""Categories on the command line: shown, filtered, exported, and where name and sound disagree."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daemon_process import cli_json, run_cli
from soundkin.model import Contradiction, Facts, Labels, Sample, SampleId, Source
from soundkin.model.categories import CATEGORIES
from soundkin_daemon.cli.demo_sounds import write_library
from soundkin_daemon.cli.shapes import category_text, contradiction_rows, contradiction_shape, sample_shape

FACTS = Facts(duration_s=1.0, sample_rate=44_100, channels=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("categories").resolve()
    write_library(top / "samples", each=2)
    shutil.copyfile(top / "samples/kick/kick-1.wav", top / "samples/1.wav")
    run_cli(top / "data", "scan", str(top / "samples"))
    return top / "data"


def test_rows_say_what_a_sample_is_how_surely_and_from_what(data: Path) -> None:
    rows: list[dict[str, Any]] = cli_json(data, "list", "snare")
    assert [row["category"] for row in rows] == ["snare", "snare"]
    assert {row["source"] for row in rows} == {"name"}
    assert all(0 < row["confidence"] <= 1 for row in rows)
    kick = data.parent / "samples/kick/kick-1.wav"
    hits = cli_json(data, "similar", str(kick), "-k", "5", "--filter", "cat:kick")["neighbours"]
    assert {hit["category"] for hit in hits} == {"kick"}
    table = run_cli(data, "list", "snare").stdout.splitlines()
    assert table[0].split() == ["id", "length", "category", "path"]
    assert table[1].split()[3] == "snare"
    assert "category" in run_cli(data, "similar", str(kick), "-k", "1").stdout.splitlines()[0]


def test_a_filter_takes_categories_and_families_and_names_the_nearest_of_a_mistake(data: Path) -> None:
    drums = {Path(row["path"]).parent.name for row in cli_json(data, "list", "samples/", "--filter", "cat:drum")}
    assert {"kick", "snare", "hat", "tom"} <= drums
    assert not drums & {"bass", "pad"}
    assert cli_json(data, "list", "snare", "--filter", "-cat:drum") == []
    wrong = run_cli(data, "list", "--filter", "cat:snar", check=1).stderr
    assert "'cat:snar'" in wrong
    assert "cat:snare" in wrong


def test_the_export_says_the_category_of_each_row(data: Path, tmp_path: Path) -> None:
    run_cli(data, "export", str(tmp_path / "all.npz"))
    with np.load(tmp_path / "all.npz") as file:
        told = dict(zip(file["paths"].tolist(), file["categories"].tolist(), strict=True))
    assert told == {row["path"]: row["category"] or "" for row in cli_json(data, "list", "--limit", "1000")}
    assert set(told.values()) <= {"", *(each.name for each in CATEGORIES)}


def test_contradictions_are_a_list_of_their_own(data: Path) -> None:
    rows = cli_json(data, "problems", "--contradictions")
    assert all(set(row) == {"id", "path", "named", "heard", "confidence"} for row in rows)
    done = run_cli(data, "problems", "--contradictions")
    assert len(done.stdout.splitlines()) == (len(rows) + 1 if rows else 0)
    assert cli_json(data, "problems") == []


def test_a_row_of_an_unknown_category_says_null() -> None:
    row = sample_shape(Sample(SampleId(1), "/s/a.wav", "/s", 0.0, FACTS))
    assert json.loads(json.dumps(row))["category"] is None
    assert (row["confidence"], row["source"]) == (None, None)


def test_only_what_the_sound_alone_says_is_shown_with_how_sure_it_is() -> None:
    def shown(labels: Labels) -> str:
        return category_text(Sample(SampleId(1), "/s/a.wav", "/s", 0.0, FACTS, labels=labels))

    assert shown(Labels("kick", 0.97, Source.NAME)) == "kick"
    assert shown(Labels("clap", 0.934, Source.SOUND)) == "clap 0.93"
    assert shown(Labels()) == ""


def test_a_contradiction_says_what_the_name_says_and_what_is_heard() -> None:
    found = Contradiction(SampleId(7), "/s/hat_12.wav", ("hat-closed", "hat-open"), "clap", 0.93)
    assert contradiction_rows([found]) == [("hat-closed or hat-open", "clap", "0.93", "/s/hat_12.wav")]
    assert contradiction_shape(found) == {
        "id": 7,
        "path": "/s/hat_12.wav",
        "named": ["hat-closed", "hat-open"],
        "heard": "clap",
        "confidence": 0.93,
    }
