"""What a person wants to know of a sample besides how it sounds. Unsure is None, never a guess."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from soundkin.analysis.decode import SILENCE
from soundkin.analysis.facts.chunks import Said, read_said
from soundkin.analysis.facts.key import is_near, key_of
from soundkin.analysis.facts.kind import FEWEST_ONSETS, kind_of
from soundkin.analysis.facts.loudness import integrated_lufs, rms_db
from soundkin.analysis.facts.names import Name, key_name, read_name
from soundkin.analysis.facts.tempo import tempo_of
from soundkin.analysis.facts.told import tempo_told
from soundkin.model import Facts, Kind

if TYPE_CHECKING:
    from soundkin.analysis.decode import Sound
    from soundkin.analysis.features import Description
    from soundkin.analysis.features.shape import Shape

__all__ = ["Said", "facts_of", "read_said"]

SURE_PITCH = 0.85


def facts_of(path: str, said: Said, sound: Sound, shape: Shape, found: Description) -> Facts:
    """Facts from the header, chunks and tags, the name and the samples."""
    name = read_name(path)
    may_repeat = found.onsets >= FEWEST_ONSETS or name.loop or said.one_shot is False
    measured = tempo_of(shape, sound.duration_s, sound.y.size / sound.sr) if may_repeat else None
    kind = _kind(said, name, kind_of(shape, found.onsets, sound.duration_s, measured))
    tempo, tempo_confidence = tempo_told(said, name, measured, sound.duration_s, kind)
    loudness, is_lufs = _loudness(sound, shape)
    root_hz, root_confidence = _root(said, name, found.pitch_hz, found.pitch_confidence)
    return Facts(
        duration_s=sound.duration_s,
        sample_rate=sound.sr,
        channels=sound.channels,
        bit_depth=sound.bit_depth,
        loudness_db=loudness,
        loudness_is_lufs=is_lufs,
        peak_db=20 * math.log10(sound.peak) if sound.peak >= SILENCE else None,
        root_hz=root_hz,
        root_confidence=root_confidence,
        tempo_bpm=tempo,
        tempo_confidence=tempo_confidence,
        key=_key(said, name, shape, kind, root_hz),
        kind=kind,
    )


def _loudness(sound: Sound, shape: Shape) -> tuple[float | None, bool]:
    if shape.silent or sound.peak < SILENCE:
        return None, False
    # the analysed mono signal was scaled to a peak of 1; `gain` brings back the energy of all channels
    lufs = integrated_lufs(shape.y, sound.sr)
    if lufs is not None:
        lufs += 20 * math.log10(shape.scale) + 10 * math.log10(sound.gain)
        if lufs > -70:
            return lufs, True
    mean_square = float(shape.y @ shape.y) / shape.y.size * shape.scale**2 * sound.gain / sound.channels
    return rms_db(mean_square), False


def _kind(said: Said, name: Name, heard: Kind | None) -> Kind | None:
    if said.one_shot is not None:
        return Kind.ONESHOT if said.one_shot else Kind.LOOP
    if said.beats:
        return Kind.LOOP
    if name.loop is None or heard is None:
        return heard if name.loop is None else (Kind.LOOP if name.loop else Kind.ONESHOT)
    told = Kind.LOOP if name.loop else Kind.ONESHOT
    return told if told == heard else None


def _root(said: Said, name: Name, hz: float, confidence: float) -> tuple[float | None, float | None]:
    """The heard fundamental; where it is in doubt, the note that a chunk gives."""
    heard = 69 + 12 * math.log2(hz / 440) if hz > 0 else None
    agrees = heard is not None and any(
        abs((heard - wanted + 6) % 12 - 6) < 0.5
        for wanted in (*name.pitch_classes, *([said.root_note] if said.root_note else []))
    )
    if confidence >= (SURE_PITCH - 0.15 if agrees else SURE_PITCH):
        return hz, min(1.0, confidence + (0.1 if agrees else 0.0))
    if said.root_note:
        return 440 * 2 ** ((said.root_note - 69) / 12), 0.7
    return None, None


def _key(said: Said, name: Name, shape: Shape, kind: Kind | None, root_hz: float | None) -> str | None:
    """The key that the name says, else a chunk, a tag that the sound does not contradict, the sound."""
    if name.key:
        return name.key
    if said.root_note and said.minor is not None:
        return key_name(said.root_note % 12, said.minor)
    heard = key_of(shape) if kind is not Kind.ONESHOT else None
    if said.tag_key:
        return said.tag_key if heard is None or is_near(heard, said.tag_key) else None
    if root_hz and name.pitch_classes:
        note = round(12 * math.log2(root_hz / 440) + 69) % 12
        if note in name.pitch_classes:
            return key_name(note, minor=False)
    return heard
