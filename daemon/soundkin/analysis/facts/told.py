"""Which of the tempi that chunks, tags, names and the sound give is the one: the length of the sound decides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from soundkin.analysis.facts.fields import TEMPI
from soundkin.model import Kind

if TYPE_CHECKING:
    from soundkin.analysis.facts.chunks import Said
    from soundkin.analysis.facts.names import Name
    from soundkin.analysis.facts.tempo import Tempo

SURE_TEMPO = 0.4
_FITS = 0.015
"""Share of the length by which a whole number of beats may miss it."""
_SLACK = 0.1
"""Half bars by which a length may miss a whole number of them at most; a fifth of all come as near by chance."""
_NEAR = 0.02
"""Share by which a tempo that is told may differ from the one that is heard, or from its half or double."""
_BY_LENGTH = 0.9
"""Confidence in a tempo without a number of beats that makes the length a whole number of half bars."""
_UNJUDGED = 0.7
"""Confidence where the file is too long for its length to say anything, and the sound says nothing."""
_Answer = tuple[float, float]
"""BPM and confidence, 0..1."""


def tempo_told(
    said: Said, name: Name, measured: Tempo | None, duration_s: float, kind: Kind | None
) -> _Answer | tuple[None, None]:
    """The tempo in BPM and its confidence, 0..1; or twice None.

    Certain are a chunk whose beats fill the length, and a name that says BPM. All other tempi are candidates: one that
    the length bears out comes first, then one that the sound bears out, then what the sound alone says.
    """
    certain = _of_chunk(said, duration_s) or name.tempo_bpm
    if certain:
        return certain, 1.0
    if kind is Kind.ONESHOT:
        return None, None
    candidates = [*([said.tag_bpm] if said.tag_bpm else []), *name.maybe_tempi]
    if fitting := [bpm for bpm in candidates if _fits(bpm, duration_s) is True]:
        return fitting[0], _BY_LENGTH
    if measured is not None and measured.confidence >= SURE_TEMPO:
        heard = _borne_out([*candidates, *_doubted(said, duration_s)], measured)
        if heard is not None or kind is Kind.LOOP:
            return heard or measured.bpm, measured.confidence
    if unjudged := [bpm for bpm in candidates if _fits(bpm, duration_s) is None]:
        return unjudged[0], _UNJUDGED
    return None, None


def _of_chunk(said: Said, duration_s: float) -> float | None:
    """The tempo of a chunk whose number of beats at that tempo is as long as the sound."""
    if not said.beats or duration_s <= 0:
        return None
    by_length = 60 * said.beats / duration_s
    if said.tempo_bpm is None:  # an Apple Loop, whose tempo is written as its length
        return by_length if TEMPI[0] <= by_length <= TEMPI[1] else None
    return said.tempo_bpm if abs(by_length / said.tempo_bpm - 1) <= _FITS else None


def _doubted(said: Said, duration_s: float) -> list[float]:
    """The tempi of a chunk that contradicts itself: the one that it states, and the one of its number of beats."""
    tempi = [said.tempo_bpm, 60 * said.beats / duration_s if said.beats and duration_s > 0 else None]
    return [bpm for bpm in tempi if bpm]


def _fits(bpm: float, duration_s: float) -> bool | None:
    """Whether the length is a whole number of half bars of four beats; None where any long length nearly is."""
    half_bars = duration_s * bpm / 120
    if half_bars * _FITS >= 0.5:
        return None
    return abs(half_bars - round(half_bars)) <= min(_FITS * half_bars, _SLACK)


def _borne_out(candidates: list[float], measured: Tempo) -> float | None:
    """The candidate nearest to what is heard, its half or its double; None where none is near."""
    apart = {bpm: min(abs(math.log(bpm * times / measured.bpm)) for times in (1, 0.5, 2)) for bpm in candidates}
    near = [bpm for bpm in candidates if apart[bpm] <= _NEAR]
    return min(near, key=lambda bpm: (abs(math.log(bpm / measured.bpm)) > _NEAR, apart[bpm]), default=None)
