"""Work that may hang, in lanes: who waits is told, others go on, and no thread is added to one that hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from daemon_process import until
from soundkin.disks import AbandonedError, DiskHangsError, Kind, Lanes, beat


class Gate:
    """Work that hangs until it is told to go on."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        self.open.wait(60)
        return "through"


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.set()


def threads_of(place: str) -> int:
    return sum(each.name.endswith(f" {place}") for each in threading.enumerate())


def test_an_answer_or_an_error_comes_through() -> None:
    lanes = Lanes()
    assert lanes.ask("/a", lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        lanes.ask("/a", lambda: 1 // 0)


def test_what_hangs_is_told_at_once_from_then_on_and_never_gets_a_second_thread(gate: Gate) -> None:
    lanes = Lanes(0.05)
    for _ in range(30):
        with pytest.raises(DiskHangsError) as caught:
            lanes.ask("/never", gate, "/never/a.wav")
    assert (gate.calls, threads_of("/never")) == (1, 1)
    assert caught.value.hang is not None
    assert caught.value.hang.what == "/never/a.wav"
    assert lanes.ask("/other", lambda: "here") == "here"
    assert lanes.ask("/never", lambda: "another lane", kind=Kind.READ) == "another lane"


def test_what_is_known_to_hang_is_not_waited_for_again(gate: Gate) -> None:
    lanes, took_s = Lanes(0.5), []
    for _ in range(6):
        began = time.monotonic()
        with pytest.raises(DiskHangsError):
            lanes.ask("/never", gate)
        took_s.append(time.monotonic() - began)
    assert sum(took_s[1:]) < took_s[0]


def test_what_hangs_is_named_with_what_it_was_asked_and_since_when(gate: Gate) -> None:
    lanes = Lanes(0.05)
    began = time.time()
    with pytest.raises(DiskHangsError):
        lanes.ask("/usb", gate, "/usb/deep")
    (hang,) = lanes.hanging()
    assert abs(hang.since_s - began) < 5
    assert hang.sentence.startswith("/usb does not answer: listing /usb/deep has hung since ")
    assert hang.sentence.endswith(time.strftime("%H:%M:%S", time.localtime(hang.since_s)))
    gate.open.set()
    until(lambda: not lanes.hanging(), "the answer")
    assert lanes.ask("/usb", lambda: "again") == "again"


def test_a_place_counts_as_away_only_after_the_longer_time(gate: Gate) -> None:
    lanes = Lanes(0.05, 0.4)
    with pytest.raises(DiskHangsError):
        lanes.ask("/usb", gate)
    assert lanes.is_silent("/usb")
    assert not lanes.is_away("/usb")
    until(lambda: lanes.is_away("/usb"), "the verdict")


def test_who_shows_signs_of_life_may_take_long() -> None:
    def slow() -> str:
        for _ in range(20):
            time.sleep(0.02)
            beat("/slow/next")
        return "done"

    assert Lanes(0.2).ask("/slow", slow) == "done"


def test_the_pieces_of_a_stream_come_in_order_and_its_error_after_them() -> None:
    def pieces() -> Iterator[int]:
        yield from range(50)
        raise PermissionError("no further")

    got: list[int] = []
    with pytest.raises(PermissionError):
        got.extend(Lanes().stream("/a", pieces))
    assert got == list(range(50))


def test_a_stream_that_stops_in_the_middle_is_given_up(gate: Gate) -> None:
    def pieces() -> Iterator[str]:
        yield "one"
        gate()
        yield "two"

    lanes = Lanes(0.05)
    got: list[str] = []
    with pytest.raises(DiskHangsError):
        got.extend(lanes.stream("/a", pieces, "/a"))
    assert got == ["one"]


def test_a_slow_reader_of_a_stream_is_no_hanging_disk() -> None:
    lanes = Lanes(0.05)
    got = []
    for piece in lanes.stream("/a", lambda: iter(range(4))):
        time.sleep(0.1)
        got.append(piece)
    assert got == [0, 1, 2, 3]


def test_a_stream_that_nobody_reads_any_more_ends() -> None:
    ended = threading.Event()

    def pieces() -> Iterator[int]:
        try:
            yield from iter(int, 1)
        finally:
            ended.set()

    stream = Lanes().stream("/a", pieces)
    assert next(stream) == 0
    stream.close()  # type: ignore[attr-defined]
    assert ended.wait(30)


def test_given_up_work_ends_at_its_next_sign_of_life(gate: Gate) -> None:
    seen: list[BaseException] = []

    def work() -> None:
        gate()
        try:
            beat()
        except AbandonedError as error:
            seen.append(error)
            raise

    lanes = Lanes(0.05)
    with pytest.raises(DiskHangsError):
        lanes.ask("/a", work)
    gate.open.set()
    until(lambda: seen, "its end")


def test_only_so_much_waits_in_a_lane(gate: Gate) -> None:
    lanes = Lanes(30)
    waiting = [threading.Thread(target=_try, args=(lanes, gate), daemon=True) for _ in range(60)]
    for thread in waiting:
        thread.start()
    until(lambda: sum(thread.is_alive() for thread in waiting) <= 17, "the others to be refused")
    assert threads_of("/full") == 1


def _try(lanes: Lanes, gate: Gate) -> None:
    try:
        lanes.ask("/full", gate)
    except DiskHangsError:
        return


def test_closing_waits_for_nothing_and_lets_go_whoever_waits(gate: Gate) -> None:
    lanes = Lanes(60)
    waiting = threading.Thread(target=_try, args=(lanes, gate))
    waiting.start()
    until(lambda: gate.calls, "it to begin")
    lanes.close()
    waiting.join(30)
    assert not waiting.is_alive()
    assert not gate.open.is_set()
    with pytest.raises(DiskHangsError):
        lanes.ask("/full", lambda: 1)


def test_outside_a_lane_a_sign_of_life_means_nothing() -> None:
    beat("/anywhere")
