"""A disk in user space: its files lie in another folder, and it stumbles when told to. Linux with FUSE only.

`python fuse_disk.py BACKING MOUNT FAULTS` serves until it is unmounted; FAULTS is a file of JSON, read at every call.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

STAT = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid", "st_atime", "st_mtime", "st_ctime", "st_ino", "st_blocks")


class FuseDisk:
    """A mounted one. What it is told counts from the next call on."""

    def __init__(self, backing: Path, mount: Path) -> None:
        self.backing = backing
        self.mount = mount
        self._faults = backing.with_name(backing.name + ".faults")
        self.mend()
        self._process: subprocess.Popen[bytes] | None = None

    def plug(self) -> None:
        """Mount it."""
        words = [sys.executable, __file__, str(self.backing), str(self.mount), str(self._faults)]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not os.path.ismount(self.mount):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.unplug()
                pytest.skip("FUSE cannot be mounted here")
            time.sleep(0.01)

    def unplug(self) -> None:
        """Unmount it, whoever uses it."""
        self.mend()
        for words in (["umount", "-l", str(self.mount)], ["fusermount", "-uz", str(self.mount)]):
            if shutil.which(words[0]):  # whether it is mounted cannot be asked when its server is dead
                subprocess.run(words, check=False, capture_output=True)
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            self._process.kill()
            self._process.wait()

    def crash(self) -> None:
        """Let its server die: every call says that the transport endpoint is not connected."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stumble(self, number: int, on: Sequence[str] = ("open", "read"), matching: str = "", behind: int = 0) -> None:
        """From now on calls of these kinds ("list", "stat", "open", "read") fail for paths that hold a word.

        Reads fail only of what lies `behind` so many bytes.
        """
        self._write({"errno": number, "on": list(on), "matching": matching, "behind": behind})

    def hang(self, on: Sequence[str] = ("list", "stat", "open", "read"), matching: str = "", behind: int = 0) -> None:
        """From now on calls of these kinds do not return for paths that hold a word, until `mend`.

        Reads hang only of what lies `behind` so many bytes.
        """
        self._write({"hang": list(on), "matching": matching, "behind": behind})

    def mend(self) -> None:
        """Nothing fails any more, and what hangs goes on."""
        self._write({})

    def look(self, *, inodes: str = "own", blocks: bool = True) -> None:
        """What `stat` tells: inodes "own", "one" for all or "none"; blocks or 0 for all."""
        self._write({"inodes": inodes, "blocks": blocks})

    def _write(self, faults: dict[str, Any]) -> None:
        draft = self._faults.with_suffix(".draft")
        draft.write_text(json.dumps(faults), "utf-8")
        draft.replace(self._faults)


@contextmanager
def fuse_disk(folder: Path) -> Iterator[FuseDisk]:
    """A disk mounted in `folder`/mount over `folder`/backing; the test is skipped where that cannot be."""
    if sys.platform != "linux" or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("needs /dev/fuse")
    if importlib.util.find_spec("mfusepy") is None:
        pytest.skip("needs mfusepy")
    disk = FuseDisk(folder / "backing", folder / "mount")
    disk.backing.mkdir()
    disk.mount.mkdir()
    disk.plug()
    try:
        yield disk
    finally:
        disk.unplug()


# ---- in the serving process ----------------------------------------------------------------------------------


class Calls:
    """What the kernel asks."""

    use_ns = True

    def __init__(self, backing: str, faults_file: str) -> None:
        self._backing = backing
        self._faults_file = faults_file

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        status = os.lstat(self._real(path, "stat"))
        told: dict[str, Any] = {name: getattr(status, name) for name in STAT}
        told |= {name: getattr(status, f"{name}_ns") for name in ("st_atime", "st_mtime", "st_ctime")}
        look = self._faults()
        if look.get("inodes", "own") != "own":
            told["st_ino"] = 7 if look["inodes"] == "one" else 0
        if not look.get("blocks", True):
            told["st_blocks"] = 0
        return told

    def readdir(self, path: str, fh: int) -> list[tuple[str, dict[str, int], int]]:
        folder = self._real(path, "list")
        # not 0, which stands for an entry that was deleted
        return [
            (name, {"st_mode": os.lstat(os.path.join(folder, name)).st_mode, "st_ino": 7}, 0)
            for name in os.listdir(folder)
        ]

    def open(self, path: str, flags: int) -> int:
        return os.open(self._real(path, "open"), flags)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        behind = self._faults().get("behind", 0)
        if offset >= behind:
            self._real(path, "read")
        elif behind:
            size = min(size, behind - offset)
        return os.pread(fh, size, offset)

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0

    def _real(self, path: str, call: str) -> str:
        while (faults := self._faults()) and call in faults.get("hang", ()) and faults["matching"] in path:
            time.sleep(0.02)
        if faults.get("errno") and call in faults["on"] and faults["matching"] in path:
            raise OSError(faults["errno"], "on purpose")
        return self._backing + path

    def _faults(self) -> dict[str, Any]:
        with open(self._faults_file, encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
        return found


def serve(backing: str, mount: str, faults_file: str) -> None:
    """Mount and serve; returns when unmounted."""
    import mfusepy

    server = type("Server", (Calls, mfusepy.Operations), {})(backing, faults_file)
    fresh = {"direct_io": True, "use_ino": True, "attr_timeout": 0, "entry_timeout": 0}
    try:
        mfusepy.FUSE(server, mount, foreground=True, nothreads=False, **fresh)
    except RuntimeError:
        raise SystemExit(errno.EPERM) from None


if __name__ == "__main__":
    serve(*sys.argv[1:])
