"""The cursor that buttons and faders move, over real datagrams with two controllers and a player."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes_service import FakeService, library, sample
from osc_peer import Daemon, Peer, serving
from soundkin.model import Answer, Like, Query, Resolved, State
from soundkin_osc.cursor.state import Cursor, audition_gain
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message
from soundkin_osc.server import OscServer


@pytest.fixture
def service() -> FakeService:
    return library(100)


@pytest.fixture
def daemon(service: FakeService) -> Iterator[Daemon]:
    with serving(service) as daemon:
        yield daemon


class Controller(Peer):
    """A subscriber that shows the state as a phone does."""

    def __init__(self, port: int, topics: str = "") -> None:
        super().__init__(port)
        self.shown: dict[str, object] = {}
        self.heard: list[Message] = []
        self.send("/soundkin/subscribe", topics)
        self.look()

    def look(self) -> dict[str, object]:
        """What is shown after everything so far; `heard` is what came since the last look."""
        self.heard = [m for m in self.settled() if m.address != "/soundkin/heartbeat"]
        for message in self.heard:
            self.shown[message.address.removeprefix("/soundkin/")] = message.args[0] if message.args else None
        return self.shown

    def press(self, address: str, *args: float | str) -> dict[str, object]:
        self.send(f"/soundkin/{address}", *args)
        return self.look()

    def wait_for(self, address: str, value: object) -> dict[str, object]:
        deadline = time.monotonic() + 10
        while self.look().get(address) != value:
            assert time.monotonic() < deadline, f"{address} is {self.shown.get(address)!r}, not {value!r}"
        return self.shown

    def filled(self) -> Controller:
        """With sample 50 asked about."""
        self.press("sel/id", 50)
        self.press("go")
        self.wait_for("slot/16/on", 1)  # the last of what a full list sends
        return self


@pytest.fixture
def phone(daemon: Daemon) -> Iterator[Controller]:
    with Controller(daemon.port) as phone:
        yield phone


@pytest.fixture
def pads(daemon: Daemon) -> Iterator[Controller]:
    with Controller(daemon.port, "cursor slots") as pads:
        yield pads


def test_two_buttons_fill_the_list_and_the_slots(phone: Controller) -> None:
    shown = phone.filled().shown
    assert shown["sel/name"] == "kick 0050.wav"
    assert (shown["cursor/name"], shown["cursor/index"]) == ("kick 0049.wav", 1)
    assert [shown[f"slot/{n}/on"] for n in (1, 2, 16)] == [2, 1, 1]
    assert shown["slot/2/name"] == "kick 0051.wav"
    assert shown["slot/1/score"] == pytest.approx(0.905, abs=0.001)


def test_the_list_holds_a_bounded_number_of_hits(phone: Controller, service: FakeService) -> None:
    phone.filled()
    assert service.last is not None
    assert service.last.k == 128


def test_everyone_sees_the_same_cursor(phone: Controller, pads: Controller) -> None:
    phone.filled()
    phone.press("nav/next")
    assert pads.look()["cursor/index"] == 2
    assert pads.press("nav/prev")["cursor/index"] == 1
    assert phone.look()["cursor/index"] == 1


def test_a_step_sends_only_what_changed(phone: Controller) -> None:
    phone.filled()
    phone.press("nav/next")
    changed = {message.address.removeprefix("/soundkin/") for message in phone.heard}
    assert changed == {
        "cursor/name",
        "cursor/id",
        "cursor/index",
        "nav/fader",
        "slot/1/on",
        "slot/2/on",
    }  # fmt: skip  (49 and 51 are equally similar to 50)


def test_the_cursor_stays_inside_the_list(phone: Controller) -> None:
    phone.filled()
    assert phone.press("nav/prev")["cursor/index"] == 1
    assert phone.press("nav/delta", 1000)["cursor/index"] == 99
    assert phone.press("nav/next")["cursor/index"] == 99


def test_pages_show_sixteen_at_a_time_and_empty_slots_at_the_end(phone: Controller) -> None:
    phone.filled()
    assert phone.press("nav/page/next")["page"] == 2
    assert phone.shown["slot/1/on"] == 2
    phone.press("nav/fader", 1.0)
    assert (phone.shown["page"], phone.shown["slot/3/on"], phone.shown["slot/4/on"]) == (7, 2, 0)
    assert (phone.shown["slot/4/name"], phone.shown["slot/4/score"]) == ("", 0.0)


def test_a_fader_does_not_fight_the_hand_that_moves_it(phone: Controller, pads: Controller) -> None:
    phone.filled()
    pads.look()
    phone.press("nav/fader", 0.5)
    assert "/soundkin/nav/fader" not in {message.address for message in phone.heard}
    assert pads.look()["nav/fader"] == pytest.approx(0.5, abs=0.01)
    assert phone.shown["cursor/index"] == pads.shown["cursor/index"] == 50


@pytest.mark.parametrize("press", [(), (1,), (1.0,), (0.7,)])
def test_buttons_press_with_or_without_a_number(phone: Controller, press: tuple[float, ...]) -> None:
    phone.filled()
    assert phone.press("nav/next", *press)["cursor/index"] == 2


@pytest.mark.parametrize("release", [0, 0.0, 0.2])
def test_letting_go_of_a_button_does_nothing(phone: Controller, release: float) -> None:
    phone.filled()
    assert phone.press("nav/next", release)["cursor/index"] == 1
    assert phone.heard == []


def test_slots_are_played_and_picked(phone: Controller) -> None:
    phone.filled()
    assert phone.press("slot/5/pick")["cursor/index"] == 5
    assert "/soundkin/audition" not in {message.address for message in phone.heard}
    phone.press("slot/3/play")
    assert phone.shown["audition"] == "/samples/kick 0048.wav"
    phone.press("nav/fader", 1.0)
    phone.press("slot/4/pick")
    assert phone.heard == [Message("/soundkin/error", (0, 1, "/soundkin/slot/4/pick", "slot 4 is empty"))]


def test_auto_play_plays_each_hit_once(phone: Controller, pads: Controller) -> None:
    phone.filled()
    phone.press("play/auto", 1)
    assert pads.look()["play/auto"] == 1
    phone.press("nav/next")
    plays = [message for message in phone.heard if message.address == "/soundkin/audition"]
    assert [message.args[0] for message in plays] == ["/samples/kick 0051.wav"]
    phone.press("slot/2/play")
    assert [m.address for m in phone.heard] == ["/soundkin/audition"]
    pads.look()
    assert "audition" not in pads.shown  # did not subscribe to it


def test_play_and_stop(phone: Controller) -> None:
    phone.filled()
    phone.press("play")
    assert [type(arg) for arg in phone.heard[0].args] == [str, float, float]
    phone.press("stop")
    assert phone.heard == [Message("/soundkin/audition", ("", 0.0, 0.0))]


def test_commit_goes_to_whoever_inserts_and_is_remembered(phone: Controller, service: FakeService) -> None:
    phone.filled()
    phone.press("commit")
    assert phone.heard == [Message("/soundkin/commit", ("/samples/kick 0049.wav",))]
    assert service.calls == ["committed 49"]


def test_a_hit_becomes_the_question_and_back_returns_to_the_place(phone: Controller) -> None:
    phone.filled()
    phone.press("nav/delta", 8)
    assert phone.shown["cursor/name"] == "kick 0045.wav"
    phone.press("nav/into")
    assert phone.wait_for("cursor/name", "kick 0044.wav")["sel/name"] == "kick 0045.wav"
    phone.press("nav/back")
    shown = phone.wait_for("cursor/name", "kick 0045.wav")
    assert (shown["sel/name"], shown["cursor/index"]) == ("kick 0050.wav", 9)


def test_filters_and_weights_ask_again_and_are_fed_back(
    phone: Controller, pads: Controller, service: FakeService
) -> None:
    phone.filled()
    phone.press("filter/dur/max", 1.5)
    phone.press("filter/type", "loop")
    phone.press("filter/here", 1)
    phone.press("weight/timbre", 1.0)
    phone.press("weight/pitch", 0.0)
    pads.wait_for("weight/pitch", 0.0)
    wanted = Query(
        like=service.last.like if service.last else (),
        k=128,
        filter='dur<=1.5 kind:loop in:"/samples/"',
        weights={"timbre": 4.0, "pitch": 0.0},
    )
    deadline = time.monotonic() + 10
    while service.last != wanted and time.monotonic() < deadline:
        time.sleep(0.005)
    assert service.last == wanted
    phone.press("filter/reset")
    pads.wait_for("filter/dur/max", 30.0)
    assert pads.shown["weight/timbre"] == 0.5


def test_the_selection_is_asked_about_by_machine_clients_too(phone: Controller, service: FakeService) -> None:
    phone.filled()
    phone.press("filter/type", "loop")
    *hits, done = phone.ask("/soundkin/find/sel", 9, 2)
    assert [hit.args[2] for hit in hits if hit.address == "/soundkin/result"] == [49, 51]
    assert done.args[0] == 9
    assert service.last is not None
    assert service.last.filter == "kind:loop"


def test_a_private_cursor_is_not_seen_by_others(phone: Controller, pads: Controller) -> None:
    phone.filled()
    pads.look()
    pads.send("/soundkin/session", "pads")
    assert pads.look()["cursor/total"] == 0
    pads.filled()
    assert pads.press("nav/next")["cursor/index"] == 2
    assert phone.look()["cursor/index"] == 1
    assert pads.press("session", "main")["cursor/index"] == 1


def test_a_part_of_a_file_can_be_selected(phone: Controller, service: FakeService) -> None:
    phone.press("sel/region", "/samples/kick 0007.wav", 0.25, 0.5)
    phone.press("go")
    phone.wait_for("cursor/total", 99)
    assert service.last is not None
    assert (service.last.like[0].start_s, service.last.like[0].end_s) == (0.25, 0.5)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("go", "nothing is selected; send /soundkin/sel/path or /soundkin/sel/id first"),
        ("nav/next", "the list is empty; send /soundkin/go first"),
        ("play", "the list is empty; send /soundkin/go first"),
        ("commit", "the list is empty; send /soundkin/go first"),
        ("nav/back", "there is no earlier question"),
    ],
)
def test_a_control_that_cannot_work_says_why(phone: Controller, address: str, text: str) -> None:
    phone.press(address)
    assert phone.heard == [Message("/soundkin/error", (0, 1, f"/soundkin/{address}", text))]


def test_a_file_that_was_away_is_selected_as_what_lies_at_its_path_now(phone: Controller, service: FakeService) -> None:
    path = service.samples[2].path
    service.samples[2] = replace(service.samples[2], state=State.MISSING)
    phone.press("sel/path", path)
    phone.press("go")
    phone.wait_for("cursor/total", 99)
    assert service.last is not None
    assert service.last.like == (Like(path=path),)


def test_a_question_that_fails_says_why_and_the_next_one_works(phone: Controller) -> None:
    phone.press("sel/path", "/nowhere/x.wav")
    phone.send("/soundkin/go")
    assert phone.until("/soundkin/error")[-1].args[:3] == (0, 3, "/soundkin/go")
    phone.filled()


class SlowService(FakeService):
    """Counts its questions and keeps each waiting at the limit."""

    asked = 0

    def answer(self, resolved: Resolved) -> Answer:
        self.asked += 1
        self.gate.wait(30)
        return super().answer(resolved)


def test_of_many_fader_moves_during_a_question_only_the_last_is_asked() -> None:
    service = SlowService(samples=library(100).samples)
    with serving(service) as daemon, Controller(daemon.port) as phone:
        phone.filled()
        before, service.asked = service.asked, 0
        assert before == 1
        service.gate.clear()
        for step in range(200):
            phone.send("/soundkin/weight/timbre", step / 200)
        phone.send("/soundkin/weight/timbre", 1.0)
        phone.send("/soundkin/ping")
        heard = phone.until("/soundkin/pong")
        assert "/soundkin/weight/timbre" not in {message.address for message in heard}  # the mover is not told
        service.gate.set()
        deadline = time.monotonic() + 10
        while (service.last is None or service.last.weights != {"timbre": 4.0}) and time.monotonic() < deadline:
            time.sleep(0.005)
        assert service.last is not None
        assert service.last.weights == {"timbre": 4.0}
        assert service.asked <= 3


def test_a_whole_refresh_fits_a_few_small_datagrams(phone: Controller, pads: Controller) -> None:
    phone.filled()
    pads.look()
    pads.packets.clear()
    phone.press("nav/page/next")
    pads.look()
    assert max(map(len, pads.packets)) <= 1232
    assert len(pads.packets) <= 5


def test_every_control_and_feedback_of_the_table_exists_in_the_view(service: FakeService) -> None:
    addresses = {path for path, entry in TABLE.items() if entry.kind == "feedback"}
    pushed = {"/soundkin/audition", "/soundkin/heartbeat"}
    view = set(Cursor().view())
    assert addresses - pushed <= view
    assert view <= set(TABLE)


def test_each_address_that_is_asked_has_a_handler(service: FakeService) -> None:
    from soundkin.config import OscSettings

    server = OscServer(service, OscSettings(port=0), threading.Event().set)
    asked = {path for path, entry in TABLE.items() if entry.kind in ("request", "control")}
    assert server.addresses == asked


def test_quiet_samples_are_lifted_but_never_over_full_scale() -> None:
    quiet, loud = sample(1), sample(19)
    assert audition_gain(quiet) < 1
    assert 1 < audition_gain(loud) <= 10 ** (1 / 20) + 1e-9


def test_names_with_folders_are_shown_without_them(phone: Controller, tmp_path: Path) -> None:
    assert phone.press("sel/path", str(tmp_path / "a b.wav"))["sel/name"] == "a b.wav"


def test_one_endpoint_with_many_private_cursors_takes_nobody_elses(daemon: Daemon) -> None:
    with Peer(daemon.port) as mine, Peer(daemon.port) as greedy:
        mine.ask("/soundkin/session", "pads")
        mine.send("/soundkin/sel/id", 5)
        mine.settled()
        for number in range(100):
            greedy.ask("/soundkin/session", f"cursor {number}")
        shown = {message.address: message.args for message in mine.ask("/soundkin/session", "pads")}
        assert shown["/soundkin/sel/name"] == ("kick 0005.wav",)
