"""Both doors on one library, opened once for a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from door_house import House, build, opened
from small_graphs import graphs_of_any_size
from soundkin.interfaces import Door


@pytest.fixture(scope="module")
def small_graphs() -> Iterator[None]:
    with graphs_of_any_size():
        yield


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build(tmp_path_factory.mktemp("door"))


@pytest.fixture(scope="module")
def doors(house: House) -> Iterator[dict[str, Door]]:
    with opened("there", house) as there, opened("here", house) as here:
        yield {"here": here, "there": there}
