"""What kind of file system a folder is on, and whether it tells of changes. The one place that asks for mounts."""

from __future__ import annotations

import os
import sys

_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "afs", "9p", "v9fs", "ceph", "davfs", "webdav"}
    | {"glusterfs", "lustre", "vboxsf", "vmhgfs", "prl_fs", "drvfs", "macfuse", "osxfuse", "fuse", "acfs", "remote"}
)


def is_silent(file_system: str) -> bool:
    """Whether changes made elsewhere give no events on such a file system; `fuseblk` is a local disk all the same."""
    name = file_system.lower()
    return name in _REMOTE or name.startswith("fuse.")


def file_system_of(path: str) -> str:
    """Type of the file system that holds a path, such as "ext4" or "nfs4"; "" where the system does not say."""
    if sys.platform == "win32" and path.startswith("\\\\"):
        return "remote"
    import psutil

    try:
        mounts = psutil.disk_partitions(all=True)
    except (OSError, psutil.Error):
        return ""
    real = os.path.normcase(os.path.realpath(path))
    best, kind = -1, ""
    for mount in mounts:
        point = os.path.normcase(mount.mountpoint).rstrip(os.sep) + os.sep
        if (real + os.sep).startswith(point) and len(point) >= best:  # of equal ones the later is on top
            best = len(point)
            kind = "remote" if "remote" in mount.opts.split(",") else mount.fstype
    return kind
