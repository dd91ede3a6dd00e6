"""The real daemon with a mailbox that cannot be used: everything else goes on, and the mailbox when it can."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from daemon_process import daemon, run_cli, until
from soundkin_osc.carriers.framing import size_framed, size_unframed
from soundkin_osc.protocol.codec import Message, decode, encode


def post(folder: Path, name: str, *messages: Message) -> None:
    draft = folder / f"req-{name}.tmp"
    draft.write_bytes(size_framed(map(encode, messages)))
    draft.rename(folder / f"req-{name}.osc")


def answer(folder: Path, name: str) -> list[Message]:
    path = folder / f"res-{name}.osc"
    until(path.exists, "the answer")
    return [message for packet in size_unframed(path.read_bytes()) for message in decode(packet)]


def mailbox_check(data: Path) -> bool:
    """What the doctor says of it."""
    text = run_cli(data, "doctor", "--quick", "--json", check=None).stdout
    return all(check["ok"] for check in json.loads(text) if check["name"] == "mailbox")


def test_a_mailbox_that_cannot_be_used_is_named_and_everything_else_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    folder = data / "mailbox"
    folder.touch()
    with daemon(data) as running:
        (note,) = (note for note in running.client.status().notes if "mailbox" in note)
        assert str(folder) in note
        assert "is not a folder" in note
        assert not mailbox_check(data)
        assert "mailbox" in (data / "soundkin.log").read_text("utf-8")
        folder.unlink()
        until(lambda: not running.client.status().notes, "the note to go")
        post(folder, "a", Message("/soundkin/ping", (1,)))
        assert answer(folder, "a") == [Message("/soundkin/pong", (1,))]
        assert mailbox_check(data)
        shutil.rmtree(folder)
        until(folder.exists, "the folder to be made again")
        post(folder, "b", Message("/soundkin/ping", (2,)))
        assert answer(folder, "b") == [Message("/soundkin/pong", (2,))]


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="mounts a small disk")
def test_on_a_full_disk_the_answer_comes_when_there_is_room(tmp_path: Path) -> None:
    data = tmp_path / "data"
    folder = data / "mailbox"
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "none", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        with daemon(data) as running:
            draft = folder / "req-a.tmp"
            reports = [Message("/soundkin/report", (number,)) for number in range(1, 9)]  # more than the request takes
            draft.write_bytes(size_framed(map(encode, reports)))
            (folder / "filler").write_bytes(bytes(60 * 1024))
            draft.rename(folder / "req-a.osc")
            until(lambda: any("mailbox" in note for note in running.client.status().notes), "the note")
            assert not (folder / "res-a.osc").exists()
            post_refused = folder / "req-b.osc"
            post_refused.touch()
            assert running.client.status().notes
            assert post_refused.exists()
            (folder / "filler").unlink()
            ends = [message.args[0] for message in answer(folder, "a") if message.address == "/soundkin/done"]
            assert ends == list(range(1, 9))
            assert answer(folder, "b")[0].address == "/soundkin/error"
            until(lambda: not running.client.status().notes, "the note to go")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
