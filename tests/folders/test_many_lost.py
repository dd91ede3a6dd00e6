"""When a scan says that much is gone: 50 files and 5 % of what is known, both."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes_library import FakeLibrary
from soundkin.config import ScanSettings
from soundkin.folders.scanner import Scanner
from soundkin.model import AnalysisFailure, Aspect, FeatureParams, FileStamp

PARAMS = FeatureParams(1, 4, (Aspect("timbre", 0, 4),))
NOW_S = 4e9


class Folder:
    """A followed folder of files that the library knows, some of which are gone."""

    def __init__(self, path: Path, lost: int, kept: int) -> None:
        self.path = path
        self.library = FakeLibrary(PARAMS)
        self.library.add_root(str(path))
        for number in range(kept):
            (path / f"kept {number}.wav").touch()
        names = [f"kept {n}.wav" for n in range(kept)] + [f"lost {n}.wav" for n in range(lost)]
        self.library.put([AnalysisFailure(str(path / each), FileStamp(0, 1), "decode", "empty") for each in names])
        self.scanner = Scanner(self.library, ScanSettings(settle_s=0))

    def said(self, target: Path | None = None) -> str:
        """The sentence about the folder as a whole."""
        findings = self.scanner([str(target)] if target else None, NOW_S)
        return findings.notes.get(str(self.path), "nothing")


@pytest.mark.parametrize(("lost", "known", "many"), [(50, 1_000, True), (49, 60, False), (50, 1_001, False)])
def test_fifty_files_and_five_percent_are_many(tmp_path: Path, lost: int, known: int, many: bool) -> None:
    said = Folder(tmp_path, lost, known - lost).said()
    assert said == (
        f"{tmp_path}: {lost:,} of {known:,} files are gone; they are kept as missing and come back with the files"
        if many
        else ""
    )


def test_a_look_at_a_part_of_the_folder_takes_no_sentence_back(tmp_path: Path) -> None:
    folder = Folder(tmp_path, 0, 1)
    assert folder.said(tmp_path / "part") == "nothing"
    assert folder.said() == ""
