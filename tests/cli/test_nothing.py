"""An empty answer names its reason and the next step; lists say how much there is behind what they show."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from daemon_process import cli_json, daemon, run_cli
from soundkin_daemon.cli.demo_sounds import write_library

EMPTY = "the library is empty"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scanned library of 24 samples: DIR/samples, DIR/data."""
    folder = tmp_path_factory.mktemp("nothing").resolve()
    write_library(folder / "samples", each=3)
    run_cli(folder / "data", "scan", str(folder / "samples"))
    return folder


REASONS = {
    "the offset": ("similar {kick} --offset 900", "there are 23 hits; a smaller --offset"),
    "the offset of a filter": ("similar {kick} --offset 9 --filter name:kick", "there are 2 hits"),
    "the distance": ("similar {kick} --within 0.001", "nothing within 0.001: the nearest lies at "),
    "the distance, not the filter": ("similar {kick} --within 0.001 --filter name:snare", "try a larger --within"),
    "the filter": ("similar {kick} --filter dur>99", "matches the filter 'dur>99'; 24 are present"),
    "the filter, though within": ("similar {kick} --filter dur>99 --within 1", "matches the filter 'dur>99'"),
    "the filter of a kit": ("kit {kick} --filter dur>99", "matches the filter 'dur>99'; 24 are present"),
    "the words": ("list no-such-word", "none of 24 paths holds every word of 'no-such-word'"),
    "the filter of a list": ("list --filter dur>99", "matches the filter 'dur>99'; 24 are present"),
    "the filter, not the words": ("list kick --filter dur>99", "none of these samples matches the filter 'dur>99'"),
    "the words, not the filter": ("list no-such --filter dur<99", "none of their paths holds every word of 'no-such'"),
}


@pytest.mark.parametrize("name", REASONS)
def test_an_empty_answer_names_its_reason(name: str, house: Path) -> None:
    text, reason = REASONS[name]
    words = [word.format(kick=house / "samples/kick/kick-1.wav") for word in text.split()]
    done = run_cli(house / "data", *words)
    assert reason in done.stderr
    assert EMPTY not in done.stderr


@pytest.mark.parametrize(
    "text", ["list", "list kick", "similar {kick}", "problems", "duplicates", "list --filter dur<9"]
)
def test_a_library_is_called_empty_only_when_it_is(text: str, tmp_path: Path) -> None:
    files = write_library(tmp_path / "samples", each=1)
    data, words = tmp_path / "data", text.format(kick=files[0]).split()
    (tmp_path / "nothing").mkdir()

    def said() -> str:
        return run_cli(data, *words).stderr

    assert f"{EMPTY}: no folder is followed; `soundkin add FOLDER`" in said()
    run_cli(data, "add", str(tmp_path / "nothing"))
    with daemon(data) as running:
        running.scanned()
        assert f"{EMPTY}: the followed folders hold no audio" in said()
    run_cli(data, "add", str(tmp_path / "samples"))
    waiting = said()
    assert "nothing has been analysed yet; `soundkin scan`" in waiting
    run_cli(data, "scan")
    assert EMPTY not in said()
    (tmp_path / "kept.wav").write_bytes(files[0].read_bytes())
    if text.startswith("similar"):
        words[1] = str(tmp_path / "kept.wav")
    shutil.rmtree(tmp_path / "samples")
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples/broken.wav").write_text("no audio", "utf-8")
    run_cli(data, "scan")
    gone = said()
    assert EMPTY not in gone
    if text != "problems":
        assert "8 files are missing" in gone


def test_ranks_go_on_over_pages(house: Path) -> None:
    asked = str(house / "samples/kick/kick-1.wav")
    pages = [cli_json(house / "data", "similar", asked, "-k", "5", "--offset", str(at)) for at in (0, 5, 10)]
    assert [row["rank"] for page in pages for row in page["neighbours"]] == list(range(1, 16))
    shown = run_cli(house / "data", "similar", asked, "-k", "5", "--offset", "5", "--explain").stdout.splitlines()
    assert [line.split()[0] for line in shown[1:6]] == ["6", "7", "8", "9", "10"]


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("similar {kick} -k 5", "5 of 23 hits; --offset 5 shows the next"),
        ("similar {kick} -k 5 --offset 10", "15 of 23 hits; --offset 15 shows the next"),
        ("similar {kick} -k 23", ""),
        ("similar {kick} -k 50", ""),
        ("similar {kick} -k 2 --filter name:kick", ""),
        ("list --limit 10", "10 of 24 samples; a larger --limit shows more"),
        ("list kick --limit 2", "2 of 3 samples; a larger --limit shows more"),
        ("list --limit 4 --filter name:snare", ""),
        ("list --limit 2 --filter name:snare", "2 of 3 samples"),
        ("list kick", ""),
    ],
)
def test_an_answer_says_how_much_is_behind_what_it_shows(text: str, behind: str, house: Path) -> None:
    words = [word.format(kick=house / "samples/kick/kick-1.wav") for word in text.split()]
    done = run_cli(house / "data", *words).stderr.replace("(no daemon runs here: reading the library directly)\n", "")
    assert done.startswith(behind) if behind else done == ""
