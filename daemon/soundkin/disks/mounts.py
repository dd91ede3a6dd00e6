"""What is mounted where, and what kind of file system it is. The one place that asks the system for its mounts.

Raises `OSError` only where descriptors or memory ran out: that no mount is told of does not mean that there is none.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from soundkin.disks.shortage import raise_shortage

_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "afs", "9p", "v9fs", "ceph", "davfs", "webdav"}
    | {"glusterfs", "lustre", "vboxsf", "vmhgfs", "prl_fs", "drvfs", "macfuse", "osxfuse", "fuse", "acfs", "remote"}
)
_TELLS_BLOCKS = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "bcachefs", "zfs", "tmpfs", "overlay"})
_MOUNT_INFO = Path("/proc/self/mountinfo")


def is_silent(file_system: str) -> bool:
    """Whether changes made elsewhere give no events on such a file system; `fuseblk` is a local disk all the same."""
    name = file_system.lower()
    return name in _REMOTE or name.startswith("fuse.")


def tells_blocks(device: int) -> bool:
    """Whether a file of the device that occupies no block is certainly empty on its disk; False where unknown."""
    return file_system_of_device(device) in _TELLS_BLOCKS


def mount_points() -> frozenset[str]:
    """Where disks are mounted right now; empty where the system does not say."""
    return frozenset(point for point, _ in _mounts())


def file_system_of(path: str) -> str:
    """Type of the file system that holds a path, such as "ext4" or "nfs4"; "" where the system does not say."""
    if sys.platform == "win32" and path.startswith("\\\\"):
        return "remote"
    real = os.path.normcase(os.path.realpath(path))
    best, kind = -1, ""
    for mounted, file_system in _mounts():
        point = os.path.normcase(mounted).rstrip(os.sep) + os.sep
        if (real + os.sep).startswith(point) and len(point) >= best:  # of equal ones the later is on top
            best, kind = len(point), file_system
    return kind


def file_system_of_device(device: int, mount_info: Path = _MOUNT_INFO) -> str:
    """Type of the file system with this `st_dev`; "" where the system does not say."""
    if sys.platform != "linux":
        return ""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = mount_info.read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise_shortage(error)
        return ""
    for fields in map(str.split, lines):  # proc(5): id, parent, device, root, point, options, others, "-", type, ...
        if number in fields[2:3] and "-" in fields:
            return fields[fields.index("-") + 1]
    return ""


def _mounts() -> list[tuple[str, str]]:
    """Mount point and type of every mount, in their order."""
    import psutil

    try:
        mounts = psutil.disk_partitions(all=True)
    except (OSError, psutil.Error) as error:
        raise_shortage(error)
        return []
    return [(each.mountpoint, "remote" if "remote" in each.opts.split(",") else each.fstype) for each in mounts]
