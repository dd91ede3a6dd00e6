"""The pictures in the documentation show what the panel really draws."""

from __future__ import annotations

import pytest

from reaper.reaper_lua import lua
from reaper.render_panel import pictures

pytestmark = pytest.mark.peer


def test_the_pictures_are_what_the_panel_draws() -> None:
    for path, text in pictures(lua()).items():
        assert path.read_text("utf-8") == text, f"{path.name}: run tests/reaper/render_panel.py"
