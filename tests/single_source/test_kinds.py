"""Kinds have one source: the database, the columns, the filters and the surfaces agree."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from fakes_library import fact_block
from library_samples import PARAMS, ROOT, analysed, under
from soundkin.library import open_library
from soundkin.model import PRESENT, Facts, Kind, Sample, SampleId
from soundkin.search.columns import Columns
from soundkin.search.grammar import parse_filter
from soundkin.search.matching import fits, mask_of
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.oscquery import node_of

TOP = Path(__file__).parents[2]
KINDS = ["oneshot", "loop"]


def sample_of(number: int, kind: Kind | None) -> Sample:
    return Sample(SampleId(number), f"/{number}.wav", "/", 0.0, Facts(1.0, 44_100, 1, kind=kind))


@pytest.mark.parametrize("kind", Kind)
def test_a_filter_finds_its_kind_and_no_other(kind: Kind) -> None:
    (term,) = parse_filter(f"kind:{kind}")
    for other in (None, *Kind):
        assert fits([term], sample_of(1, other), 0.0) is (other is kind)


@pytest.mark.parametrize("kind", Kind)
def test_the_column_finds_the_same_as_the_filter_of_a_single_sample(kind: Kind) -> None:
    columns = Columns()
    columns.put(fact_block([sample_of(number, each) for number, each in enumerate((None, *Kind))]))
    found = np.flatnonzero(mask_of(parse_filter(f"kind:{kind}"), columns, 0.0))
    assert found.tolist() == [list(Kind).index(kind) + 1]


@pytest.mark.parametrize("kind", [None, *Kind])
def test_the_database_hands_a_kind_out_by_its_name(tmp_path: Path, kind: Kind | None) -> None:
    library = open_library(tmp_path / "library.db", PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under("a.wav"), 1, facts=Facts(1.0, 44_100, 1, kind=kind))])
    (block,) = library.fact_blocks(None, PRESENT)
    assert block.kind.tolist() == [(kind or "").encode()]
    library.close()


def test_controllers_are_offered_every_kind() -> None:
    entry = TABLE["/soundkin/filter/type"]
    assert node_of(entry, {})["RANGE"] == [{"VALS": ["", *KINDS]}]
    assert all(f"({kind})" in entry.description for kind in KINDS)
    surface = (TOP / "config/layouts/soundkin.open-stage-control.json").read_text("utf-8")
    assert [kind for kind in KINDS if f'"on": "{kind}"' not in surface] == []


def test_the_filters_page_names_every_kind() -> None:
    row = next(line for line in (TOP / "docs/search.md").read_text("utf-8").splitlines() if line.startswith("| `kind`"))
    assert re.findall(r"`kind:(\w+)`", row) == KINDS
