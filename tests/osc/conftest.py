"""A daemon around the module's `service`, and a peer of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes_service import FakeService
from osc_peer import Daemon, Peer, serving


@pytest.fixture
def daemon(service: FakeService) -> Iterator[Daemon]:
    with serving(service) as daemon:
        yield daemon


@pytest.fixture
def peer(daemon: Daemon) -> Iterator[Peer]:
    with Peer(daemon.port) as peer:
        yield peer
