"""Asking disks: in lanes, where they are mounted, and what is a lack of our own and no word of theirs.

A lane is a thread for each place and kind of work, which may hang and holds up no other. A system call on a disk that
does not answer can be neither ended nor relied on to return: it is made on a lane's thread, and who wants its result
waits only while that thread shows signs of life.
"""

from soundkin.disks.lane import AbandonedError, DiskHangsError, Hang, Kind, beat
from soundkin.disks.lanes import PATIENCE_S, VERDICT_S, Lanes

__all__ = ["PATIENCE_S", "VERDICT_S", "AbandonedError", "DiskHangsError", "Hang", "Kind", "Lanes", "beat"]
