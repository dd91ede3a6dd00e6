"""A library from before there were categories gets them from stored vectors, its audio gone, while it answers."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from daemon_process import daemon, run_cli, until
from soundkin.analysis.category import decide, posteriors
from soundkin.analysis.params import PARAMS
from soundkin.library import open_library
from soundkin.library.connections import connect
from soundkin.library.schema import version_of
from soundkin.model import KNOWN, Sample
from soundkin.model.categories import CATEGORIES
from soundkin_daemon.cli.demo_sounds import write_library
from soundkin_daemon.places import Places


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A data directory as the version before left it; the followed folder is away, so no audio can be read."""
    top = tmp_path.resolve()
    for number, file in enumerate(write_library(top / "sounds", each=3)):
        (top / "samples").mkdir(exist_ok=True)
        file.rename(top / f"samples/{number:02}.wav")
    run_cli(top / "data", "scan", str(top / "samples"))
    with closing(connect(Places(top / "data").library)) as db:
        db.execute("DROP TABLE parted; DROP TABLE heard; DROP TABLE classifier")
        db.execute("DELETE FROM meta WHERE name = 'classified'")
        db.pragma("user_version", 3)
    (top / "samples").rename(top / "unplugged")
    return top / "data"


def expected(data: Path) -> dict[int, str | None]:
    """What the classifier makes of the stored vectors."""
    with closing(open_library(Places(data).library, PARAMS)) as library:
        blocks = list(library.all_vectors(KNOWN))
    ids = np.concatenate([ids for ids, _ in blocks])
    places, _ = decide(posteriors(np.concatenate([vectors for _, vectors in blocks])))
    return {int(id_): CATEGORIES[place].name if place >= 0 else None for id_, place in zip(ids, places, strict=True)}


def told(samples: list[Sample]) -> dict[int, str | None]:
    return {int(sample.id): sample.labels.category for sample in samples}


def test_the_daemon_works_categories_out_while_it_answers_and_filters_follow(old: Path) -> None:
    wanted = expected(old)
    assert len(wanted) == 24
    assert len({name for name in wanted.values() if name}) > 2
    with daemon(old) as running:
        assert len(running.client.search("", 100, "is:any")) == 24, "it answers at once"
        everything = "is:any -name:nothing"
        until(lambda: told(running.client.search("", 100, everything)) == wanted, "categories of all samples")
        for name in {each for each in wanted.values() if each}:
            found = running.client.search("", 100, f"is:any cat:{name}")
            assert told(found) == {id_: each for id_, each in wanted.items() if each == name}
    with closing(connect(Places(old).library)) as db:
        assert version_of(db) >= 4
        assert db.execute("SELECT count(*) FROM heard").get == 24


def test_a_scan_without_a_daemon_works_them_out_too(old: Path) -> None:
    wanted = expected(old)
    run_cli(old, "scan")
    with closing(open_library(Places(old).library, PARAMS)) as library:
        assert told(library.search("", 100, KNOWN)) == wanted


def test_a_daemon_killed_in_the_middle_goes_on_where_it_was(old: Path) -> None:
    wanted = expected(old)
    with closing(open_library(Places(old).library, PARAMS)) as library:
        assert told(library.search("", 100, KNOWN)) == dict.fromkeys(wanted)
    for _ in range(2):
        with daemon(old) as running:
            running.kill()
    with daemon(old) as running:
        until(lambda: told(running.client.search("", 100, "is:any")) == wanted, "categories of all samples")
