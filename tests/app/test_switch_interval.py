"""A thread at work lets another have the interpreter soon."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from soundkin.config import Settings
from soundkin_daemon.app import Daemon
from soundkin_daemon.places import Places


def test_a_daemon_begins_with_threads_that_take_turns_every_half_millisecond(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_works(*_: object) -> None:
        raise RuntimeError("far enough")

    before = sys.getswitchinterval()
    monkeypatch.setattr("soundkin_daemon.app.start_works", no_works)
    try:
        with pytest.raises(RuntimeError, match="far enough"), Daemon(Places(tmp_path), Settings(), lambda: None):
            pass
        assert sys.getswitchinterval() == pytest.approx(0.0005)
    finally:
        sys.setswitchinterval(before)
