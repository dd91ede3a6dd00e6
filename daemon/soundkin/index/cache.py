"""The index on disk: one small file that says which row holds which sample, and names the file that holds the graph.

The vectors are the library's and are read from there. This file is replaced atomically and is the only commit point.
What is torn, foreign or of other features raises `StaleIndexError`; a lost graph costs only the graph.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import struct
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from soundkin.errors import StaleIndexError
from soundkin.index.graph_file import GraphFile, drop_others

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.model import FeatureParams
    from soundkin.vectors import View

_MAGIC = b"SNDKIN02"
SPACE = "euclidean"
_PREFIX = struct.Struct("<8sII")  # magic, bytes of the header, its CRC-32
_HEADER_ROOM = 4096 - _PREFIX.size
_MOST_ROWS = 2**31 - 1
_HIGHEST_ID = 2**24


@dataclass(frozen=True, slots=True)
class Header:
    """What a saved index must agree in with the library that opens it."""

    uid: str
    generation: int
    feature_version: int
    num_dimensions: int
    space: str
    rows: int
    strays: int
    crc: int
    graph: GraphFile | None


def write(path: Path, header: Header, view: View, strays: NDArray[np.int32]) -> None:
    """Replace the index file by this view, in one step that a crash cannot split. Raises `OSError`."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(bytes(_PREFIX.size + _HEADER_ROOM))
            crc = _write_body(file, view, strays)
            text = json.dumps(asdict(header) | {"crc": crc}).encode()
            file.seek(0)
            file.write(_PREFIX.pack(_MAGIC, len(text), zlib.crc32(text)) + text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _write_body(file: BinaryIO, view: View, strays: NDArray[np.int32]) -> int:
    """Ids (0 for dead rows), then stray rows; their checksum."""
    crc = 0
    ids = (np.where(block.alive, block.ids[: block.used], 0) for block in view.blocks)
    for part in (*ids, strays):
        data = part.astype("<i4").tobytes()
        crc = zlib.crc32(data, crc)
        file.write(data)
    return crc


def read_header(file: io.BufferedReader, path: Path) -> Header:
    """Header of a saved index. Raises `StaleIndexError` where there is none."""
    prefix = file.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        raise StaleIndexError(f"{path}: {len(prefix)} bytes, not an index")
    magic, length, crc = _PREFIX.unpack(prefix)
    text = file.read(min(length, _HEADER_ROOM))
    if magic != _MAGIC or zlib.crc32(text) != crc:
        raise StaleIndexError(f"{path}: not an index of this kind, or torn")
    file.seek(_PREFIX.size + _HEADER_ROOM)
    try:
        return _header_of(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise StaleIndexError(f"{path}: the header is of another version ({error!r})") from error


def _header_of(table: dict[str, Any]) -> Header:
    """The header, each field of the type and within the limits that it must have. Raises what unfit tables raise."""
    graph = table.pop("graph")
    header = Header(**table, graph=None if graph is None else GraphFile(**graph))
    _check_types(header, uid=str, space=str, generation=int, feature_version=int, num_dimensions=int, crc=int)
    _check_counts(header, "rows", "strays")
    if header.strays > header.rows:
        raise ValueError(f"{header.strays} strays of {header.rows} rows")
    if header.graph is not None:
        _check_types(header.graph, name=str, M=int, ef_construction=int)
        _check_counts(header.graph, "rows", "live")
        if not header.graph.live <= header.graph.rows <= header.rows:
            raise ValueError(f"a graph of {header.graph.live} in {header.graph.rows} rows, the index has {header.rows}")
        if Path(header.graph.name).name != header.graph.name:
            raise ValueError(f"the graph is not beside it: {header.graph.name!r}")
    return header


def _check_types(holder: object, **types: type) -> None:
    for name, wanted in types.items():
        if type(getattr(holder, name)) is not wanted:
            raise TypeError(f"{name} is {getattr(holder, name)!r}, expected {wanted.__name__}")


def _check_counts(holder: object, *names: str) -> None:
    _check_types(holder, **dict.fromkeys(names, int))
    for name in names:
        if not 0 <= getattr(holder, name) <= _MOST_ROWS:
            raise ValueError(f"{name} is {getattr(holder, name)}, expected 0 to {_MOST_ROWS}")


def read_body(file: io.BufferedReader, header: Header, path: Path) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Id of every row (0 for dead ones) and stray rows. Raises `StaleIndexError` where they are not those written."""
    size = os.fstat(file.fileno()).st_size - _PREFIX.size - _HEADER_ROOM
    if size != 4 * (header.rows + header.strays):
        raise StaleIndexError(f"{path}: {size} bytes for {header.rows} rows and {header.strays} strays")
    data = file.read(size)
    if (crc := zlib.crc32(data)) != header.crc:
        raise StaleIndexError(f"{path}: {len(data)} bytes with checksum {crc:08x}, expected {header.crc:08x}")
    numbers = np.frombuffer(data, "<i4").astype(np.int32)
    ids, strays = numbers[: header.rows], numbers[header.rows :]
    living = ids[ids > 0]
    if ids.min(initial=0) < 0 or ids.max(initial=0) > _HIGHEST_ID or len(np.unique(living)) != len(living):
        raise StaleIndexError(f"{path}: rows that hold no sample, or one twice")
    if strays.min(initial=0) < 0 or strays.max(initial=-1) >= header.rows:
        raise StaleIndexError(f"{path}: strays beyond the {header.rows} rows")
    return ids, strays


def drop_orphans(path: Path) -> None:
    """Delete graphs of earlier saves, whole or torn. What cannot be deleted now goes another time."""
    try:
        with path.open("rb") as file:
            graph = read_header(file, path).graph
    except (FileNotFoundError, StaleIndexError):
        graph = None
    except OSError:
        return  # which graph belongs to the index cannot be told now
    drop_others(path, graph.name if graph else None)


def sync_folder(folder: Path) -> None:
    """Flush the folder's entries, where the system has such a thing."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def checked(header: Header, uid: str, params: FeatureParams, path: Path) -> Header:
    """The header, where it agrees with the library. Raises `StaleIndexError` naming both values."""
    expected = {
        "uid": uid,
        "feature_version": params.version,
        "num_dimensions": params.num_dimensions,
        "space": SPACE,
    }
    for name, value in expected.items():
        got = getattr(header, name)
        if got != value:
            raise StaleIndexError(f"{path}: {name} is {got!r}, expected {value!r}")
    return header
