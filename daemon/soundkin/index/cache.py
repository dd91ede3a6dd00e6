"""The index on disk: one file with header, ids and vectors, which names the file that holds the graph.

The first is replaced atomically and is the only commit point; the graph's file has a new name at every save. What is
torn, foreign or of other features raises `StaleIndexError`; a lost graph costs only the graph.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
import struct
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import numpy as np

from soundkin.errors import StaleIndexError
from soundkin.index.view import BLOCK_ROWS, Block, View, fingerprints, new_block, squared_lengths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from soundkin.model import FeatureParams

_MAGIC = b"SNDKIN01"
SPACE = "euclidean"
_Number = TypeVar("_Number", np.int32, np.float32)
_CHUNK = 1 << 20
_PREFIX = struct.Struct("<8sII")  # magic, bytes of the header, its CRC-32
_HEADER_ROOM = 4096 - _PREFIX.size


@dataclass(frozen=True, slots=True)
class GraphFile:
    """The graph that belongs to a saved index."""

    name: str
    crc: int
    rows: int
    live: int
    M: int
    ef_construction: int


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
    crc = 0
    for part in _body(view, strays):
        data = np.ascontiguousarray(part).data.cast("B") if part.size else b""
        crc = zlib.crc32(data, crc)
        file.write(data)
    return crc


def _body(view: View, strays: NDArray[np.int32]) -> Iterator[NDArray[np.int32] | NDArray[np.float32]]:
    """Ids (0 for dead rows), stray rows, vectors."""
    for block in view.blocks:
        yield np.where(block.alive, block.ids[: block.used], 0).astype("<i4")
    yield strays.astype("<i4")
    for block in view.blocks:
        yield block.vectors[: block.used].astype("<f4", copy=False)


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
    table = json.loads(text)
    graph = table.pop("graph")
    return Header(**table, graph=GraphFile(**graph) if graph else None)


def read_body(
    file: io.BufferedReader, header: Header, params: FeatureParams, path: Path
) -> tuple[tuple[Block, ...], NDArray[np.int32]]:
    """Blocks of the table and stray rows. Raises `StaleIndexError` where the bytes are not those written."""
    reader = _Reader(file, path)
    ids = reader.take(np.zeros(header.rows, "<i4"))
    strays = reader.take(np.zeros(header.strays, "<i4"))
    blocks = []
    for start in range(0, header.rows, BLOCK_ROWS):
        used = min(BLOCK_ROWS, header.rows - start)
        block = new_block(params)
        reader.take(block.vectors[:used])
        block.ids[:used] = ids[start : start + used]
        block.norms[:used] = squared_lengths(block.vectors[:used])
        block.prints[:used] = fingerprints(block.vectors[:used])
        alive = block.ids[:used] > 0
        dead = used - int(np.count_nonzero(alive))
        blocks.append(replace(block, alive=alive, used=used, dead=dead))
    if reader.crc != header.crc:
        raise StaleIndexError(f"{path}: checksum {reader.crc:08x}, expected {header.crc:08x}")
    return tuple(blocks), strays.astype(np.int32)


class _Reader:
    """Fills arrays from a file and keeps the checksum."""

    def __init__(self, file: io.BufferedReader, path: Path) -> None:
        self._file, self._path = file, path
        self.crc = 0

    def take(self, array: NDArray[_Number]) -> NDArray[_Number]:
        if array.size:
            data = array.data.cast("B")
            if self._file.readinto(data) != len(data):
                raise StaleIndexError(f"{self._path}: ends too early")
            self.crc = zlib.crc32(data, self.crc)
        return array


def graph_path(path: Path, name: str | None = None) -> Path:
    """Where a graph of the index at `path` lies; a new name where none is given."""
    return path.with_name(name or f"{path.name}.{secrets.token_hex(6)}.graph")


def drop_orphans(path: Path) -> None:
    """Delete graphs of earlier saves, whole or torn. What cannot be deleted now goes another time."""
    try:
        with path.open("rb") as file:
            graph = read_header(file, path).graph
    except (OSError, StaleIndexError):
        graph = None
    for other in path.parent.glob(f"{path.name}.*.graph"):
        if graph is None or other.name != graph.name:
            with contextlib.suppress(OSError):
                other.unlink()


def checksum(path: Path) -> int:
    """CRC-32 of a file."""
    crc = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc


def sync_file(path: Path) -> None:
    """Flush a file that other code wrote."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


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
