"""Turns any readable file into a plain 16-bit WAV that every player takes. Uses soundfile."""

from __future__ import annotations

from soundkin.errors import DecodeError


def write_preview(path: str, target: str, seconds: float = 30.0) -> float:
    """Write the first `seconds` of `path` to `target` as 16-bit PCM at its own rate; the length written in seconds.

    Raises `DecodeError` where the file cannot be read.
    """
    import soundfile

    try:
        with soundfile.SoundFile(path) as source:
            y = source.read(int(seconds * source.samplerate), dtype="float32", always_2d=True)
            soundfile.write(target, y, source.samplerate, format="WAV", subtype="PCM_16")
            return float(len(y) / source.samplerate)
    except (soundfile.SoundFileError, OSError) as error:
        raise DecodeError(f"{path!r} cannot be played: {error}") from error
