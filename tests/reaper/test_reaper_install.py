"""`soundkin reaper install` as file work: odd resource folders, updates, and clean removal."""

from __future__ import annotations

from pathlib import Path

import pytest

from soundkin.errors import ConfigError
from soundkin_daemon.reaper import installation
from soundkin_daemon.reaper.endpoint_file import (
    EndpointFile,
    endpoint_path,
    follow,
    publish_endpoint,
    read_endpoint,
    withdraw_endpoint,
    write_endpoint,
)

OURS = "Scripts/soundkin"


@pytest.fixture
def resource(tmp_path: Path) -> Path:
    folder = tmp_path / "Jürgen's REAPER (portable) 100%"
    folder.mkdir()
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "came with it"
    (folder / "soundkin_lib").mkdir(parents=True)
    (folder / "soundkin_Setup and status.lua").write_text("-- setup")
    (folder / "soundkin_lib" / "osc.lua").write_text("return {}")
    (folder / "notes.txt").write_text("not a script")
    (folder / "soundkin.ReaperOSC").write_text("PLAY t/soundkin/transport/play")
    return folder


def test_each_system_has_its_own_resource_folder() -> None:
    home = Path("home")
    find = installation.resource_candidates
    assert find("win32", {"APPDATA": "roam"}, home) == (Path("roam/REAPER"),)
    assert find("darwin", {}, home) == (home / "Library/Application Support/REAPER",)
    assert find("linux", {}, home) == (home / ".config/REAPER",)
    assert find("linux", {"XDG_CONFIG_HOME": "x"}, home) == (Path("x/REAPER"), home / ".config/REAPER")


def test_a_resource_folder_that_does_not_exist_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        installation.find_resource(tmp_path / "nowhere")


def test_install_copies_the_scripts_and_leads_to_the_daemons_endpoint(
    resource: Path, source: Path, tmp_path: Path
) -> None:
    data_dir = tmp_path / "data dir ü"
    done = installation.install(resource, data_dir, source)
    assert done.present == (
        "OSC/soundkin.ReaperOSC",
        f"{OURS}/soundkin_Setup and status.lua",
        f"{OURS}/soundkin_lib/osc.lua",
    )
    assert not done.missing
    assert not done.changed
    before = follow(done.endpoint)
    assert before is not None
    assert before.port == 0
    assert before.command[1:] == ("-m", "soundkin_daemon")
    publish_endpoint(data_dir, host="127.0.0.1", port=27400, version="1.2.3")
    after = follow(done.endpoint)
    assert after is not None
    assert (after.port, after.mailbox) == (27400, str(data_dir / "mailbox"))


def test_installing_again_updates_and_drops_what_the_new_version_lacks(
    resource: Path, source: Path, tmp_path: Path
) -> None:
    (source / "soundkin_lib" / "old.lua").write_text("old")
    place = installation.install(resource, tmp_path, source)
    (place.scripts / "mine.lua").write_text("the user's own")
    (source / "soundkin_lib" / "old.lua").unlink()
    (source / "soundkin_lib" / "osc.lua").write_text("return {new = true}")
    assert installation.inspect(resource, source).changed == (f"{OURS}/soundkin_lib/osc.lua",)
    again = installation.install(resource, tmp_path, source)
    assert not again.changed
    assert not (place.scripts / "soundkin_lib" / "old.lua").exists()
    assert (place.scripts / "mine.lua").exists()


def test_uninstall_removes_ours_and_nothing_else(resource: Path, source: Path, tmp_path: Path) -> None:
    other = resource / "Scripts" / "Someone" / "script.lua"
    other.parent.mkdir(parents=True)
    other.write_text("--")
    place = installation.install(resource, tmp_path, source)
    outside = resource / "precious.txt"
    outside.write_text("keep")
    with (place.scripts / ".soundkin-installed").open("a") as manifest:
        manifest.write("Scripts/../precious.txt\n/etc/hosts\nprecious.txt\n")
    assert set(installation.uninstall(resource)) == set(place.present)
    assert outside.exists()
    left = {path.name for path in resource.rglob("*")}
    assert left == {"Scripts", "Someone", "script.lua", "precious.txt", "Data", "OSC"}
    assert installation.uninstall(resource) == ()


def test_an_endpoint_survives_the_round_trip_with_any_path(tmp_path: Path) -> None:
    path = tmp_path / "endpoint"
    endpoint = EndpointFile(port=1, mailbox="/a b=c/ü", command=("/opt/x y/python", "-m", "z=1"), pid=7, version="9")
    write_endpoint(path, endpoint)
    assert read_endpoint(path) == endpoint
    with pytest.raises(ValueError, match="control"):
        write_endpoint(path, EndpointFile(mailbox="/a\nport=1"))


def test_garbage_is_no_endpoint(tmp_path: Path) -> None:
    path = tmp_path / "endpoint"
    assert read_endpoint(path) is None
    path.write_bytes(b"\xff\xfe=\x00\nport=notanumber\n")
    assert read_endpoint(path) is None


def test_a_daemon_withdraws_only_its_own_endpoint(tmp_path: Path) -> None:
    publish_endpoint(tmp_path, host="127.0.0.1", port=1, version="1")
    withdraw_endpoint(tmp_path)
    assert not endpoint_path(tmp_path).exists()
    write_endpoint(endpoint_path(tmp_path), EndpointFile(pid=1))
    withdraw_endpoint(tmp_path)
    assert endpoint_path(tmp_path).exists()
