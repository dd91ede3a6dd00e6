"""`soundkin doctor` on real folders, sockets and libraries: what is wrong is named with its remedy, nothing else."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes_service import FakeService
from soundkin.analysis import reference
from soundkin.analysis.params import PARAMS
from soundkin.config import OscSettings, Settings
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import catch_up
from soundkin.library import SqliteLibrary, backups, open_library
from soundkin.library.connections import connect, suspicion
from soundkin.model import Analysis, AnalysisFailure, Facts, FileStamp, SampleId
from soundkin_daemon.cli.demo import free_port
from soundkin_daemon.doctor import machine as doctor_machine
from soundkin_daemon.doctor.case import Check, Machine
from soundkin_daemon.doctor.examination import run_checks
from soundkin_daemon.ownership import Ownership
from soundkin_daemon.places import Places
from soundkin_daemon.reaper.installation import install
from soundkin_osc.server import OscServer

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are POSIX")
as_user = pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() == 0, reason="root may read and write everything")


@pytest.fixture(autouse=True)
def quick_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """librosa takes seconds to import; its comparison has tests of its own."""
    monkeypatch.setattr(reference, "self_check", list)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return Places(folder)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Linux machine with generous limits and no REAPER."""
    machine = Machine("linux", tmp_path / "proc", {}, tmp_path / "home")
    set_limit(machine, 10_000)
    return machine


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    folder = tmp_path / "samples"
    for name in ("kicks", "snares"):
        (folder / name).mkdir(parents=True)
        (folder / name / "1.wav").touch()
    return folder


@pytest.fixture
def library(places: Places, samples: Path) -> Iterator[SqliteLibrary]:
    opened = open_library(places.library, PARAMS)
    opened.add_root(str(samples))
    facts, zeros = Facts(0.5, 44_100, 1), (0.25,) * PARAMS.num_dimensions
    import numpy as np

    opened.put(
        [
            Analysis(str(path), FileStamp(1, 1), bytes(16), facts, np.array(zeros, np.float32))
            for path in sorted(samples.rglob("*.wav"))
        ]
    )
    yield opened
    opened.close()


def set_limit(machine: Machine, watches: int) -> None:
    folder = machine.proc / "sys" / "fs" / "inotify"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "max_user_watches").write_text(f"{watches}\n")
    (folder / "max_queued_events").write_text("16384\n")


def examine(places: Places, machine: Machine, port: int) -> dict[str, Check]:
    """The checks by name; of several with one name the one that is wrong, else the last."""
    checks = run_checks(places.data_dir, Settings(osc=OscSettings(port=port)), port, machine)
    for check in checks:
        assert check.sentence.strip().endswith(".")
        assert check.ok or check.remedy
    return {check.name: check for check in sorted(checks, key=lambda check: not check.ok)}


def wrong(checks: dict[str, Check]) -> list[str]:
    return [name for name, check in checks.items() if not check.ok]


def test_a_fresh_machine_is_well_and_is_told_how_to_begin(tmp_path: Path, machine: Machine, port: int) -> None:
    checks = examine(Places(tmp_path / "none"), machine, port)
    assert wrong(checks) == []
    assert "soundkin up" in checks["library"].remedy
    assert not (tmp_path / "none").exists()


def test_a_used_library_without_a_daemon_is_well(
    places: Places, machine: Machine, port: int, library: SqliteLibrary
) -> None:
    checks = examine(places, machine, port)
    assert wrong(checks) == []
    assert "2 files known, 2 can be found" in checks["library"].sentence
    assert "2 samples" in checks["folders"].sentence
    assert "Folders to watch: 3;" in checks["watching"].sentence
    assert "No daemon runs" in checks["daemon"].sentence
    assert f"Port {port}" in checks["port"].sentence


def test_looking_changes_nothing(places: Places, machine: Machine, port: int, library: SqliteLibrary) -> None:
    library.close()
    before = places.library.read_bytes()
    examine(places, machine, port)
    assert places.library.read_bytes() == before
    assert not suspicion(places.library).exists()


# ---- library ----


def test_a_damaged_library_is_found_and_marked_for_the_next_start(
    places: Places, machine: Machine, port: int, library: SqliteLibrary
) -> None:
    library.close()
    with places.library.open("r+b") as file:
        file.seek(4096 * 4)
        file.write(b"\xee" * 4096)
    checks = examine(places, machine, port)
    assert wrong(checks) == ["library"]
    assert "damaged" in checks["library"].sentence
    assert "soundkin restore" in checks["library"].remedy
    assert suspicion(places.library).exists()


def test_a_file_that_is_no_database_is_found(places: Places, machine: Machine, port: int) -> None:
    places.library.write_bytes(b"no database" * 1000)
    assert "damaged" in examine(places, machine, port)["library"].sentence


def test_vectors_that_do_not_fit_their_samples_are_found(
    places: Places, machine: Machine, port: int, library: SqliteLibrary
) -> None:
    library.close()
    db = connect(places.library)
    db.execute(f"DELETE FROM vector_v{PARAMS.version} WHERE sample_id = 1")
    db.close()
    assert "1 samples lack their vector" in examine(places, machine, port)["library"].sentence


@pytest.mark.parametrize(
    ("pragma", "value", "word"), [("user_version", 999, "schema 999"), ("application_id", 5, "not a")]
)
def test_libraries_of_others_are_told_apart_from_damage(
    places: Places, machine: Machine, port: int, library: SqliteLibrary, pragma: str, value: int, word: str
) -> None:
    library.close()
    db = connect(places.library)
    db.pragma(pragma, value)
    db.close()
    check = examine(places, machine, port)["library"]
    assert not check.ok
    assert word in check.sentence
    assert not suspicion(places.library).exists()


def test_the_date_of_the_newest_backup_and_damaged_libraries_are_told(
    places: Places, machine: Machine, port: int, library: SqliteLibrary
) -> None:
    assert "no backup yet" in examine(places, machine, port)["backups"].sentence
    backups.take(library, places.data_dir / "backups", 1_700_000_000.0)
    assert "2023-11-14 22:13 UTC" in examine(places, machine, port)["backups"].sentence
    (places.data_dir / "library-damaged-20231114T221320Z.db").touch()
    assert "library-damaged-20231114T221320Z.db" in examine(places, machine, port)["backups"].sentence


# ---- folders ----


def test_a_folder_that_is_gone_and_one_that_is_suddenly_empty_are_named(
    places: Places, machine: Machine, port: int, library: SqliteLibrary, samples: Path
) -> None:
    shutil.rmtree(samples)
    check = examine(places, machine, port)["folders"]
    assert str(samples) in check.sentence
    assert "soundkin remove" in check.remedy
    samples.mkdir()
    check = examine(places, machine, port)["folders"]
    assert not check.ok
    assert "is empty, but 2 samples" in check.sentence


@posix
@as_user
def test_a_folder_without_permission_is_named(
    places: Places, machine: Machine, port: int, library: SqliteLibrary, samples: Path
) -> None:
    samples.chmod(0)
    check = examine(places, machine, port)["folders"]
    samples.chmod(0o700)
    assert "may not be read" in check.sentence


def test_files_that_are_not_audio_are_told_from_files_that_could_not_be_read(
    places: Places, machine: Machine, port: int, library: SqliteLibrary, samples: Path
) -> None:
    assert examine(places, machine, port)["files"].sentence == "Every file within reach could be read."
    stamp = FileStamp(1, 1)
    library.put([AnalysisFailure(str(samples / "text.wav"), stamp, "decode", "not audio")])
    checks = run_checks(places.data_dir, Settings(osc=OscSettings(port=port)), port, machine, quick=True)
    said = [check for check in checks if check.name == "files"]
    assert all(check.ok for check in said)
    assert "1 files are not audio" in said[0].sentence
    reasons = ["Input/output error"] * 3 + ["Permission denied"]
    library.put([AnalysisFailure(str(samples / f"{n}.wav"), stamp, "unreadable", why) for n, why in enumerate(reasons)])
    check = examine(places, machine, port)["files"]
    assert not check.ok
    assert "4 files could not be read (3 times: Input/output error; 1 times: Permission denied)" in check.sentence
    assert "soundkin scan --retry" in check.remedy


def test_a_disk_below_a_folder_that_is_not_mounted_is_named(
    places: Places, machine: Machine, port: int, library: SqliteLibrary, samples: Path
) -> None:
    (samples / "usb").mkdir()
    (root,) = library.roots()
    place = library.add_place(str(samples / "usb"), root.id, is_link=False)
    library.set_online(place.id, False)
    check = examine(places, machine, port)["folders"]
    assert not check.ok
    assert f"{samples / 'usb'} is a disk that is not mounted" in check.sentence


def test_a_folder_that_came_back_is_told(places: Places, machine: Machine, port: int, library: SqliteLibrary) -> None:
    library.set_online(1, False)
    check = examine(places, machine, port)["folders"]
    assert check.ok
    assert "reached again" in check.sentence


def test_too_few_inotify_watches_come_with_the_setting_to_raise(
    places: Places, machine: Machine, port: int, library: SqliteLibrary
) -> None:
    set_limit(machine, 3)
    check = examine(places, machine, port)["watching"]
    assert not check.ok
    assert "3 are needed, 3 allowed" in check.sentence
    assert "fs.inotify.max_user_watches=524288" in check.remedy


def test_unreadable_limits_are_no_fault(places: Places, machine: Machine, port: int, library: SqliteLibrary) -> None:
    shutil.rmtree(machine.proc)
    assert examine(places, machine, port)["watching"].ok


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_the_limits_of_this_machine_can_be_read(places: Places, port: int, library: SqliteLibrary) -> None:
    assert "watches allowed:" in examine(places, Machine(environ={}), port)["watching"].sentence


# ---- index ----


def test_the_saved_index_is_compared_with_the_library(
    places: Places, machine: Machine, port: int, library: SqliteLibrary, tmp_path: Path
) -> None:
    assert "No index is saved" in examine(places, machine, port)["index"].sentence
    index = VoyagerIndex(PARAMS, library.uid)
    catch_up(library, index)
    index.save(places.index)
    assert "is up to date" in examine(places, machine, port)["index"].sentence
    library.mark_missing([SampleId(1)], 5.0)
    assert "behind by 1," in examine(places, machine, port)["index"].sentence
    foreign = VoyagerIndex(PARAMS, "another library")
    catch_up(library, foreign)
    foreign.save(places.index)
    check = examine(places, machine, port)["index"]
    assert not check.ok
    assert "builds the index again" in check.remedy
    places.index.write_bytes(places.index.read_bytes()[:100])
    assert not examine(places, machine, port)["index"].ok


# ---- data directory, daemon, port ----


def test_a_data_directory_that_others_may_write_to_is_wrong(places: Places, machine: Machine, port: int) -> None:
    if os.name != "posix":
        pytest.skip("permissions of this kind are POSIX")
    places.data_dir.chmod(0o777)
    check = examine(places, machine, port)["data directory"]
    assert not check.ok
    assert "chmod go-w" in check.remedy


@posix
@as_user
def test_a_data_directory_that_cannot_be_written_is_wrong(places: Places, machine: Machine, port: int) -> None:
    places.data_dir.chmod(0o500)
    check = examine(places, machine, port)["data directory"]
    places.data_dir.chmod(0o700)
    assert "cannot be written" in check.sentence


def test_a_disk_that_is_nearly_full_is_wrong(
    places: Places, machine: Machine, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_machine, "_ROOM_MB", 10**12)
    assert "MB left" in examine(places, machine, port)["data directory"].sentence


def test_what_a_crash_left_is_told_and_is_no_fault(places: Places, machine: Machine, port: int) -> None:
    places.daemon.write_text(json.dumps({"pid": 4711, "host": "127.0.0.1", "port": port}))
    check = examine(places, machine, port)["daemon"]
    assert check.ok
    assert "4711" in check.sentence


def test_a_port_used_by_a_stranger_is_wrong(places: Places, machine: Machine) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        port = stranger.getsockname()[1]
        check = examine(places, machine, port)["port"]
    assert not check.ok
    assert "another program" in check.sentence
    assert "--port" in check.remedy


def test_a_port_used_by_another_soundkin_is_wrong_and_our_own_is_well(places: Places, machine: Machine) -> None:
    server = OscServer(FakeService(), OscSettings(port=free_port()), lambda: None)
    server.start()
    try:
        check = examine(places, machine, server.port)["port"]
        assert not check.ok
        assert "another data directory" in check.sentence
        ownership = Ownership(places)
        ownership.take()
        ownership.announce("127.0.0.1", server.port)
        checks = examine(places, machine, server.port)
        assert checks["port"].ok
        assert str(os.getpid()) in checks["daemon"].sentence
    finally:
        server.stop()
    check = examine(places, machine, server.port)["port"]
    assert not check.ok
    assert "nothing does" in check.sentence
    ownership.release()


def test_an_address_that_is_not_this_machines_is_wrong(places: Places, machine: Machine, port: int) -> None:
    settings = Settings(osc=OscSettings(host="203.0.113.1", port=port))
    checks = {check.name: check for check in run_checks(places.data_dir, settings, port, machine)}
    assert "cannot be opened" in checks["port"].sentence


# ---- packages, REAPER, analysis ----


def test_a_missing_package_is_wrong(
    places: Places, machine: Machine, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_machine, "versions", lambda: {"soundkin": "1", "voyager": "missing"})
    assert "voyager" in examine(places, machine, port)["versions"].sentence


def test_reaper_is_looked_for_and_its_scripts_compared(places: Places, machine: Machine, port: int) -> None:
    assert "not found" in examine(places, machine, port)["reaper"].sentence
    resource = machine.home / ".config" / "REAPER"
    resource.mkdir(parents=True)
    check = examine(places, machine, port)["reaper"]
    assert check.ok
    assert "soundkin reaper install" in check.remedy
    installed = install(resource, places.data_dir)
    assert "scripts are in" in examine(places, machine, port)["reaper"].sentence
    next(installed.scripts.glob("*.lua")).write_text("-- changed")
    check = examine(places, machine, port)["reaper"]
    assert not check.ok
    assert "1 differ" in check.sentence


def test_an_analysis_that_disagrees_with_its_reference_is_wrong(
    places: Places, machine: Machine, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "self_check", lambda: ["the mel filter bank differs"])
    assert "mel filter bank" in examine(places, machine, port)["analysis"].sentence


def test_a_check_that_breaks_is_a_finding_and_does_not_stop_the_others(
    places: Places, machine: Machine, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[str]:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(reference, "self_check", broken)
    checks = examine(places, machine, port)
    assert wrong(checks) == ["analysis"]
    assert "RuntimeError: no such luck" in checks["analysis"].sentence
