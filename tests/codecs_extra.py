"""Makes Soundkin believe that the extra for FFmpeg's codecs is installed, or is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin import formats

if TYPE_CHECKING:
    import pytest


def with_codecs(monkeypatch: pytest.MonkeyPatch, *, installed: bool) -> None:
    """Until the test ends, in this process."""
    monkeypatch.setattr(formats, "has_codecs", lambda: installed)
