"""The decisions in docs/adr: numbered without gaps, each listed in the index, none longer than a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
FOLDER = TOP / "docs/adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))


def test_records_are_numbered_from_one_without_gaps() -> None:
    assert [int(record.name.split("-")[0]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_its_number_in_its_name_and_title(record: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", record.name)
    assert record.read_text("utf-8").startswith(f"# {record.name[:4]}: ")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_fits_on_a_page(record: Path) -> None:
    words = len(record.read_text("utf-8").split())
    assert words <= 500, f"{record.name} has {words} words"


def test_the_index_lists_every_record_with_its_title_in_order() -> None:
    listed = re.findall(r"^- \[(\d{4})\]\((.+)\): (.+)$", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
    titles = [record.read_text("utf-8").splitlines()[0].removeprefix("# ") for record in RECORDS]
    assert listed == [
        (title[:4], record.name, title.split(": ", 1)[1]) for title, record in zip(titles, RECORDS, strict=True)
    ]


def test_every_mention_of_a_record_in_code_and_documents_names_one_that_exists() -> None:
    known = {record.name[:4] for record in RECORDS} | {record.stem for record in RECORDS}
    mentions = 0
    for folder in ["daemon", "bridge", "scripts", "config", "docs", "tests", "benchmarks"]:
        for file in (TOP / folder).rglob("*"):
            if file.suffix in {".md", ".py", ".lua", ".sql", ".toml"}:
                for mention in re.findall(r"adr/(\d{4}(?:-[a-z0-9-]+)?)", file.read_text("utf-8")):
                    assert mention in known, f"{file.relative_to(TOP)} mentions adr/{mention}"
                    mentions += 1
    assert mentions > 5


@pytest.mark.parametrize("document", [*RECORDS, *sorted((TOP / "docs").glob("*.md"))], ids=lambda file: file.stem)
def test_a_link_called_after_a_number_leads_to_that_record(document: Path) -> None:
    for number, target in re.findall(r"\[ADR (\d+)\]\((?:adr/)?([^)]+)\)", document.read_text("utf-8")):
        assert target.startswith(f"{int(number):04d}-"), f"{document.name}: ADR {number} leads to {target}"
