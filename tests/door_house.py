"""A library analysed from real files, and the two ways to ask about it: in this process, and a daemon over a socket."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from daemon_process import daemon, run_cli
from soundkin.config import Settings
from soundkin.errors import SoundkinError
from soundkin.interfaces import Door
from soundkin.model import Answer, Like, SampleId, Status
from soundkin_daemon.cli.demo_sounds import write_library
from soundkin_daemon.engine import open_service
from soundkin_daemon.places import Places

COPIES = 70
"""More rows than a page over UDP holds."""
ODD = b"caf\xe9 \xff.wav".decode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class House:
    """A scanned library: kinds of sounds, copies of one, an odd name, no audio, a missing file, a disk that is away."""

    top: Path

    @property
    def data(self) -> Path:
        return self.top / "data"

    def path(self, name: str) -> str:
        return str(self.top / "samples" / name)

    @property
    def stranger(self) -> str:
        """A file outside every followed folder."""
        return str(self.top / "stranger.wav")

    @property
    def missing(self) -> str:
        return self.path("bell/bell-2.wav")

    @property
    def offline(self) -> str:
        return str(self.top / "disk/tom-1.wav")


def build(top: Path) -> House:
    house = House(top.resolve())
    samples = house.top / "samples"
    write_library(samples, each=3)
    (samples / "copies").mkdir()
    for number in range(COPIES):
        shutil.copyfile(samples / "snare/snare-1.wav", samples / f"copies/{number:03}.wav")
    try:
        shutil.copyfile(samples / "hat/hat-1.wav", samples / ODD)
    except OSError:
        shutil.copyfile(samples / "hat/hat-1.wav", samples / "plain.wav")
    (samples / "broken.wav").write_bytes(b"this is no audio at all")
    (samples / "tom").rename(house.top / "disk")
    shutil.copyfile(samples / "kick/kick-1.wav", house.stranger)
    (house.top / "text.wav").write_bytes(b"nor is this")
    run_cli(house.data, "scan", str(samples), str(house.top / "disk"))
    Path(house.missing).unlink()
    (house.top / "disk").rename(house.top / "unplugged")
    run_cli(house.data, "scan")
    return house


@contextmanager
def opened(kind: str, house: House) -> Iterator[Door]:
    with ExitStack() as parts:
        if kind == "here":
            yield parts.enter_context(open_service(Places(house.data), Settings()))
        else:
            running = parts.enter_context(daemon(house.data))
            running.scanned()
            yield running.client


def plain(value: Any) -> Any:
    """An answer without what names the process that gave it."""
    if isinstance(value, Answer):
        return replace(value, snapshot="")
    if isinstance(value, Status):
        return value.version, value.roots, value.samples, value.failed, value.unheard
    return value


def outcome(door: Door, house: House, ask: Callable[[Door, House], Any]) -> Any:
    try:
        return plain(ask(door, house))
    except SoundkinError as error:
        return "error", str(error)


def like(house: House, name: str, **more: Any) -> tuple[Like, ...]:
    return (Like(path=house.path(name), **more),)


def id_of(door: Door, house: House, name: str) -> SampleId:
    """The number of a sample: which file has which number depends on which worker was quicker."""
    sample = door.by_path(house.path(name))
    assert sample is not None, name
    return sample.id


def like_ids(door: Door, house: House, *names: str) -> tuple[Like, ...]:
    return tuple(Like(id=id_of(door, house, name)) for name in names)
