"""Which decoder reads a file: libsndfile as it is, libsndfile with what is wrong put right, FFmpeg where it is at hand.

Where none can, the error names what the file is and what would help.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from soundkin import formats
from soundkin.analysis.containers import (
    AS_IT_IS,
    UNKNOWN,
    FileData,
    bare_flac,
    examine,
    find_mpeg,
    for_ffmpeg,
    recognise,
    torn_flac,
)
from soundkin.analysis.decoders import ffmpeg
from soundkin.analysis.decoders.chained import ChainedSource
from soundkin.analysis.decoders.sndfile import PatientSource, SndfileSource
from soundkin.errors import DecodeError, NoDecoderError

if TYPE_CHECKING:
    from soundkin.analysis.containers import Codec, Data, Form
    from soundkin.analysis.decoders.source import Source

_T = TypeVar("_T")
Reader = Callable[["Source", "Form"], _T]
"""Takes from an open sound what it wants. Raises `DecodeError` where decoding fails."""

_SMALL_STEP = 1024
"""Frames decoded at a time where decoding may fail at any of them."""
_Attempt = Callable[[], AbstractContextManager["Source"]]
_REMEDY = f"install {formats.CODECS_EXTRA} to hear it (uv tool install '{formats.CODECS_EXTRA}', or pip)"
_SHORT = re.compile(r"truncated|(BODY|Data length|riff) *:? *\d+ \(?should be")
"""What libsndfile notes about files that end before their header says, in formats that nothing here looks into."""


def open_sound(fd: int, path: str, read: Reader[_T], data: FileData | None = None) -> _T:
    """What `read` makes of the sound in an open file, decoded by the first decoder that can.

    `data` is the file's, where it has been read already; `path` is used on Windows only, where libsndfile cannot share
    a descriptor. Raises `DecodeError`, `NoDecoderError` where an extra would help, what `read` raises, and the
    `OSError` of a disk or the `MemoryError` that no decoder may take for the end of the file.
    """
    data = data or FileData(fd)
    if not data.size:
        raise DecodeError("the file is empty")
    try:
        found = _by_the_first_that_can(data, fd, path, read)
    except DecodeError as error:
        if data.error is not None:
            raise data.error from error
        raise
    if data.error is not None:
        raise data.error
    return found


def _by_the_first_that_can(data: FileData, fd: int, path: str, read: Reader[_T]) -> _T:
    form = examine(data)
    try:
        if form.links:
            with ChainedSource([link.data for link in form.links if link.data is not None]) as chain:
                return read(chain, replace(form, goes_on=chain.goes_on))
        with _first(fd, path, form) as source:
            return read(source, _with_what_was_noted(form, source))
    except DecodeError as error:
        return _otherwise(data, form, read, error)


def _first(fd: int, path: str, form: Form) -> SndfileSource:
    if form.data is not None:
        return PatientSource(form.data)
    if os.name == "nt":
        return SndfileSource(path)
    os.lseek(fd, 0, os.SEEK_SET)
    return SndfileSource(fd)


def _with_what_was_noted(form: Form, source: SndfileSource) -> Form:
    """The form, marked where libsndfile noticed that the file is too short."""
    return replace(form, is_cut=True) if form is UNKNOWN and _SHORT.search(source.log) else form


def _otherwise(data: Data, form: Form, read: Reader[_T], first: DecodeError) -> _T:
    """The same by the other decoders; the error that says most where none can."""
    codec = recognise(data)
    last = first
    for source_of, its_form in _others(data, form, codec):
        try:
            with source_of() as source:
                return read(source, its_form)
        except DecodeError as error:
            last = error
    raise _verdict(codec, first, last) from last


def _others(data: Data, form: Form, codec: Codec | None) -> Iterator[tuple[_Attempt, Form]]:
    """Ways to read a file that libsndfile could not read as it is, each with the form to read it by."""
    whole = form.data or data
    if whole.at(0, 4) == b"fLaC":
        yield lambda: PatientSource(bare_flac(whole), step=_SMALL_STEP), torn_flac(whole)
    else:
        yield lambda: PatientSource(whole, step=_SMALL_STEP), form
    if codec is not None and codec.demuxer and formats.has_codecs():
        handed = for_ffmpeg(data) if codec.demuxer == "caf" else data
        yield lambda: ffmpeg.FfmpegSource(handed, codec.demuxer), AS_IT_IS
    if codec is None and (found := find_mpeg(data)) is not None:
        mpeg, inner = found, found.data or data
        yield lambda: PatientSource(inner), mpeg


def _verdict(codec: Codec | None, first: DecodeError, last: DecodeError) -> DecodeError:
    if codec is None:
        return DecodeError(f"not audio that can be read: {first}")
    if codec.closed:
        return DecodeError(f"{codec.name}: {codec.closed}")
    if codec.needs_ffmpeg and not formats.has_codecs():
        return NoDecoderError(f"{codec.name}: {_REMEDY}")
    return DecodeError(f"{codec.name} that cannot be read: {last if codec.needs_ffmpeg else first}")
