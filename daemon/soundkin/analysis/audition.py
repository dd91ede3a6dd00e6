"""Turns any readable file into a plain 16-bit WAV that every player takes. Uses soundfile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from soundkin.errors import DecodeError

if TYPE_CHECKING:
    from soundkin.analysis.containers import Form
    from soundkin.analysis.decoders.source import Source


def write_preview(path: str, target: str, seconds: float = 30.0) -> float:
    """Write the first `seconds` of `path` to `target` as 16-bit PCM at its own rate; the length written in seconds.

    Raises `DecodeError` where the file cannot be read.
    """
    import soundfile

    from soundkin.analysis.opening import open_sound

    def write(source: Source, form: Form) -> float:
        count = min(round(seconds * source.sr), source.frames if form.frames is None else form.frames)
        y = source.read(count)
        soundfile.write(target, y, source.sr, format="WAV", subtype="PCM_16")
        return len(y) / source.sr

    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            return open_sound(fd, path, write)
        finally:
            os.close(fd)
    except (soundfile.SoundFileError, OSError, DecodeError) as error:
        raise DecodeError(f"{path!r} cannot be played: {error}") from error
