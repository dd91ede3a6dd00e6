"""The mailbox's folder, through a descriptor and without one: what is refused, let go of and never half done."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from soundkin_osc.carriers import private_folder
from soundkin_osc.carriers.private_folder import (
    LinkError,
    MailboxError,
    PrivateFolder,
    TooLargeFileError,
    UnfitFileError,
    inspect,
    read_plain,
    write_plain,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at descriptors in /proc")


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[PrivateFolder]:
    made = PrivateFolder(tmp_path / "box")
    yield made
    made.close()


@pytest.mark.parametrize("through_descriptor", [True, False])
def test_files_are_written_read_listed_and_removed(
    folder: PrivateFolder, monkeypatch: pytest.MonkeyPatch, through_descriptor: bool
) -> None:
    monkeypatch.setattr(private_folder, "_THROUGH_FOLDER", through_descriptor)
    status = folder.check()
    assert stat.S_IMODE(status.st_mode) == 0o700
    folder.write("res-a.osc", b"answer")
    assert folder.names() == ["res-a.osc"]
    assert folder.status("res-a.osc").st_size == 6
    assert (folder.path / "res-a.osc").read_bytes() == b"answer"
    if through_descriptor:
        assert folder.read("res-a.osc", 6) == b"answer"
    folder.remove("res-a.osc")
    (folder.path / "sub").mkdir()
    folder.remove("sub")
    assert folder.names() == []
    os.chmod(folder.path, 0o755)
    folder.check()
    assert stat.S_IMODE(folder.path.lstat().st_mode) == 0o700


def test_one_descriptor_is_held_and_let_go_of(folder: PrivateFolder, tmp_path: Path) -> None:
    before = descriptors()
    folder.check()
    folder.check()
    assert descriptors() == before + 1
    folder.path.rename(tmp_path / "moved")
    folder.check()
    folder.write("res-a.osc", b"")
    assert descriptors() == before + 1
    assert os.listdir(folder.path) == ["res-a.osc"]
    folder.close()
    folder.close()
    assert descriptors() == before
    with pytest.raises(FileNotFoundError):
        folder.write("res-b.osc", b"")


def test_the_folder_is_opened_as_a_folder_and_not_through_a_link(
    folder: PrivateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags: list[int] = []
    opened = os.open

    def noting(path: object, how: int, *args: object, **more: object) -> int:
        flags.append(how)
        return opened(path, how, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", noting)
    folder.check()
    assert flags[0] & os.O_DIRECTORY
    assert flags[0] & os.O_NOFOLLOW
    assert flags[1] & os.O_EXCL
    assert flags[1] & os.O_NOFOLLOW


def test_a_folder_that_cannot_be_written_is_refused_and_let_go_of(folder: PrivateFolder) -> None:
    (folder.path / "res-probe.probe/full").mkdir(parents=True)
    before = descriptors()
    with pytest.raises(MailboxError, match="box: "):
        folder.check()
    assert descriptors() == before
    with pytest.raises(FileNotFoundError):
        folder.write("res-b.osc", b"")


def test_a_disk_that_keeps_no_rights_is_refused_and_let_go_of(
    folder: PrivateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.path.mkdir(mode=0o755)
    before = descriptors()
    monkeypatch.setattr(os, "chmod", lambda path, mode: None)
    with pytest.raises(MailboxError, match="keeps no rights"):
        folder.check()
    assert descriptors() == before


def test_rights_from_before_are_taken_back_without_a_warning(
    folder: PrivateFolder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.path.mkdir(mode=0o755)
    folder.check()
    assert stat.S_IMODE(folder.path.lstat().st_mode) == 0o700
    assert caplog.text == ""


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives folders away")
def test_a_folder_that_becomes_another_users_is_let_go_of(folder: PrivateFolder) -> None:
    before = descriptors()
    folder.check()
    os.chown(folder.path, 12_345, -1)
    with pytest.raises(MailboxError, match="belongs to another user") as caught:
        folder.check()
    assert caught.value.code == "mailbox"
    assert descriptors() == before
    assert inspect(folder.path) == "belongs to another user"


def test_what_lies_there_is_looked_at_without_following_a_link(folder: PrivateFolder, tmp_path: Path) -> None:
    folder.check()
    (folder.path / "req-a.osc").symlink_to(tmp_path)
    assert stat.S_ISLNK(folder.status("req-a.osc").st_mode)


def test_inspecting_says_why_a_folder_cannot_be_used_and_changes_nothing(tmp_path: Path) -> None:
    assert inspect(tmp_path / "none") == ""
    (tmp_path / "file").write_text("")
    assert inspect(tmp_path / "file") == "is not a folder"
    assert inspect(tmp_path / "file/below").startswith("cannot be looked at: Not a directory")
    (tmp_path / "open").mkdir(mode=0o755)
    assert inspect(tmp_path / "open") == "can be used by other users"
    assert stat.S_IMODE((tmp_path / "open").lstat().st_mode) == 0o755
    (tmp_path / "ours").mkdir(mode=0o700)
    assert inspect(tmp_path / "ours") == ""
    (tmp_path / "link").symlink_to(tmp_path / "ours")
    assert inspect(tmp_path / "link") == "is not a folder"


def test_inspecting_says_that_a_folder_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ours").mkdir(mode=0o700)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert inspect(tmp_path / "ours") == "cannot be written"


def test_a_plain_file_is_written_and_read_and_a_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    write_plain(path, b"one")
    write_plain(path, b"two")
    assert read_plain(path, 3) == b"two"
    assert os.listdir(tmp_path) == ["lock.json"]
    with pytest.raises(TooLargeFileError):
        read_plain(path, 2)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(LinkError) as caught:
        read_plain(tmp_path / "link", 3)
    assert caught.value.code == "unfit-file"


def test_a_file_that_changes_place_while_it_is_opened_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"ours")
    other.write_bytes(b"theirs")
    before = descriptors()
    opened = os.open

    def late(name: str, *args: object, **more: object) -> int:
        if other.exists():
            other.replace(path)
        return opened(name, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", late)
    with pytest.raises(UnfitFileError, match="another file took its place"):
        read_plain(path, 10)
    assert descriptors() == before


def test_a_file_is_read_in_pieces_and_never_further_than_one_byte_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    asked: list[int] = []
    read = os.read

    def three(fd: int, count: int) -> bytes:
        asked.append(count)
        return read(fd, min(3, count))

    monkeypatch.setattr(os, "read", three)
    assert read_plain(path, 10) == b"0123456789"
    assert asked == [11, 8, 5, 2, 1]


def test_a_draft_lies_beside_its_file_under_a_name_that_cannot_be_guessed(
    folder: PrivateFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts: list[str] = []
    replace = os.replace

    def noting(draft: str, name: str, **more: int | None) -> None:
        drafts.append(draft)
        replace(draft, name, **more)

    folder.check()
    monkeypatch.setattr(os, "replace", noting)
    folder.write("res-a.osc", b"")
    write_plain(tmp_path / "b.json", b"")
    assert re.fullmatch(r"res-a-[0-9a-f]{16}\.tmp", drafts[0])
    assert re.fullmatch(re.escape(str(tmp_path)) + r"/b-[0-9a-f]{16}\.tmp", drafts[1])
