"""The file mailbox: the same questions, asked and answered as files."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes_service import FakeService, library
from osc_peer import serving
from soundkin_osc.carriers.framing import size_framed, size_unframed
from soundkin_osc.carriers.private_folder import MailboxError, PrivateFolder
from soundkin_osc.protocol.codec import Message, bundle, decode, encode


@pytest.fixture
def service() -> FakeService:
    return library(2000)


@pytest.fixture
def folder(service: FakeService, tmp_path: Path) -> Iterator[Path]:
    with serving(service, mailbox=tmp_path / "box"):
        yield tmp_path / "box"


def post(folder: Path, name: str, *messages: Message) -> None:
    """As a script does it."""
    draft = folder / f"req-{name}.tmp"
    draft.write_bytes(size_framed(map(encode, messages)))
    draft.rename(folder / f"req-{name}.osc")


def answer(folder: Path, name: str) -> list[Message]:
    path = folder / f"res-{name}.osc"
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, "no answer"
        time.sleep(0.005)
    packets = size_unframed(path.read_bytes())
    path.unlink()
    return [message for packet in packets for message in decode(packet)]


def test_a_question_in_a_file_is_answered_in_a_file(folder: Path) -> None:
    post(folder, "0a1b", Message("/soundkin/find/id", (7, 50, 2)))
    *hits, done = answer(folder, "0a1b")
    assert [hit.args[2] for hit in hits] == [49, 51]
    assert done.args[:2] == (7, 2)
    assert list(folder.iterdir()) == []


def test_several_questions_in_a_file_are_answered_together(folder: Path, service: FakeService) -> None:
    file = folder.parent / "slow.wav"
    file.write_bytes(b"RIFF")
    service.readable[str(file)] = 60.0
    post(
        folder,
        "ab",
        Message("/soundkin/find/path", (1, str(file), 1)),
        Message("/soundkin/ping", (2,)),
        Message("/soundkin/nonsense", (3,)),
        Message("/soundkin/find/id", (4, 50, 1)),
    )
    found = answer(folder, "ab")
    ends = {message.args[0] for message in found if message.address.endswith(("done", "error", "pong"))}
    assert ends == {1, 2, 3, 4}


def test_a_packet_that_asks_for_too_much_is_answered_once(folder: Path) -> None:
    packet = bundle([encode(Message("/soundkin/ping", (n,))) for n in range(65)])
    (folder / "req-x.osc").write_bytes(size_framed([packet]))
    (error,) = answer(folder, "x")
    assert error.args[1] == 7


def test_controls_which_answer_nobody_are_confirmed(folder: Path) -> None:
    post(folder, "c", Message("/soundkin/done", (0, 0, 0, "")))
    (done,) = answer(folder, "c")
    assert done.address == "/soundkin/done"


def test_two_questions_with_one_id_are_two_questions(folder: Path) -> None:
    post(folder, "twice", Message("/soundkin/find/id", (7, 50, 2)), Message("/soundkin/find/id", (7, 60, 1)))
    found = answer(folder, "twice")
    assert [message.args[:2] for message in found if message.address == "/soundkin/done"] == [(7, 2), (7, 1)]
    assert [message.args[2] for message in found if message.address == "/soundkin/result"] == [49, 51, 59]


def test_a_question_that_its_own_file_cancels_ends_in_an_error_or_an_answer(folder: Path, service: FakeService) -> None:
    file = folder.parent / "slow.wav"
    file.write_bytes(b"RIFF")
    service.readable[str(file)] = 60.0
    for number in range(20):
        post(
            folder,
            f"c{number}",
            Message("/soundkin/find/path", (7, str(file), 1)),
            Message("/soundkin/cancel", (7,)),
            Message("/soundkin/cancel", (8,)),
        )
        found = answer(folder, f"c{number}")
        ends = [message.args[0] for message in found if message.address in ("/soundkin/done", "/soundkin/error")]
        assert ends.count(8) == 1
        assert ends.count(7) in (1, 2)  # cancelled, or answered and then nothing to cancel


@pytest.mark.parametrize(
    "address", ["/soundkin/p?ng", "/soundkin/{ping,folders}", "/soundkin/nav/*", "/soundkin/none*", "/*/ping", "/x/*"]
)
def test_a_pattern_is_answered_for_everything_that_it_reaches(folder: Path, address: str) -> None:
    post(folder, "pattern", Message(address, (5,)), Message("/soundkin/ping", (9,)))
    found = answer(folder, "pattern")
    assert Message("/soundkin/pong", (9,)) in found
    assert list(folder.iterdir()) == []  # one file, with all of it


def test_a_mailbox_carries_more_hits_than_a_datagram(folder: Path) -> None:
    post(folder, "many", Message("/soundkin/find/id", (7, 50, 1000)))
    assert len(answer(folder, "many")) == 1001


def test_bytes_that_are_no_packets_are_answered_with_an_error(folder: Path) -> None:
    (folder / "req-bad.osc").write_bytes(b"hello there")
    (error,) = answer(folder, "bad")
    assert error.args[1] == 1
    post(folder, "good", Message("/soundkin/ping", (1,)))
    assert answer(folder, "good") == [Message("/soundkin/pong", (1,))]


def test_links_pipes_and_giants_are_not_read(folder: Path) -> None:
    secret = folder.parent / "secret"
    secret.write_bytes(size_framed([encode(Message("/soundkin/ping", (1,)))]))
    if sys.platform != "win32":
        (folder / "req-link.osc").symlink_to(secret)
        os.mkfifo(folder / "req-pipe.osc")
    (folder / "req-giant.osc").write_bytes(bytes(1_048_577))
    post(folder, "zz", Message("/soundkin/ping", (1,)))
    assert answer(folder, "zz")
    assert not (folder / "res-link.osc").exists()
    assert [message.args[1] for message in answer(folder, "giant")] == [7]


def test_other_files_are_left_alone(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "req-unfinished.tmp").write_bytes(b"x")
    post(folder, "a", Message("/soundkin/ping", (1,)))
    answer(folder, "a")
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "req-unfinished.tmp").exists()


def test_what_crashed_scripts_left_is_swept_after_a_minute(service: FakeService, tmp_path: Path) -> None:
    folder = tmp_path / "box"
    folder.mkdir()
    old, young, foreign = folder / "res-old.osc", folder / "res-young.osc", folder / "old.txt"
    for path in (old, young, foreign):
        path.write_bytes(b"x")
    for path in (old, foreign):
        os.utime(path, (time.time() - 61, time.time() - 61))
    with serving(service, mailbox=folder):
        post(folder, "a", Message("/soundkin/ping", (1,)))
        answer(folder, "a")
    assert [path.exists() for path in (old, young, foreign)] == [False, True, True]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_the_folder_is_for_this_user_only(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("x")
    with pytest.raises(MailboxError):
        PrivateFolder(tmp_path / "box").check()


@pytest.mark.alone
def test_looking_at_an_idle_folder_costs_next_to_nothing(service: FakeService, tmp_path: Path) -> None:
    with serving(service, mailbox=tmp_path / "box") as daemon:
        mailbox = daemon.server.mailbox
        assert mailbox is not None
        before = time.process_time()
        looks = 200
        for _ in range(looks):
            mailbox.poll()
        spent = (time.process_time() - before) / looks
    assert spent / 0.2 < 0.005, f"{spent * 1e6:.0f} us a look"
