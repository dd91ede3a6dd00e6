"""An empty folder, and what follows it, imported when first asked for: many tests need neither."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from following import Follower


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "samples"
    folder.mkdir()
    return folder


@pytest.fixture
def follower(top: Path) -> Iterator[Follower]:
    from following import following

    with following(top.parent / "data", top) as made:
        yield made
