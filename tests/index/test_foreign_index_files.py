"""Index files that another version wrote, or nobody: each is built again like a missing one, and stops no start."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from library_samples import PARAMS, analysed
from soundkin.config import Settings
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import catch_up
from soundkin.library import SqliteLibrary, open_library
from soundkin_daemon.engine import load_index
from soundkin_daemon.places import Places

SAMPLES = 40
HEADER_BYTES = 4096


class Home:
    """A library and its saved index."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(folder)
        self.library: SqliteLibrary = open_library(self.places.library, PARAMS)
        self.library.add_root("/samples")
        self.library.put([analysed(f"/samples/{number}.wav", number) for number in range(SAMPLES)])
        index = VoyagerIndex(PARAMS, self.library.uid)
        catch_up(self.library, index)
        index.settle(60)
        index.save(self.places.index)
        index.close()
        self.whole = self.places.index.read_bytes()

    def header(self) -> dict[str, Any]:
        length = int.from_bytes(self.whole[8:12], "little")
        table: dict[str, Any] = json.loads(self.whole[16 : 16 + length])
        return table

    def write(self, table: object, body: bytes | None = None) -> None:
        """A file whose checksums are right, whatever it says."""
        body = self.whole[HEADER_BYTES:] if body is None else body
        if isinstance(table, dict) and "crc" in table:
            table = table | {"crc": zlib.crc32(body)}
        text = json.dumps(table).encode()
        head = self.whole[:8] + len(text).to_bytes(4, "little") + zlib.crc32(text).to_bytes(4, "little") + text
        self.places.index.write_bytes(head.ljust(HEADER_BYTES, b"\0") + body)

    def starts(self) -> None:
        """The start that a daemon makes ends with every vector of the library in the index, and no other."""
        index = load_index(self.places, self.library, Settings())
        try:
            catch_up(self.library, index)
            index.settle(60)
            wanted = {
                int(id_): vector
                for ids, some in self.library.all_vectors()
                for id_, vector in zip(ids, some, strict=True)
            }
            assert len(index) == len(wanted) == SAMPLES
            for id_, vector in wanted.items():
                stored = index.view().vector(id_)
                assert stored is not None
                np.testing.assert_array_equal(stored, vector)
            question = wanted[1]
            rows = index.candidates(index.view(), question, 5)
            assert rows is None or len(rows) >= 5
        finally:
            index.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.library.close()


def changed(field: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda table: table | {field: value}


def graph_changed(field: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda table: table | {"graph": table["graph"] | {field: value}}


def without(field: str) -> Callable[[dict[str, Any]], object]:
    return lambda table: {name: value for name, value in table.items() if name != field}


FIELDS = ("uid", "generation", "feature_version", "num_dimensions", "space", "rows", "strays", "crc", "graph")
GRAPH_FIELDS = ("name", "rows", "live", "M", "ef_construction")
ODD: tuple[object, ...] = (None, -1, 2**40, 2**70, 1.5, "x", [], {}, True, 10**9)
OTHERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a field more": changed("colour", "blue"),
    "no table": lambda _: [1, 2],
    "a number": lambda _: 7,
    "a graph with a field more": graph_changed("colour", "blue"),
    "a graph that is a list": changed("graph", [1]),
    "a graph elsewhere": graph_changed("name", "../../etc/passwd"),
    **{f"without {field}": without(field) for field in FIELDS},
    **{f"{field} = {value!r}": changed(field, value) for field in FIELDS for value in ODD},
    **{f"graph.{field} = {value!r}": graph_changed(field, value) for field in GRAPH_FIELDS for value in ODD},
}


def test_a_whole_file_is_taken(home: Home) -> None:
    index = load_index(home.places, home.library, Settings())
    assert (len(index), index.generation) == (SAMPLES, home.library.generation())
    index.close()


def test_a_header_of_another_version_is_passed_over(home: Home) -> None:
    for what, change in OTHERS.items():
        home.write(change(home.header()))
        try:
            home.starts()
        except Exception as error:
            raise AssertionError(what) from error


def test_a_body_that_cannot_be_is_passed_over(home: Home) -> None:
    rows = home.header()["rows"]
    for numbers in ([-5] * rows, [7] * rows, [2**31 - 1] + [0] * (rows - 1), list(range(rows, 0, -1))):
        home.write(home.header(), np.asarray(numbers, "<i4").tobytes())
        if len(set(numbers)) < rows or min(numbers) < 0 or max(numbers) > 2**24:
            home.starts()
    home.write(home.header() | {"strays": 2}, home.whole[HEADER_BYTES:] + np.asarray([0, rows], "<i4").tobytes())
    home.starts()


def test_random_bytes_torn_files_and_flipped_bits_never_stop_a_start(home: Home) -> None:
    chance = random.Random(5)
    places = [*range(0, 400, 7), *(chance.randrange(len(home.whole)) for _ in range(40))]
    for place in places:
        for made in (
            home.whole[:place],
            home.whole[:place] + bytes([home.whole[place] ^ 1 << chance.randrange(8)]) + home.whole[place + 1 :],
            home.whole[:place] + chance.randbytes(16) + home.whole[place + 16 :],
        ):
            home.places.index.write_bytes(made)
            home.starts()
    for size in (0, 1, 15, 16, 17, 4096, 5000):
        home.places.index.write_bytes(chance.randbytes(size))
        home.starts()


def test_a_graph_of_random_bytes_costs_only_the_graph(home: Home) -> None:
    chance = random.Random(6)
    (graph,) = home.places.data_dir.glob("index.cache.*.graph")
    whole = graph.read_bytes()
    for made in (b"", chance.randbytes(500), whole[: len(whole) // 2], whole[:-3] + b"abc"):
        home.places.index.write_bytes(home.whole)
        graph.write_bytes(made)
        home.starts()


def test_a_folder_in_the_files_place_never_stops_a_start(home: Home) -> None:
    home.places.index.unlink()
    home.places.index.mkdir()
    home.starts()
