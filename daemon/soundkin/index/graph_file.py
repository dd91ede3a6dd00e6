"""The graph's own file beside the index file: voyager's bytes, packed with gzip, under a new name at every save.

Packed because it is almost half links, small numbers in four bytes each; unpacked into a file that goes again at
once, because voyager reads a named file four times faster than a Python one.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import secrets
import shutil
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin.errors import StaleIndexError
from soundkin.index.graph import Graph

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from soundkin.config import IndexSettings

_CHUNK = 1 << 20
_LEVEL = 1
"""Higher ones take three times as long for 2 % less."""
_PLAIN = ".plain"


@dataclass(frozen=True, slots=True)
class GraphFile:
    """The graph that belongs to a saved index."""

    name: str
    rows: int
    live: int
    M: int
    ef_construction: int


@dataclass(frozen=True, slots=True, eq=False)
class SavedGraph:
    """A graph that waits in its file to be taken up by the index at `path`."""

    path: Path
    part: GraphFile
    strays: NDArray[np.int32]
    alive: NDArray[np.bool_]
    """Rows that were alive in it."""
    era: int


def pack(graph: Graph, path: Path, settings: IndexSettings) -> GraphFile:
    """Write the graph to a new file beside the index at `path`. Raises `OSError`, `VectorIndexError`."""
    file = path.with_name(f"{path.name}.{secrets.token_hex(6)}.graph")
    plain = file.with_name(file.name + _PLAIN)
    try:
        rows, live = graph.save(plain)
        with plain.open("rb") as source, file.open("wb") as raw:
            with gzip.open(raw, "wb", compresslevel=_LEVEL) as packed:
                shutil.copyfileobj(source, packed, _CHUNK)
            raw.flush()
            os.fsync(raw.fileno())
    finally:
        plain.unlink(missing_ok=True)
    return GraphFile(file.name, rows, live, settings.M, settings.ef_construction)


def unpack(part: GraphFile, path: Path, num_dimensions: int, settings: IndexSettings) -> Graph:
    """The graph of the index at `path`. Raises `StaleIndexError` where it is lost, torn or of other settings."""
    file = path.with_name(part.name)
    if (part.M, part.ef_construction) != (settings.M, settings.ef_construction):
        raise StaleIndexError(f"{file}: built with M={part.M}, expected M={settings.M}")
    plain = file.with_name(file.name + _PLAIN)
    try:
        with gzip.open(file, "rb") as packed, plain.open("wb") as target:
            shutil.copyfileobj(packed, target, _CHUNK)
        return Graph.load(plain, num_dimensions, settings, part.rows, part.live)
    except (OSError, EOFError, zlib.error) as error:
        raise StaleIndexError(f"{file}: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            plain.unlink(missing_ok=True)


def drop_others(path: Path, keep: str | None) -> None:
    """Delete graphs of earlier saves of the index at `path`. What cannot be deleted now goes another time."""
    for other in path.parent.glob(f"{path.name}.*.graph*"):
        if other.name != keep:
            with contextlib.suppress(OSError):
                other.unlink()
