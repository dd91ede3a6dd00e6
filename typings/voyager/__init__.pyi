import enum
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

class Space(enum.Enum):
    Euclidean = ...
    Cosine = ...
    InnerProduct = ...

class StorageDataType(enum.Enum):
    Float8 = ...
    Float32 = ...
    E4M3 = ...

class RecallError(Exception): ...

class Index:
    ef: int
    max_elements: int
    num_dimensions: int
    num_elements: int
    space: Space
    storage_data_type: StorageDataType
    M: int
    ef_construction: int
    def __init__(
        self,
        space: Space,
        num_dimensions: int,
        M: int = 12,
        ef_construction: int = 200,
        random_seed: int = 1,
        max_elements: int = 1,
        storage_data_type: StorageDataType = ...,
    ) -> None: ...
    def add_items(
        self, vectors: NDArray[np.float32], ids: Sequence[int] | None = None, num_threads: int = -1
    ) -> list[int]: ...
    def query(
        self, vectors: NDArray[np.float32], k: int = 1, num_threads: int = -1, query_ef: int = -1
    ) -> tuple[NDArray[np.uint64], NDArray[np.float32]]: ...
    def mark_deleted(self, id: int) -> None: ...
    def resize(self, new_size: int) -> None: ...
    def save(self, output_path: str | BinaryIO) -> None: ...
    @staticmethod
    def load(
        filename: str | BinaryIO,
        space: Space = ...,
        num_dimensions: int = ...,
        storage_data_type: StorageDataType = ...,
    ) -> Index: ...
    def __len__(self) -> int: ...
    def __contains__(self, id: int) -> bool: ...
