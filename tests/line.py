"""Everything between a folder and a client, in one process, with fakes for library and analyser."""

from __future__ import annotations

import os
from pathlib import Path

from fakes_analysis import FakeAnalyser
from fakes_library import FakeLibrary
from soundkin.config import OscSettings, ScanSettings
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import IndexSync
from soundkin.ingest.loop import Ingest
from soundkin.model import Aspect, FeatureParams, IndexStatus, Like, Progress, Query, Status
from soundkin.search import InMemoryCandidates, Searcher
from soundkin.service import SampleService
from soundkin_daemon.cli.demo import free_port
from soundkin_osc.server import OscServer

PARAMS = FeatureParams(1, 4, (Aspect("timbre", 0, 2), Aspect("envelope", 2, 4)))


class Line:
    """Everything between a folder and a client, in one process."""

    def __init__(self, folder: Path, library: FakeLibrary | None = None) -> None:
        self.folder = folder
        self.library = library or FakeLibrary(PARAMS)
        self.analyser = FakeAnalyser(PARAMS)
        self.index = VoyagerIndex(PARAMS, "fake")
        index_sync = IndexSync(self.library, self.index, folder.parent / "index.cache")
        self.ingest = Ingest(self.library, self.analyser, index_sync, ScanSettings(settle_s=0))
        self.followed: list[list[str]] = []
        self.service = SampleService(
            self.library,
            Searcher(self.library, InMemoryCandidates(self.library, self.index), lambda distance: 1 / (1 + distance)),
            self.analyser,
            ingest=self.ingest,
            report=self._report,
            follow=lambda roots: self.followed.append(list(roots)),
            pause_when=("recording",),
        )
        self.server = OscServer(self.service, OscSettings(port=free_port()), lambda: None)

    def _report(self, service: SampleService) -> Status:
        return Status(
            version="1",
            pid=1,
            port=self.server.port,
            roots=service.roots(),
            samples=service.count(),
            failed=service.failed(),
            progress=Progress(),
            index=IndexStatus(len(self.index), "ready"),
            memory_mb=1.0,
            scans=self.ingest.scans,
            last_scan=self.ingest.last_scan,
        )

    def file(self, name: str, data: bytes = b"") -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data or name.encode())
        os.utime(path, (1e9, 1e9))
        return str(path)


def ask(path: str, **more: object) -> Query:
    return Query(like=(Like(path=path),), **more)  # type: ignore[arg-type]
