"""A daemon around the module's `service`, and peers of it, imported when first asked for: many tests need none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fakes_service import FakeService
    from osc_peer import Daemon, Peer
    from stream_world import World


@pytest.fixture
def daemon(service: FakeService) -> Iterator[Daemon]:
    from osc_peer import serving

    with serving(service) as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def quiet_traffic() -> Iterator[None]:
    """What `/soundkin/log` switches on in one test is off in the next: it holds for the process."""
    yield
    for name in ("soundkin_osc.in", "soundkin_osc.out"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture
def peer(daemon: Daemon) -> Iterator[Peer]:
    from osc_peer import Peer

    with Peer(daemon.port) as peer:
        yield peer


@pytest.fixture
def world(daemon: Daemon) -> Iterator[World]:
    """The daemon's connections, in the test's own time."""
    from stream_world import World

    world = World(daemon)
    world.carrier.start()
    yield world
    world.now += 1  # the end of the goodbye
    world.carrier.stop(1)


@pytest.fixture
def host() -> str:
    """This machine's address in its network."""
    from lan_peers import own_address

    found = own_address()
    if found is None:
        pytest.skip("this machine has no address but loopback")
    return found
