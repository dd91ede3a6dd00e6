"""A disk in a file, mounted and unmounted at will. Needs root, a loop device and the tools to make file systems."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class LoopDisk:
    """A file system in an image."""

    def __init__(self, image: Path, mount: Path) -> None:
        self.image = image
        self.mount = mount

    def plug(self) -> None:
        """Mount it."""
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.mount)], check=True, capture_output=True)

    def unplug(self) -> None:
        """Unmount it at once, whoever reads from it."""
        if os.path.ismount(self.mount):
            subprocess.run(["umount", "-l", str(self.mount)], check=True, capture_output=True)


@contextmanager
def loop_disk(
    folder: Path, *, megabytes: int = 24, kind: str = "ext4", mount: Path | None = None
) -> Iterator[LoopDisk]:
    """A plugged-in disk, at `folder`/mount unless said otherwise; the test is skipped where that cannot be."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs root, to mount a disk")
    maker = shutil.which(f"mkfs.{kind}")
    if maker is None or shutil.which("mount") is None:
        pytest.skip(f"needs mkfs.{kind} and mount")
    disk = LoopDisk(folder / "disk.img", mount or folder / "mount")
    disk.mount.mkdir(parents=True, exist_ok=True)
    with disk.image.open("wb") as file:
        file.truncate(megabytes << 20)
    quiet = ["-q"] if kind == "ext4" else []
    subprocess.run([maker, *quiet, str(disk.image)], check=True, capture_output=True)
    try:
        disk.plug()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"a {kind} disk cannot be mounted here: {error.stderr.decode(errors='replace').strip()}")
    try:
        yield disk
    finally:
        disk.unplug()
