"""The daily backup and the tidying, in the daemon's own thread."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon_process import until
from library_samples import PARAMS, ROOT, analysed, under
from soundkin.library import backups, open_library
from soundkin_daemon import housekeeping
from soundkin_daemon.housekeeping import Housekeeper


def test_a_backup_is_taken_once_a_day_and_removed_rows_give_their_room_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "_FIRST_S", 0.01)
    monkeypatch.setattr(housekeeping, "_EVERY_S", 0.01)
    monkeypatch.setattr(housekeeping, "_STEP_S", 0.0)
    library = open_library(tmp_path / "library.db", PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under(f"{number}.wav"), number) for number in range(3)])
    index_sync = Housekeeper(library, tmp_path / "backups")
    index_sync.start()
    try:
        until(lambda: backups.listed(tmp_path / "backups"), "a backup")
        (first,) = backups.listed(tmp_path / "backups")
    finally:
        index_sync.stop()
    assert backups.listed(tmp_path / "backups") == [first]
    restored = open_library(first.path, PARAMS)
    assert restored.count() == 3
    restored.close()
    library.close()
