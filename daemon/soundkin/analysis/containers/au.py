"""AU: a size of the sound that was never filled in. Reads bytes only."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from soundkin.analysis.containers.data import overlaid
from soundkin.analysis.containers.form import AS_IT_IS, Form
from soundkin.analysis.containers.iff import SPARE_BYTES

if TYPE_CHECKING:
    from soundkin.analysis.containers.data import Data

_UNKNOWN = 0xFFFF_FFFF


def examine(data: Data) -> Form:
    """What is to be put right in an AU file so that all of its sound is heard."""
    head = data.at(0, 12)
    if len(head) < 12:
        return AS_IT_IS
    start, promised = struct.unpack(">II", head[4:])
    there = data.size - start
    if promised == 0 < there:
        return Form(overlaid(data, (8, struct.pack(">I", _UNKNOWN))))
    return Form(is_cut=True) if there + SPARE_BYTES < promised < _UNKNOWN else AS_IT_IS
