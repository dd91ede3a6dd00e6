"""Writes the whole library to one file, in the format that its name ends in: arrays of numpy, a table, or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from soundkin.errors import BadArgumentError
from soundkin.names.spelling import sent
from soundkin_daemon.drafts import draft_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from soundkin.library import SqliteLibrary
    from soundkin.model import FeatureParams, Sample

_READ = 500


@dataclass(frozen=True, slots=True)
class Contents:
    """Samples in the order of ids, and their vectors, float32 (n, d)."""

    samples: list[Sample]
    vectors: NDArray[np.float32]
    params: FeatureParams


def export(library: SqliteLibrary, file: Path) -> int:
    """Write every sample that can be found with its vector; how many. Raises `OSError`, `BadArgumentError`."""
    write = writer_of(file)
    contents = _contents(library)
    with draft_of(file) as stream:
        write(contents, stream)
    return len(contents.samples)


def writer_of(file: Path) -> Callable[[Contents, BinaryIO], None]:
    """What writes the format that a name ends in. Raises `BadArgumentError`."""
    writers = {".npz": _write_arrays, ".csv": _write_table, ".json": _write_json}
    if (ending := file.suffix.lower()) not in writers:
        raise BadArgumentError(f"{file}: expected a name that ends in {', '.join(writers)}, got {ending!r}")
    return writers[ending]


def _contents(library: SqliteLibrary) -> Contents:
    import numpy as np

    params = library.serving_params
    blocks = list(library.all_vectors())
    ids = np.concatenate([block for block, _ in blocks]) if blocks else np.empty(0, np.int64)
    vectors = np.concatenate([rows for _, rows in blocks]) if blocks else np.empty((0, params.num_dimensions), "f4")
    order = np.argsort(ids, kind="stable")
    known: dict[int, Sample] = {}
    for start in range(0, len(ids), _READ):
        part = library.samples(ids[start : start + _READ].tolist())
        known |= {int(sample_id): sample for sample_id, sample in part.items()}
    kept = [at for at in order.tolist() if int(ids[at]) in known]
    return Contents([known[int(ids[at])] for at in kept], vectors[kept], params)


def _write_arrays(contents: Contents, stream: BinaryIO) -> None:
    """Ids (n,), paths (n,), vectors (n, d) float32, categories (n,)."""
    import numpy as np

    np.savez(
        stream,
        ids=np.asarray([sample.id for sample in contents.samples], np.int64),
        paths=np.asarray([sample.path for sample in contents.samples], np.str_),
        vectors=contents.vectors,
        categories=np.asarray([sample.labels.category or "" for sample in contents.samples], np.str_),
    )


def _write_table(contents: Contents, stream: BinaryIO) -> None:
    """A row for each sample: id, path, category, and its vector's numbers, named after aspect and place in it."""
    aspects = contents.params.aspects
    names = [f"{aspect.name}_{place}" for aspect in aspects for place in range(aspect.stop - aspect.start)]
    text = io.TextIOWrapper(stream, "utf-8", newline="")
    table = csv.writer(text)
    table.writerow(["id", "path", "category", *names])
    for sample, numbers in _rows(contents):
        table.writerow([sample.id, sent(sample.path), sample.labels.category or "", *map(_shortest, numbers)])
    text.detach()


def _write_json(contents: Contents, stream: BinaryIO) -> None:
    """A list with an object for each sample, one a line."""
    stream.write(b"[")
    for at, (sample, numbers) in enumerate(_rows(contents)):
        row = {"id": sample.id, "path": sent(sample.path), "category": sample.labels.category}
        line = json.dumps({**row, "vector": [float(_shortest(number)) for number in numbers]})
        stream.write(f"{',' if at else ''}\n{line}".encode())
    stream.write(b"\n]\n")


def _rows(contents: Contents) -> Iterator[tuple[Sample, list[float]]]:
    for at, sample in enumerate(contents.samples):
        yield sample, contents.vectors[at].tolist()


def _shortest(number: float) -> str:
    """A float32 with the digits from which it can be read back."""
    return f"{number:.9g}"
