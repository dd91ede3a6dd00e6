"""The queue's order and its counts, case by case."""

from __future__ import annotations

from soundkin.ingest.queue import AnalysisQueue, Turn
from soundkin.model import DiskFile, FileStamp


def file(path: str, mtime: int = 1, size: int = 1) -> DiskFile:
    return DiskFile(path, FileStamp(size, mtime))


def order(queue: AnalysisQueue) -> list[str]:
    return [each.path for each in queue]


def test_the_newest_folder_comes_first_by_its_newest_file_wherever_that_stands_in_it() -> None:
    queue = AnalysisQueue()
    queue.push([file("/b/1", 3), file("/a/1", 9), file("/a/2", 1), file("/b/2", 4), file("/c/1", 4)])
    assert order(queue) == ["/a/1", "/a/2", "/b/1", "/b/2", "/c/1"]


def test_folders_as_new_as_each_other_come_by_name() -> None:
    queue = AnalysisQueue()
    queue.push([file("/z/1", 0), file("/m/1", 0), file("/a/1", 0)])
    assert order(queue) == ["/a/1", "/m/1", "/z/1"]


def test_no_date_is_older_than_1970() -> None:
    queue = AnalysisQueue()
    queue.push([file("/a/1", -5), file("/b/1", 0), file("/c/1", 1)])
    assert order(queue) == ["/c/1", "/a/1", "/b/1"]


def test_each_call_is_ordered_in_itself_and_comes_behind_the_ones_before() -> None:
    queue = AnalysisQueue()
    assert queue.push([file("/a/1", 1)]) == 1
    assert queue.push([file("/b/1", 9), file("/b/2", 9)]) == 2
    assert len(queue) == 3
    assert order(queue) == ["/a/1", "/b/1", "/b/2"]


def test_urgent_files_come_before_new_ones_doubtful_ones_and_stale_ones() -> None:
    queue = AnalysisQueue()
    queue.push([file("/stale")], Turn.STALE)
    queue.push([file("/doubtful")], Turn.DOUBTFUL)
    queue.push([file("/new")])
    queue.push([file("/urgent")], Turn.URGENT)
    assert order(queue) == ["/urgent", "/new", "/doubtful", "/stale"]


def test_files_of_a_disk_that_is_away_are_held_in_their_turns_and_are_in_nobodys_count() -> None:
    queue = AnalysisQueue()
    queue.push([file("/usb/stale")], Turn.STALE)
    queue.push([file("/a/1"), file("/usb/1"), file("/usb/2")])
    taken = next(iter(queue))
    assert queue.hold("/usb", lambda path: path.startswith("/usb")) == 3
    assert (taken.path, len(queue)) == ("/a/1", 0)
    assert order(queue) == []
    assert queue.release("/usb") == 3
    assert queue.release("/usb") == 0
    assert order(queue) == ["/usb/1", "/usb/2", "/usb/stale"]


def test_what_could_not_be_read_of_a_disk_waits_again_and_comes_first_when_it_is_back() -> None:
    queue = AnalysisQueue()
    queue.push([file("/usb/1"), file("/usb/2"), file("/usb/3")])
    handed_out = [next(iter(queue)).path for _ in range(2)]
    assert queue.hold("/usb", lambda path: True, [*handed_out, "/usb/never handed out"]) == 1
    assert queue.release("/usb") == 3
    assert order(queue) == ["/usb/1", "/usb/2", "/usb/3"]


def test_a_held_file_that_is_pushed_again_when_its_disk_is_back_waits_once() -> None:
    queue = AnalysisQueue()
    queue.push([file("/usb/1"), file("/usb/2")])
    queue.hold("/usb", lambda path: True)
    queue.push([file("/usb/1", mtime=9)])
    assert queue.release("/usb") == 1
    assert queue.push([file("/usb/2")]) == 0
    assert [(each.path, each.stamp.mtime_ns) for each in queue] == [("/usb/1", 9), ("/usb/2", 1)]


def test_dropped_files_are_gone_wherever_they_were() -> None:
    queue = AnalysisQueue()
    queue.push([file("/usb/held")])
    queue.hold("/usb", lambda path: True)
    queue.push([file("/a/out"), file("/a/waits"), file("/b/stays")])
    next(iter(queue))
    assert queue.drop(lambda path: not path.startswith("/b")) == 1
    assert queue.release("/usb") == 0
    assert not queue.recall()
    assert order(queue) == ["/b/stays"]


def test_a_file_that_waits_is_not_queued_again_but_a_newer_one_of_its_name_takes_its_place() -> None:
    queue = AnalysisQueue()
    queue.push([file("/a"), file("/b"), file("/c")])
    assert queue.push([file("/a"), file("/d")]) == 1
    assert queue.push([file("/b", mtime=2)]) == 0
    assert len(queue) == 4
    assert [(each.path, each.stamp.mtime_ns) for each in queue] == [("/a", 1), ("/c", 1), ("/d", 1), ("/b", 2)]


def test_what_is_being_worked_on_may_be_queued_once_it_has_changed_or_is_settled() -> None:
    queue = AnalysisQueue()
    queue.push([file("/a")])
    assert order(queue) == ["/a"]
    assert queue.push([file("/a")]) == 0
    assert queue.push([file("/a"), file("/z")]) == 1
    assert order(queue) == ["/z"]
    assert queue.push([file("/a", size=2)]) == 1
    assert order(queue) == ["/a"]
    queue.settle(["/a", "/never handed out"])
    assert queue.push([file("/a", size=2)]) == 1
    assert len(queue) == 1


def test_recalling_forgets_what_was_handed_out_but_not_what_waits() -> None:
    queue = AnalysisQueue()
    assert queue.recall() is False
    queue.push([file("/a"), file("/b")])
    assert next(iter(queue)).path == "/a"
    assert queue.recall() is True
    assert queue.push([file("/a")]) == 1
    assert order(queue) == ["/b", "/a"]


def test_a_favoured_folder_comes_next_in_its_order_and_can_be_favoured_again_when_all_is_done() -> None:
    queue = AnalysisQueue()
    queue.push([file("/a/1", 9), file("/a/2", 9), file("/b/1"), file("/b/2"), file("/bc")])
    queue.push([file("/u")], Turn.URGENT)
    assert queue.favour("/nothing") == 0
    assert queue.favour("/b") == 2
    assert queue.favour("/b") == 0
    assert order(queue) == ["/b/1", "/b/2", "/u", "/a/1", "/a/2", "/bc"]
    queue.push([file("/c"), file("/b/3")])
    assert queue.favour("/b") == 1
    assert order(queue) == ["/b/3", "/c"]


def test_favouring_one_file_is_possible() -> None:
    queue = AnalysisQueue()
    queue.push([file("/a/1", 9), file("/b/1")])
    assert queue.favour("/b/1") == 1
    assert order(queue) == ["/b/1", "/a/1"]
