"""The longest questions that can be asked, and how long a plain one waits beside them, over libraries without audio.

A server in this process answers over UDP. For each kind of question: how long it takes alone, and the p50 and the
longest of the plain question (`find/id`) of another endpoint while one endpoint asks eight of these at once.

    python benchmarks/fairness.py [--rows 20000 150000] [--keep FOLDER] [--limit SECONDS]
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from soundkin.analysis import PARAMS, similarity
from soundkin.config import OscSettings
from soundkin.index import VoyagerIndex
from soundkin.library import open_library
from soundkin.search import InMemoryCandidates, Searcher
from soundkin.service import SampleService
from soundkin_daemon.engine import InProcessAnalyser
from soundkin_osc.protocol.codec import Message, decode, encode
from soundkin_osc.server import OscServer

AT_ONCE = 8
PLAIN_S = 0.05
"""Pause between two plain questions."""


def shaped(**shape: object) -> tuple[str, tuple[object, ...]]:
    """A question as JSON."""
    return "find/query", (json.dumps({"like": [{"id": 5}], "k": 64, **shape}),)


def kinds(rows: int) -> dict[str, tuple[str, tuple[object, ...]]]:
    """Address and arguments behind the request id, by name."""
    sixty_four = [{"id": number} for number in range(1, 65)]
    return {
        "plain": ("find/id", (5, 16)),
        "filter that nothing matches": shaped(filter="dur>1000"),
        "64 terms": shaped(filter=" ".join(f"-name:x{n}" for n in range(64))),
        "per folder, not filled": shaped(per_folder=1, filter='in:"Pack 1/"'),
        "folded": shaped(fold_duplicates=True),
        "folded, a late page": shaped(fold_duplicates=True, offset=9_936),
        "folded and per folder, not filled": shaped(fold_duplicates=True, per_folder=1, offset=9_936),
        "novelty, folded": shaped(fold_duplicates=True, novelty=1.0),
        "list, no match by filter": ("find/text", ("", 64, 0, "dur>1000")),
        "list, no match by words": ("find/text", ("zzzä " * 64,)),
        "list, a late page": ("find/text", ("", 64, rows - 100)),
        "kit, 64 slots of 64": ("find/kit", (64, "", json.dumps({"like": sixty_four}))),
        "duplicates": ("duplicates", (0.75,)),
    }


class Peer:
    """An endpoint."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.connect(("127.0.0.1", port))
        self._rid = 0

    def ask(self, address: str, args: tuple[object, ...]) -> int:
        """Send; the request id."""
        self._rid += 1
        self._socket.send(encode(Message(f"/soundkin/{address}", (self._rid, *args))))  # type: ignore[arg-type]
        return self._rid

    def give_up(self, rid: object) -> None:
        """Cancel a question."""
        self._socket.send(encode(Message("/soundkin/cancel", (rid,))))  # type: ignore[arg-type]

    def ends(self, wait_s: float) -> list[tuple[object, str]]:
        """Request ids that have an answer within the time, with how it ended."""
        self._socket.settimeout(max(0.0001, wait_s))
        try:
            messages = decode(self._socket.recv(65_535))
        except (TimeoutError, BlockingIOError):
            return []
        ends = [m for m in messages if m.address in ("/soundkin/done", "/soundkin/error")]
        return [(m.args[0], "" if m.address.endswith("done") else f"error {m.args[1]!r}") for m in ends]

    def waits(self, address: str, args: tuple[object, ...], limit_s: float) -> tuple[float, str]:
        """Seconds until the answer, and how it ended."""
        started, rid = time.perf_counter(), self.ask(address, args)
        while (passed := time.perf_counter() - started) < limit_s:
            for ended, how in self.ends(limit_s - passed):
                if ended == rid:
                    return time.perf_counter() - started, how
        return limit_s, "no answer"


def beside(port: int, question: tuple[str, tuple[object, ...]], limit_s: float) -> list[float]:
    """Seconds that plain questions took while another endpoint waited for eight answers."""
    heavy, plain = Peer(port), Peer(port)
    open_: set[object] = {heavy.ask(*question) for _ in range(AT_ONCE)}
    times: list[float] = []
    until = time.perf_counter() + limit_s
    while open_ and time.perf_counter() < until:
        times.append(plain.waits("find/id", (7, 16), until - time.perf_counter())[0])
        pause = time.perf_counter() + PLAIN_S
        while open_ and (left := pause - time.perf_counter()) > 0:
            open_ -= {rid for rid, _ in heavy.ends(left)}
    for rid in open_:
        heavy.give_up(rid)
    return times


def measure(folder: Path, limit_s: float) -> None:
    """Print one library's table."""
    library = open_library(folder / "library.sqlite3", PARAMS)
    index = VoyagerIndex.load(folder / "index.soundkin", PARAMS, library.uid, library.stored_vectors())
    index.settle()
    candidates = InMemoryCandidates(library, index)
    service = SampleService(library, Searcher(library, candidates, similarity), InProcessAnalyser())
    candidates.warm()
    sys.setswitchinterval(0.0005)  # as the daemon does
    server = OscServer(service, OscSettings(port=0), lambda: None)
    server.start()
    heads = (f"{len(index):,} samples", "alone", "ended", "plain beside eight: p50", "longest")
    print(f"| {' | '.join(heads)} |\n{'| --- ' * len(heads)}|")
    for name, question in kinds(len(index)).items():
        alone, how = Peer(server.port).waits(*question, limit_s)
        times = beside(server.port, question, limit_s) or [0.0]
        cells = f"{alone:.2f} s | {how or 'done'} | {np.median(times) * 1000:.0f} ms | {max(times) * 1000:.0f} ms"
        print(f"| {name} | {cells} |", flush=True)
    server.stop()
    index.close()
    library.close()


def main() -> None:
    """Build and measure every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 150_000])
    parser.add_argument("--keep", type=Path, help="folder for the libraries, used again if they are there")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds after which a question is given up (120)")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.limit)
        return
    from made_up_library import build

    with tempfile.TemporaryDirectory() as temporary:
        for rows in options.rows:
            folder = Path(options.keep or temporary) / str(rows)
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / "index.soundkin").exists():
                build(folder, rows, None)
            command = [sys.executable, __file__, "--measure", str(folder), "--limit", str(options.limit)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
