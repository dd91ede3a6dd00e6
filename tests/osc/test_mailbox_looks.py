"""The mailbox look by look, on a clock that tests set: how often, what is swept when, and what is never read."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from soundkin_osc.carriers.framing import size_framed, size_unframed
from soundkin_osc.carriers.mail import MailEndpoint
from soundkin_osc.carriers.mailbox import Mailbox
from soundkin_osc.carriers.private_folder import (
    LinkError,
    MailboxError,
    PrivateFolder,
    TooLargeFileError,
    UnfitFileError,
    read_plain,
)
from soundkin_osc.dispatch import Dispatcher
from soundkin_osc.peers.endpoint import Endpoint
from soundkin_osc.protocol.codec import Message, bundle, decode, encode

NOW_S = 1_700_000_000.0
posix = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and permissions of POSIX systems")


class Echo:
    """In the dispatcher's place: answers each request with its own message; controls are noted only."""

    def __init__(self) -> None:
        self.handled: list[Message] = []
        self.endpoints: list[Endpoint] = []

    def handle(self, packet: bytes, endpoint: Endpoint) -> bool:
        self.endpoints.append(endpoint)
        messages = decode(packet)
        if len(messages) > 64:
            endpoint.send([encode(Message("/soundkin/error", (0, 7, "", "too many")))])
            return True
        for message in messages:
            self.handled.append(message)
            if message.address == "/soundkin/ping":
                endpoint.send([encode(Message("/soundkin/pong", message.args))])
        return True


class Box:
    """A mailbox without a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW_S
        self.echo = Echo()
        self.listed = 0
        PrivateFolder(folder).check()
        self.mailbox = Mailbox(folder, cast("Dispatcher", self.echo), lambda: self.now)
        self.mailbox._folder.check()
        self.age_folder()

    def age_folder(self, age_s: float = 1_000.0) -> None:
        """Set when the folder was last changed."""
        os.utime(self.folder, (self.now - age_s, self.now - age_s))

    def put(self, name: str, data: bytes, age_s: float = 0.0) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        os.utime(path, (self.now - age_s, self.now - age_s))
        return path

    def post(self, name: str, *messages: Message) -> None:
        self.put(f"req-{name}.osc", size_framed(map(encode, messages)))

    def answer(self, name: str) -> list[Message]:
        packets = size_unframed((self.folder / f"res-{name}.osc").read_bytes())
        return [message for packet in packets for message in decode(packet)]

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "box")


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every call of os.listdir."""
    calls: list[object] = []
    listdir: Callable[..., list[str]] = os.listdir

    def noted(path: object) -> list[str]:
        calls.append(path)
        return listdir(path)

    monkeypatch.setattr(os, "listdir", noted)
    return calls


def ping(*args: int) -> Message:
    return Message("/soundkin/ping", args)


def test_five_looks_a_second_at_rest_and_fifty_for_twenty_seconds_after_a_question(box: Box) -> None:
    assert box.mailbox.pause_s() == 0.2
    box.post("a", ping(1))
    assert box.mailbox.poll() == 1
    assert box.mailbox.pause_s() == 0.02
    box.now += 19.9
    assert box.mailbox.pause_s() == 0.02
    box.now += 0.1
    assert box.mailbox.pause_s() == 0.2


def test_a_look_that_finds_nothing_does_not_hurry_the_next(box: Box) -> None:
    assert box.mailbox.poll() == 0
    assert box.mailbox.pause_s() == 0.2


def test_an_unchanged_folder_is_listed_every_two_seconds_only(box: Box, listings: list[object]) -> None:
    for tenth in range(41):
        box.now = NOW_S + tenth / 10
        assert box.mailbox.poll() == 0
    assert len(listings) == 3  # at 0, 2 and 4 s


def test_a_folder_that_has_changed_is_listed_at_once(box: Box, listings: list[object]) -> None:
    box.mailbox.poll()
    box.now += 0.1
    box.age_folder(500.0)
    box.mailbox.poll()
    assert len(listings) == 2


def test_a_stamp_of_the_last_two_and_a_half_seconds_is_not_trusted(box: Box, listings: list[object]) -> None:
    box.age_folder(2.4)
    box.mailbox.poll()
    box.mailbox.poll()
    assert len(listings) == 2
    box.now += 0.2  # now it is 2.6 s old
    box.mailbox.poll()
    assert len(listings) == 2


def test_a_clock_that_is_set_back_stops_nothing(box: Box, listings: list[object]) -> None:
    box.mailbox.poll()
    box.now -= 0.5
    box.mailbox.poll()
    assert len(listings) == 2


def test_requests_are_taken_in_the_order_of_their_names(box: Box) -> None:
    for name in ("b", "a", "c"):
        box.post(name, ping(ord(name)))
    assert box.mailbox.poll() == 3
    assert [message.args[0] for message in box.echo.handled] == [97, 98, 99]
    assert box.names() == ["res-a.osc", "res-b.osc", "res-c.osc"]
    assert box.answer("b") == [Message("/soundkin/pong", (98,))]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("req-a.osc", 1),
        ("req-Az_09-.osc", 1),
        ("req-" + "x" * 64 + ".osc", 1),
        ("req-" + "x" * 65 + ".osc", 0),
        ("req-.osc", 0),
        ("req-a.b.osc", 0),
        ("req-é.osc", 0),
        ("req-a.tmp", 0),
        ("res-a.osc", 0),
        ("xreq-a.osc", 0),
        ("req-a.osc~", 0),
    ],
)
def test_only_names_of_letters_digits_and_dashes_are_requests(box: Box, name: str, taken: int) -> None:
    box.put(name, size_framed([encode(ping(1))]))
    assert box.mailbox.poll() == taken
    assert (box.folder / name).exists() is not bool(taken)


def test_answers_to_all_requests_of_a_file_come_in_one_file_when_the_last_is_there(box: Box) -> None:
    written: list[tuple[str, bytes]] = []
    endpoint = MailEndpoint("a", lambda name, data: written.append((name, data)))
    endpoint.expect()
    endpoint.expect()
    endpoint.send([b"/a1", b"/a2"])
    endpoint.settle()
    assert written == []
    endpoint.send([b"/b"])
    endpoint.settle()
    assert written == [("a", size_framed([b"/a1", b"/a2", b"/b"]))]
    assert endpoint.key == ("mailbox", "a")
    assert (endpoint.local, endpoint.admin, endpoint.sees_paths, endpoint.welcome) == (True, True, True, True)
    assert endpoint.max_count == 1_000
    assert endpoint.address == ("", 0)
    endpoint.confirm()
    with pytest.raises(NotImplementedError):
        endpoint.at_port(9000, endpoint.session)


def test_a_file_of_controls_only_is_answered_with_done(box: Box) -> None:
    box.post("a", Message("/soundkin/nav/next"))
    assert box.mailbox.poll() == 1
    assert box.answer("a") == [Message("/soundkin/done", (0, 0, 0, ""))]


def test_several_packets_are_handled_in_order_by_one_endpoint(box: Box) -> None:
    box.put("req-a.osc", size_framed([encode(ping(1)), bundle([encode(ping(2)), encode(Message("/soundkin/go"))])]))
    box.mailbox.poll()
    assert [message.args for message in box.answer("a")] == [(1,), (2,)]
    assert len(set(map(id, box.echo.endpoints))) == 1


@pytest.mark.parametrize("data", [b"hello there", b"\0\0\0\4", size_framed([b"abcd"])])
def test_bytes_that_are_no_packets_are_answered_with_error_one(box: Box, data: bytes) -> None:
    box.put("req-a.osc", data)
    assert box.mailbox.poll() == 1
    (error,) = box.answer("a")
    assert error.address == "/soundkin/error"
    assert error.args[:3] == (0, 1, "")
    assert error.args[3]
    assert box.echo.handled == []


def test_a_packet_that_asks_for_too_much_is_left_to_the_dispatcher_as_one_answer(box: Box) -> None:
    box.put("req-a.osc", size_framed([bundle([encode(ping(n)) for n in range(65)])]))
    box.mailbox.poll()
    assert len(box.answer("a")) == 1


def test_a_mebibyte_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(1_048_576))
    assert len(read_plain(path, 1_048_576)) == 1_048_576
    path.write_bytes(bytes(1_048_577))
    with pytest.raises(TooLargeFileError, match="1048576"):
        read_plain(path, 1_048_576)


def test_a_request_of_a_mebibyte_is_read_and_one_byte_more_is_answered_with_error_seven(box: Box) -> None:
    box.put("req-a.osc", bytes(1_048_576))
    box.put("req-b.osc", bytes(1_048_577))
    assert box.mailbox.poll() == 2
    assert [box.answer(name)[0].args[1] for name in "ab"] == [1, 7]
    assert box.names() == ["res-a.osc", "res-b.osc"]


@posix
def test_links_are_refused_and_pipes_are_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(LinkError):
        read_plain(tmp_path / "link", 10)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnfitFileError, match="not a regular file"):
        read_plain(tmp_path / "pipe", 10)


@posix
def test_a_link_in_a_requests_place_is_removed_and_not_answered(box: Box) -> None:
    secret = box.folder.parent / "secret"
    secret.write_bytes(b"x")
    (box.folder / "req-a.osc").symlink_to(secret)
    box.post("b", ping(1))
    assert box.mailbox.poll() == 1
    assert box.names() == ["res-b.osc"]
    assert secret.read_bytes() == b"x"


@pytest.mark.parametrize("name", ["req-a.osc", "req-a.tmp", "res-a.osc", "res-a.tmp", "res-a.probe", "req-a.probe"])
def test_files_of_the_mailbox_are_swept_when_they_are_older_than_a_minute(box: Box, name: str) -> None:
    path = box.put(name, b"", 61.0)
    box.mailbox.poll()
    assert not path.exists()


@pytest.mark.parametrize("name", ["notes.txt", "res-a.txt", "res-.osc", "xres-a.osc", "res-a.oscx"])
def test_other_files_are_never_swept(box: Box, name: str) -> None:
    path = box.put(name, b"", 1e6)
    box.mailbox.poll()
    assert path.exists()


def test_what_is_a_minute_old_stays_and_the_next_sweep_comes_half_a_minute_later(box: Box) -> None:
    path = box.put("res-a.osc", b"", 60.0)
    box.mailbox.poll()
    assert path.exists()
    for later_s, swept in ((30.0, False), (30.1, True)):
        box.now = NOW_S + later_s
        box.age_folder()
        box.mailbox.poll()
        assert path.exists() is not swept


def test_after_a_clock_was_set_back_is_swept_at_once(box: Box) -> None:
    box.mailbox.poll()
    box.now -= 1_000
    path = box.put("res-a.osc", b"", 61.0)
    box.age_folder(5_000)
    box.mailbox.poll()
    assert not path.exists()


def test_a_folder_with_our_name_in_it_stops_no_sweep(box: Box) -> None:
    (box.folder / "res-a.osc").mkdir()
    os.utime(box.folder / "res-a.osc", (0, 0))
    path = box.put("res-b.osc", b"", 61.0)
    box.mailbox.poll()
    assert not path.exists()


class Stubborn:
    """`os.replace` that fails some times, as a virus scanner makes it."""

    def __init__(self, fails: int, number: int = errno.EACCES) -> None:
        self.fails = fails
        self.number = number
        self.replace = os.replace

    def __call__(self, draft: str, target: str, **folders: int) -> None:
        assert Path(target).name == "res-a.osc"
        if self.fails:
            self.fails -= 1
            raise OSError(self.number, os.strerror(self.number))
        self.replace(draft, target, **folders)


def test_an_answer_that_cannot_be_written_is_tried_again_ever_more_rarely(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = Stubborn(4)
    monkeypatch.setattr(os, "replace", stubborn)
    box.post("a", ping(1))
    assert box.mailbox.look() == 1
    tries = []
    for step in range(200):
        box.now = NOW_S + step / 100
        before = stubborn.fails
        box.mailbox.look()
        if stubborn.fails < before or (box.folder / "res-a.osc").exists():
            tries.append(step / 100)
        if (box.folder / "res-a.osc").exists():
            break
    assert tries == pytest.approx([0.02, 0.06, 0.14, 0.30], abs=0.011)
    assert box.answer("a") == [ping_answer(1)]
    assert box.names() == ["res-a.osc"]


def test_after_a_minute_an_answer_is_given_up_and_the_log_says_so(
    box: Box, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(os, "replace", Stubborn(10_000))
    box.post("a", ping(1))
    box.mailbox.look()
    for second in range(60):
        box.now = NOW_S + second
        box.mailbox.look()
    assert not any(record.levelname == "ERROR" for record in caplog.records)
    box.now = NOW_S + 63
    box.mailbox.look()
    assert any(record.levelname == "ERROR" for record in caplog.records)
    assert box.names() == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENOMEM])
def test_while_no_answer_can_be_written_no_question_is_taken_and_the_note_says_why(
    box: Box, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    stubborn = Stubborn(10_000, number)
    monkeypatch.setattr(os, "replace", stubborn)
    box.post("a", ping(1))
    assert box.mailbox.look() == 1
    assert os.strerror(number) in box.mailbox.note
    assert "mailbox" in box.mailbox.note
    box.post("b", ping(2))
    for second in range(1, 20):
        box.now = NOW_S + second
        assert box.mailbox.look() == 0
    assert (box.folder / "req-b.osc").exists()
    monkeypatch.undo()
    for second in range(20, 25):
        box.now = NOW_S + second
        box.mailbox.look()
    assert box.answer("a") == [ping_answer(1)]
    assert box.answer("b") == [ping_answer(2)]
    assert box.mailbox.note == ""


@posix
def test_the_folder_is_made_with_its_parents_for_this_user_only(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path / "a" / "box")
    folder.check()
    assert stat.S_IMODE((tmp_path / "a" / "box").stat().st_mode) == 0o700
    (tmp_path / "a" / "box").chmod(0o755)
    PrivateFolder(tmp_path / "a" / "box").check()
    assert stat.S_IMODE((tmp_path / "a" / "box").stat().st_mode) == 0o700
    folder.close()


@posix
def test_the_folder_is_private_from_its_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "chmod", lambda path, mode: None)
    PrivateFolder(tmp_path / "box").check()
    assert stat.S_IMODE((tmp_path / "box").stat().st_mode) == 0o700


@posix
def test_rights_that_others_are_given_later_are_taken_back(box: Box) -> None:
    box.folder.chmod(0o777)
    box.mailbox.look()
    assert stat.S_IMODE(box.folder.stat().st_mode) == 0o700


@posix
def test_a_disk_that_keeps_no_rights_is_no_place_for_it(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "chmod", lambda path, mode: None)
    subprocess.run(["chmod", "777", str(box.folder)], check=True)
    box.post("a", ping(1))
    assert box.mailbox.look() == 0
    assert "keeps no rights" in box.mailbox.note


def test_starting_makes_the_folder(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "box", cast("Dispatcher", Echo()))
    mailbox.start()
    mailbox.stop(5)
    assert (tmp_path / "box").is_dir()
    assert mailbox.note == ""


def test_what_cannot_be_used_stops_nothing_is_named_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "box").touch()
    box = tmp_path / "box"
    mailbox = Mailbox(box, cast("Dispatcher", Echo()))
    mailbox.start()
    mailbox.stop(5)
    assert "is not a folder" in mailbox.note
    assert "every 5 s" in mailbox.note
    assert mailbox.pause_s() == 5.0
    box.unlink()
    mailbox.look()
    assert mailbox.note == ""
    assert box.is_dir()
    mailbox._folder.close()


@posix
def test_what_is_no_folder_of_ours_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("file", "link", "file/below"):
        with pytest.raises((MailboxError, OSError), match=name.partition("/")[0]):
            PrivateFolder(tmp_path / name).check()
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    with pytest.raises(MailboxError, match="belongs to another user"):
        PrivateFolder(tmp_path / "real").check()


@posix
def test_a_file_of_another_user_is_not_read(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    path = box.folder / "req-a.osc"
    box.post("a", ping(1))
    real = os.fstat
    theirs = os.stat_result([*os.stat(path)[:4], 4711, *os.stat(path)[5:10]])
    monkeypatch.setattr(os, "fstat", lambda fd: theirs if stat.S_ISREG(real(fd).st_mode) else real(fd))
    assert box.mailbox.poll() == 1
    monkeypatch.undo()
    assert box.echo.handled == []
    assert "another user" in str(box.answer("a")[0].args[3])


def test_its_thread_looks_by_itself_and_outlives_a_folder_that_is_gone(
    box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    looked = threading.Event()
    poll = box.mailbox.poll
    turns = iter([None, OSError(2, "gone"), RuntimeError("a bug"), None])

    def turn() -> int:
        error = next(turns, None)
        if error is not None:
            raise error
        if box.mailbox._trouble:
            looked.set()
        return poll()

    box.mailbox.poll = turn  # type: ignore[method-assign]
    pauses: list[float] = []
    wait = box.mailbox._stop.wait

    def noted(timeout: float) -> bool:
        pauses.append(timeout)
        return wait(0)

    box.mailbox._stop.wait = noted  # type: ignore[method-assign, assignment]
    box.mailbox.start()
    assert looked.wait(5)
    box.mailbox.stop(5)
    assert not box.mailbox._thread.is_alive()
    assert box.mailbox._thread.daemon
    assert pauses[:3] == [0.2, 5.0, 5.0]
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


def test_a_folder_that_is_deleted_while_it_is_used_is_made_again(box: Box) -> None:
    shutil.rmtree(box.folder)
    box.mailbox.look()
    assert box.mailbox.note == ""
    box.post("a", ping(1))
    box.age_folder(500.0)
    assert box.mailbox.look() == 1
    assert box.answer("a") == [ping_answer(1)]


@posix
def test_another_folder_in_its_place_is_looked_at_instead(box: Box) -> None:
    box.folder.rename(box.folder.with_name("moved"))
    PrivateFolder(box.folder).check()
    box.post("a", ping(1))
    assert box.mailbox.look() == 1
    assert box.answer("a") == [ping_answer(1)]


@posix
def test_answers_are_never_written_elsewhere_while_the_folder_is_opened_again(box: Box, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = PrivateFolder(box.folder)
    folder.check()
    ended = threading.Event()
    wrote: list[int] = []

    def write() -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):
                folder.write("res-a.osc", b"x")
                wrote.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(500):
        folder.close()
        taken = os.open(elsewhere, os.O_RDONLY)  # most likely under the very number
        time.sleep(0)
        os.close(taken)
        folder.check()
    ended.set()
    writer.join()
    folder.close()
    assert wrote
    assert os.listdir(elsewhere) == []
    with pytest.raises(FileNotFoundError):
        folder.write("res-b.osc", b"x")


# ---- what is planted -------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("name", ["res-a.tmp", "res-a.osc"])
def test_an_answer_is_never_written_through_a_planted_link(box: Box, name: str) -> None:
    victim = box.folder.parent / "victim"
    victim.write_bytes(b"mine")
    (box.folder / name).symlink_to(victim)
    box.post("a", ping(1))
    box.mailbox.poll()
    assert victim.read_bytes() == b"mine"
    assert not (box.folder / "res-a.osc").is_symlink()
    assert box.answer("a") == [ping_answer(1)]
    assert stat.S_IMODE((box.folder / "res-a.osc").stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize("plant", ["folder", "full folder", "pipe", "dangling", "socket"])
def test_what_is_named_like_a_request_costs_no_descriptor_and_is_answered_once(box: Box, plant: str) -> None:
    path = box.folder / "req-a.osc"
    if plant == "pipe":
        os.mkfifo(path)
    elif plant == "dangling":
        path.symlink_to(box.folder / "nowhere")
    elif plant == "socket":
        with socket.socket(socket.AF_UNIX) as sock:
            here = os.getcwd()
            os.chdir(box.folder)
            sock.bind(path.name)
            os.chdir(here)
    else:
        path.mkdir()
        if plant == "full folder":
            (path / "kept").touch()
    box.mailbox.look()
    before = descriptors()
    for look in range(2_000):
        box.age_folder(500.0 + look)
        box.mailbox.look()
    assert descriptors() == before
    if plant != "dangling":
        (error,) = box.answer("a")
        assert error.args[:2] == (0, 1)
        (box.folder / "res-a.osc").unlink()
        box.age_folder(5_000.0)
        box.mailbox.look()
        assert not (box.folder / "res-a.osc").exists()
    assert path.exists() is (plant == "full folder")
    box.post("b", ping(1))
    box.mailbox.look()
    assert box.answer("b") == [ping_answer(1)]


@posix
def test_requests_that_cannot_be_read_leave_no_descriptor_behind(box: Box) -> None:
    box.mailbox.look()
    before = descriptors()
    for number in range(300):
        path = box.folder / f"req-{number}.osc"
        if number % 3 == 0:
            path.mkdir()
        elif number % 3 == 1:
            os.mkfifo(path)
        else:
            path.write_bytes(bytes(1_048_577))
        assert box.mailbox.look() == 1
        assert box.answer(str(number))[0].address == "/soundkin/error"
        (box.folder / f"res-{number}.osc").unlink()
    assert descriptors() == before


@posix
def test_a_draft_is_a_new_file_even_where_its_name_was_guessed(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_hex", lambda _: "5eed")
    victim = box.folder.parent / "victim"
    victim.write_bytes(b"mine")
    for planted in ("res-a-5eed.tmp", "res-b-5eed.tmp"):
        (box.folder / planted).symlink_to(victim if planted.startswith("res-a") else box.folder.parent / "new")
    box.post("a", ping(1))
    box.post("b", ping(2))
    box.mailbox.look()
    assert victim.read_bytes() == b"mine"
    assert not (box.folder.parent / "new").exists()


@posix
def test_a_request_in_the_place_of_a_folder_that_could_not_be_removed_is_answered(box: Box) -> None:
    path = box.folder / "req-a.osc"
    path.mkdir()
    (path / "kept").touch()
    box.mailbox.look()
    shutil.rmtree(path)
    box.post("a", ping(1))
    box.age_folder(500.0)
    box.mailbox.look()
    assert box.answer("a") == [ping_answer(1)]


@posix
def test_a_folder_in_an_answers_place_holds_up_no_other(box: Box) -> None:
    (box.folder / "res-a.osc").mkdir()
    (box.folder / "res-a.osc" / "kept").touch()
    box.post("a", ping(1))
    box.post("b", ping(2))
    box.mailbox.look()
    assert box.answer("b") == [ping_answer(2)]
    assert box.mailbox.note == ""
    shutil.rmtree(box.folder / "res-a.osc")
    box.now += 1
    box.mailbox.look()
    assert box.answer("a") == [ping_answer(1)]


@posix
def test_a_request_that_cannot_be_removed_is_not_run(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.post("a", ping(1))
    real = os.unlink

    def unlink(path: str, **options: int) -> None:
        if Path(path).name.startswith("req-"):
            raise OSError(errno.EBUSY, "Device or resource busy")
        real(path, **options)

    monkeypatch.setattr(os, "unlink", unlink)
    assert box.mailbox.look() == 1
    assert box.echo.handled == []
    assert box.answer("a")[0].args[:2] == (0, 1)
    box.age_folder(500.0)
    assert box.mailbox.look() == 0


def test_a_request_that_may_not_be_read_is_answered(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.post("a", ping(1))
    real = os.open

    def opened(path: str, flags: int, *args: int, **options: int) -> int:
        if Path(path).name == "req-a.osc":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, flags, *args, **options)

    monkeypatch.setattr(os, "open", opened)
    assert box.mailbox.look() == 1
    assert "Permission denied" in str(box.answer("a")[0].args[3])
    assert box.names() == ["res-a.osc"]


def descriptors() -> int:
    """How many this process has open."""
    import psutil

    return psutil.Process().num_fds()


def ping_answer(number: int) -> Message:
    return Message("/soundkin/pong", (number,))


def test_stopping_what_was_not_started_is_harmless(box: Box) -> None:
    box.mailbox.stop(0.1)
    assert box.mailbox._thread.name == "osc-mailbox"
