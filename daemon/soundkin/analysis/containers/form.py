"""What was found out about a file before it is decoded. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soundkin.analysis.containers.data import Data


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is to be read where its header is not to be believed, and how much of it is there."""

    data: Data | None = None
    """What decoders are given; None: the file as it is."""
    frames: int | None = None
    """Frames that can be decoded, where the decoder would count wrongly."""
    promised: int | None = None
    """Frames that the header promises, where they are not all there."""
    sealed: Data | None = None
    """A stream of another kind that the file only wraps; it is to be read instead."""
    is_cut: bool = False
    """Whether the file ends before its sound does."""
    links: tuple[Form, ...] = ()
    """Streams one behind the other, each with its own head; more than one, or none."""
    goes_on: bool = False
    """Whether a stream of another rate or number of channels follows, which is not heard."""


AS_IT_IS = Form()
UNKNOWN = Form(data=None)
"""The form of files of which nothing here knows whether they are whole."""
