"""Answers on their way to the mailbox, and what is done where they cannot be written. Time is an argument."""

from __future__ import annotations

import errno
import logging

import pytest

from soundkin_osc.carriers.framing import size_unframed
from soundkin_osc.carriers.mail import MailEndpoint, Outbox
from soundkin_osc.protocol.codec import Message, decode, encode

FULL, GONE, IN_USE = errno.ENOSPC, errno.ENOENT, errno.EACCES


class Disk:
    """Takes files, or refuses them with an error."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.error: BaseException | None = None
        self.refused: set[str] = set()
        self.tries: list[float] = []
        self.files: dict[str, bytes] = {}
        self.outbox = Outbox(self.write, lambda: self.now)

    def write(self, name: str, data: bytes) -> None:
        self.tries.append(self.now)
        if self.error is not None and (not self.refused or name in self.refused):
            raise self.error
        self.files[name] = data

    def wait(self, seconds: float, step_s: float = 0.01) -> None:
        """Let time pass, with a look every step."""
        for _ in range(round(seconds / step_s)):
            self.now += step_s
            self.outbox.send_again()


@pytest.fixture
def disk() -> Disk:
    return Disk()


def test_an_answer_is_written_at_once_where_it_can_be(disk: Disk) -> None:
    disk.outbox.put("a", b"answer")
    assert disk.files == {"res-a.osc": b"answer"}
    disk.wait(1)
    assert disk.tries == [1_000.0]
    assert disk.outbox.trouble == ""


def test_it_is_tried_again_after_a_fiftieth_of_a_second_and_then_ever_more_rarely_every_two_seconds_in_the_end(
    disk: Disk,
) -> None:
    disk.error = OSError(IN_USE, "in use")
    disk.outbox.put("a", b"answer")
    disk.wait(16, 0.001)
    waits = [later - before for before, later in zip(disk.tries, disk.tries[1:], strict=False)]
    assert waits == pytest.approx([0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2, 2, 2, 2, 2, 2], abs=0.002)
    disk.error = None
    disk.wait(2)
    assert disk.files == {"res-a.osc": b"answer"}


def test_it_is_kept_for_a_minute_and_then_given_up_with_a_line_in_the_log(
    disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    disk.error = OSError(FULL, "the disk is full")
    disk.outbox.put("a", b"answer")
    with caplog.at_level(logging.ERROR):
        disk.wait(59.9)
        assert caplog.text == ""
        disk.wait(3)
    assert "the answer to a could not be written" in caplog.text
    assert disk.outbox.trouble == ""
    disk.error = None
    disk.wait(10)
    assert disk.files == {}


def test_an_answer_that_is_not_due_holds_up_none_that_is(disk: Disk) -> None:
    disk.error = OSError(IN_USE, "in use")
    disk.outbox.put("a", b"first")
    disk.wait(4)
    disk.outbox.put("b", b"second")
    disk.refused = {"res-a.osc"}
    disk.wait(0.03)
    assert disk.files == {"res-b.osc": b"second"}


def test_a_clock_that_is_set_back_delays_nothing(disk: Disk) -> None:
    disk.error = OSError(FULL, "the disk is full")
    disk.outbox.put("a", b"answer")
    disk.error = None
    disk.now -= 3_600
    disk.outbox.send_again()
    assert disk.files == {"res-a.osc": b"answer"}


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (OSError(FULL, "the disk is full"), "answers cannot be written: the disk is full"),
        (OSError(GONE, "no such folder"), "answers cannot be written: no such folder"),
        (OSError(errno.ENOTDIR, "no folder"), "answers cannot be written: no folder"),
        (OSError(getattr(errno, "EDQUOT", FULL), "over quota"), "answers cannot be written: over quota"),
        (OSError(errno.EROFS, ""), "answers cannot be written: [Errno"),
        (OSError(errno.EMFILE, "too many open files"), "answers cannot be written: too many open files"),
        (MemoryError("no memory"), "answers cannot be written: no memory"),
        (OSError(IN_USE, "in use"), ""),
    ],
)
def test_what_concerns_all_answers_is_said_for_as_long_as_it_lasts(
    disk: Disk, error: BaseException, trouble: str
) -> None:
    disk.error = error
    disk.outbox.put("a", b"answer")
    assert disk.outbox.trouble.startswith(trouble)
    assert bool(disk.outbox.trouble) == bool(trouble)
    disk.wait(1)
    assert bool(disk.outbox.trouble) == bool(trouble)
    disk.error = None
    disk.wait(2)
    assert disk.outbox.trouble == ""
    assert disk.files == {"res-a.osc": b"answer"}


def test_an_answer_that_can_be_written_ends_the_trouble_though_another_waits(disk: Disk) -> None:
    disk.error = OSError(FULL, "the disk is full")
    disk.outbox.put("a", b"large")
    disk.refused = {"res-a.osc"}
    disk.outbox.put("b", b"small")
    assert disk.outbox.trouble == ""
    assert disk.files == {"res-b.osc": b"small"}


def test_a_file_of_requests_is_answered_by_one_file_when_its_last_message_has_ended() -> None:
    put: list[tuple[str, bytes]] = []
    endpoint = MailEndpoint("a", lambda name, data: put.append((name, data)))
    assert (endpoint.key, endpoint.source, endpoint.max_count) == (("mailbox", "a"), ("mailbox",), 1_000)
    for _ in range(3):
        endpoint.expect()
    for number in (1, 2):
        endpoint.send([encode(Message("/soundkin/done", (number, 0, 0, "")))])
        endpoint.settle()
    assert put == []
    endpoint.settle()
    ((name, data),) = put
    told = [decode(packet)[0] for packet in size_unframed(data)]
    assert (name, [message.args[0] for message in told]) == ("a", [1, 2])


def test_a_file_of_controls_alone_is_answered_by_one_done() -> None:
    put: list[bytes] = []
    endpoint = MailEndpoint("a", lambda name, data: put.append(data))
    endpoint.expect()
    endpoint.settle()
    (packet,) = size_unframed(put[0])
    assert decode(packet) == [Message("/soundkin/done", (0, 0, 0, ""))]
