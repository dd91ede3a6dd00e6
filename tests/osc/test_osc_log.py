"""Switching the log of the traffic on and off over OSC."""

from __future__ import annotations

import logging

import pytest

from fakes_service import library
from osc_peer import Peer, serving


def test_traffic_is_logged_from_1_to_0(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    caplog.handler.setLevel(logging.NOTSET)
    with serving(library(3)) as daemon, Peer(daemon.port) as peer:
        peer.ask("/soundkin/log", 1, 7)
        peer.ask("/soundkin/info", 8, 1)
        peer.ask("/soundkin/log", 0, 9)
        peer.ask("/soundkin/info", 10, 2)
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("soundkin_osc.")]
    assert any("/soundkin/info 8 1" in line for line in logged)
    assert not any("/soundkin/info 10 2" in line for line in logged)
