"""A walk that lacks descriptors or memory ends with that error: what it did not meet may be there all the same."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from soundkin.folders.walk import Walk


@pytest.fixture
def top(tmp_path: Path) -> Path:
    for name in ("a.wav", "b.wav", "x/c.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"RIFF")
    return tmp_path


class Entry:
    """An entry of a folder of which one question fails."""

    def __init__(self, entry: os.DirEntry[str], question: str, number: int) -> None:
        self.name, self.path = entry.name, entry.path
        self._entry, self._question, self._number = entry, question, number

    def __getattr__(self, name: str) -> Any:
        if name == self._question and self.name == "b.wav":
            return self._fail
        return getattr(self._entry, name)

    def _fail(self, **_: object) -> None:
        raise OSError(self._number, os.strerror(self._number))


def of_an_entry(monkeypatch: pytest.MonkeyPatch, question: str, number: int) -> None:
    real: Callable[[str], Any] = os.scandir

    @contextmanager
    def scandir(folder: str) -> Iterator[Iterator[Entry]]:
        with real(folder) as entries:
            yield iter([Entry(entry, question, number) for entry in entries])

    monkeypatch.setattr(os, "scandir", scandir)


def of_a_folder(monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> None:
    real: Callable[..., Any] = getattr(os, call)

    def fails(folder: str, **more: Any) -> Any:
        if str(folder).endswith("x"):
            raise OSError(number, os.strerror(number))
        return real(folder, **more)

    monkeypatch.setattr(os, call, fails)


@pytest.mark.parametrize("question", ["is_file", "stat"])
def test_a_file_that_cannot_be_asked_about_is_named_but_a_lack_ends_the_walk(
    top: Path, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    with monkeypatch.context() as patch:
        of_an_entry(patch, question, errno.EACCES)
        walk = Walk(str(top))
        assert [Path(file.path).name for file in walk] == ["a.wav", "c.wav"]
        assert walk.unreadable == [str(top / "b.wav")]
    of_an_entry(monkeypatch, question, errno.EMFILE)
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        list(Walk(str(top)))


@pytest.mark.parametrize("call", ["stat", "scandir"])
def test_a_folder_that_cannot_be_listed_is_named_but_a_lack_ends_the_walk(
    top: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    with monkeypatch.context() as patch:
        of_a_folder(patch, call, errno.EACCES)
        walk = Walk(str(top))
        assert [Path(file.path).name for file in walk] == ["a.wav", "b.wav"]
        assert walk.unreadable == [str(top / "x")]
    of_a_folder(monkeypatch, call, errno.EMFILE)
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        list(Walk(str(top)))


def test_a_lack_while_it_is_asked_whether_a_folder_is_met_twice_ends_the_walk(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (top / "x" / "y").mkdir()
    real: Callable[..., os.stat_result] = os.stat

    def alike(path: Any, **more: Any) -> Any:
        status = real(path, **more)
        numbers = {"st_ino": 5} if str(path).endswith(("x", "y")) else {}
        return SimpleNamespace(**{n: getattr(status, n) for n in dir(status) if n.startswith("st_")} | numbers)

    monkeypatch.setattr(os, "stat", alike)
    of_a_folder(monkeypatch, "listdir", errno.ENFILE)
    with pytest.raises(OSError, match=os.strerror(errno.ENFILE)):
        list(Walk(str(top)))
