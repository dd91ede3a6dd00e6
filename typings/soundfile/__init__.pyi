from io import RawIOBase
from types import TracebackType
from typing import IO, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

__libsndfile_version__: str

class SoundFileError(Exception): ...
class SoundFileRuntimeError(SoundFileError, RuntimeError): ...

class LibsndfileError(SoundFileRuntimeError):
    code: int
    @property
    def error_string(self) -> str: ...

class SoundFile:
    def __init__(
        self,
        file: str | bytes | int | IO[bytes] | RawIOBase,
        mode: str = "r",
        samplerate: int | None = None,
        channels: int | None = None,
        subtype: str | None = None,
        endian: str | None = None,
        format: str | None = None,
        closefd: bool = True,
    ) -> None: ...
    @property
    def samplerate(self) -> int: ...
    @property
    def frames(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def format(self) -> str: ...
    @property
    def subtype(self) -> str: ...
    @property
    def extra_info(self) -> str: ...
    def seekable(self) -> bool: ...
    def read(
        self,
        frames: int = -1,
        dtype: Literal["float32"] = "float32",
        always_2d: Literal[True] = True,
        fill_value: float | None = None,
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]: ...
    def seek(self, frames: int, whence: int = 0) -> int: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None: ...

def write(
    file: str | bytes | IO[bytes],
    data: NDArray[Any],
    samplerate: int,
    subtype: str | None = None,
    endian: str | None = None,
    format: str | None = None,
    closefd: bool = True,
    compression_level: float | None = None,
    bitrate_mode: str | None = None,
) -> None: ...
def available_formats() -> dict[str, str]: ...

class _SoundFileInfo:
    samplerate: int
    channels: int
    frames: int
    duration: float
    format: str
    subtype: str

def info(file: str | bytes, verbose: bool = False) -> _SoundFileInfo: ...
def read(file: str | bytes, dtype: str = "float64", *, always_2d: bool = False) -> tuple[NDArray[Any], int]: ...
