"""What commands write for other programs can be read by them: settings, tables, JSON, numbers of slots."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from daemon_process import cli_json, run_cli
from soundkin_daemon.cli.demo_sounds import write_library
from soundkin_daemon.cli.settings_file import settings_in_force

ODD = 'kick/odd, "name"\n=1+1;é.wav'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats").resolve()
    files = write_library(folder / "samples", each=1)
    files[0].rename(folder / "samples" / ODD)
    run_cli(folder / "data", "scan", str(folder / "samples"))
    return folder


def test_what_config_prints_can_be_pasted_into_the_settings_file(tmp_path: Path) -> None:
    file, pasted = tmp_path / "my.toml", tmp_path / "pasted.toml"
    file.write_text('[analysis]\nworkers = 3\n[scan]\nignore = ["*.tmp", "caf\\u00e9 \\"x\\""]\n', "utf-8")
    printed = run_cli(tmp_path / "data", "config", "--config", str(file), "--port", "4321").stdout
    pasted.write_text(printed, "utf-8")
    before = cli_json(tmp_path / "data", "config", "--config", str(file), "--port", "4321")["settings"]
    after = cli_json(tmp_path / "data", "config", "--config", str(pasted))["settings"]
    assert {row["setting"]: row["value"] for row in after} == {row["setting"]: row["value"] for row in before}
    assert {row["from"] for row in after} == {str(pasted)}
    assert "port = 4321  # --port" in printed
    assert f"workers = 3  # {file}" in printed


def test_odd_texts_are_escaped_as_toml_does() -> None:
    value = 'a"b\\c\x1b\x7f\x85\u202e\U0001f600é'
    text = settings_in_force([("osc.token", value, "file\nwith a line"), ("osc.allow", [value], "default")])
    assert tomllib.loads(text) == {"osc": {"token": value, "allow": [value]}}
    assert not any(ord(char) < 32 or char in "\x7f\x85\u202e" for char in text.replace("\n", ""))


def test_each_ending_is_the_format_it_says(house: Path, tmp_path: Path) -> None:
    for ending in ("npz", "csv", "json", "CSV"):
        assert "8 vectors" in run_cli(house / "data", "export", str(tmp_path / f"all.{ending}")).stdout
    with np.load(tmp_path / "all.npz") as arrays:
        ids, paths, vectors = arrays["ids"].tolist(), arrays["paths"].tolist(), arrays["vectors"]
        categories = arrays["categories"].tolist()
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    assert head[:3] == ["id", "path", "category"]
    assert len(head) == 3 + vectors.shape[1] == len(set(head))
    assert head[3].startswith("timbre_")
    assert ([int(row[0]) for row in rows], [row[1] for row in rows]) == (ids, paths)
    assert [row[2] for row in rows] == categories
    assert np.array_equal(np.asarray([row[3:] for row in rows], np.float32), vectors)
    objects = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert [row["path"] for row in objects] == paths
    assert [row["category"] or "" for row in objects] == categories
    assert np.array_equal(np.asarray([row["vector"] for row in objects], np.float32), vectors)
    assert (tmp_path / "all.CSV").read_bytes() == (tmp_path / "all.csv").read_bytes()
    assert str(house / "samples" / ODD) in paths


@pytest.mark.parametrize("name", ["all.xlsx", "all", "all.npz.bak"])
def test_another_ending_is_refused_with_those_there_are(name: str, house: Path, tmp_path: Path) -> None:
    refused = run_cli(house / "data", "export", str(tmp_path / name), check=1).stderr
    assert "expected a name that ends in .npz, .csv, .json" in refused
    assert list(tmp_path.iterdir()) == []


def test_slots_of_a_kit_count_from_one_everywhere(house: Path) -> None:
    files = [str(house / "samples/snare/snare-1.wav"), str(house / "samples/hat/hat-1.wav")]
    rows = cli_json(house / "data", "kit", *files, "--lock", "2")
    assert [(row["slot"], row["source"], row["locked"]) for row in rows] == [(1, files[0], False), (2, files[1], True)]
    shown = run_cli(house / "data", "kit", *files, "--lock", "2").stdout
    assert f"1  {files[0]}\n" in shown
    assert f"2  {files[1]}  (locked)\n" in shown
    for number in ("0", "3", "-1"):
        refused = run_cli(house / "data", "kit", *files, "--lock", number, check=1).stderr
        assert f"--lock is {number}, expected a whole number from 1 to 2" in refused


def test_an_empty_file_is_called_empty(house: Path, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    for name in ("a.wav", "b.flac", "c.mp3", "d.xi"):
        (tmp_path / "s" / name).touch()
    run_cli(tmp_path / "data", "scan", str(tmp_path / "s"))
    assert {row["message"] for row in cli_json(tmp_path / "data", "problems")} == {"the file is empty"}
    asked = run_cli(house / "data", "similar", str(tmp_path / "s/a.wav"), check=1).stderr
    assert "the file is empty" in asked


def test_only_identical_files_are_called_to_spare(tmp_path: Path) -> None:
    import soundfile

    first = write_library(tmp_path / "s", each=1)[0]
    y, rate = soundfile.read(str(first), dtype="int16")
    copy, quiet, flac = (tmp_path / "s" / name for name in ("copy.wav", "quiet.wav", "lossless.flac"))
    copy.write_bytes(first.read_bytes())
    soundfile.write(str(quiet), y // 2, rate, "PCM_16")
    soundfile.write(str(flac), y, rate)
    run_cli(tmp_path / "data", "scan", str(tmp_path / "s"))
    (group,) = cli_json(tmp_path / "data", "duplicates")
    contents = {row["path"]: row["content"] for row in group["samples"]}
    assert set(contents) == set(map(str, (first.resolve(), copy, quiet, flac)))
    assert contents[str(first)] == contents[str(copy)]
    assert len(set(contents.values())) == 3
    assert group["spare_bytes"] == copy.stat().st_size
    shown = run_cli(tmp_path / "data", "duplicates")
    marked = [line for line in shown.stdout.splitlines() if line.strip().startswith("=")]
    assert [Path(line.split("MB  ")[1]).name for line in marked] == ["copy.wav", first.name]
    assert "1 groups; identical files to spare: 1, " in shown.stderr
    copy.unlink()
    run_cli(tmp_path / "data", "scan")
    assert [group["spare_bytes"] for group in cli_json(tmp_path / "data", "duplicates")] == [0]
    assert "3 alike, none identical" in run_cli(tmp_path / "data", "duplicates").stdout
