"""Stands in for REAPER's ExecProcess: takes a command line apart at its quotes, as Windows does, and uses no shell.

usage: exec_process.py FILE-WITH-THE-COMMAND-LINE MILLISECONDS (negative: do not wait). Prints exit code and output.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def words(line: str) -> list[str]:
    """The words of a command line; quotes hold words together and are dropped."""
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', line)]


if __name__ == "__main__":
    line = Path(sys.argv[1])
    argv = words(line.read_text("utf-8"))
    line.unlink()
    wait = int(sys.argv[2])
    if wait < 0:
        subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    else:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=wait / 1000 or None, check=False)
        sys.stdout.write(f"{done.returncode}\n{done.stdout}")
