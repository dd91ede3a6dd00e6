"""Every setting with its default, meaning and limits; each class is a table of `soundkin.toml`. Pure."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from soundkin.config.field import setting
from soundkin.config.network import controller_address, host_of, network_of, origin_of
from soundkin.model import Transport

DEFAULT_PORT = 27400
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class OscSettings:
    """Where OSC listens, and who may ask."""

    host: str = setting(
        "127.0.0.1",
        "Address to listen on; any other than this machine's own lets the network in.",
        form=host_of,
    )
    port: int = setting(DEFAULT_PORT, "Port of UDP, TCP, HTTP and WebSocket alike.", limits=(1, 65_535))
    lan: bool = setting(False, "Whether other machines may ask; needs `host` and `allow`.")
    allow: tuple[str, ...] = setting(
        (), 'Machines that may ask in LAN mode, such as "192.168.1.0/24".', form=network_of
    )
    token: str = setting(
        "", "What other machines say to use TCP, to see values and to change things; empty: they cannot.", shortest=12
    )
    show_paths: bool = setting(False, "Whether other machines are told where files lie, not only their names.")
    origins: tuple[str, ...] = setting(
        (),
        'Web pages that may connect by WebSocket, such as "http://localhost:8080"; programs always may.',
        form=origin_of,
    )
    controllers: tuple[str, ...] = setting(
        (),
        'Controllers that cannot subscribe: always pushed to, and let press buttons, such as "192.168.1.20:9000".',
        form=controller_address,
    )


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """The worker processes."""

    workers: int = setting(
        0, "Number of worker processes; 0: one fewer than the machine has cores, at least one.", limits=(0, 256)
    )
    time_limit_s: float = setting(
        30.0, "Longest time for one file, in seconds; after it the file is given up.", limits=(1, 3600)
    )
    pause_when: tuple[str, ...] = setting(
        (Transport.RECORDING.value,),
        "States of the DAW's transport in which analysis pauses.",
        choices=(Transport.RECORDING, Transport.PLAYING),
    )
    pause_above_load: float = setting(
        100.0,
        "Analysis pauses while other programs use more than this share of all cores, in percent; 100: never.",
        limits=(1, 100),
    )
    pause_below_battery: float = setting(
        20.0,
        "On battery, analysis pauses below this charge, in percent; 0: never, 100: whenever on battery.",
        limits=(0, 100),
    )


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """How folders are followed."""

    interval_s: float = setting(
        300.0,
        "Time between two comparisons of all folders with the library, in addition to those after events, in seconds.",
        limits=(1, _DAY_S),
    )
    poll_s: float = setting(
        30.0,
        "The same for folders that cannot be watched or are on a network, in seconds.",
        limits=(1, _DAY_S),
    )
    poll: tuple[str, ...] = setting(
        (), "Globs of followed folders that look local but report no changes; they are compared as often as these."
    )
    settle_s: float = setting(
        0.5, "A file counts as complete when it has not changed for this time, in seconds.", limits=(0, 60)
    )
    ignore: tuple[str, ...] = setting(
        (), "Globs of names or paths to leave out, besides hidden files and what audio programs leave behind."
    )
    missing_keep_days: float = setting(
        30.0, "How long all that is known of a vanished file is kept for its return, in days.", limits=(0, 36_500)
    )


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """The voyager graph; see its documentation for M and ef."""

    M: int = setting(16, "Links of each point: more finds better and takes more memory.", limits=(2, 128))
    ef_construction: int = setting(
        200, "Candidates looked at when a point is added: more finds better and builds slower.", limits=(8, 2000)
    )
    query_ef: int = setting(
        100, "Candidates looked at for a question: more finds better and answers slower.", limits=(8, 10_000)
    )


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The log file in the data directory."""

    level: str = setting(
        "info", "Least important lines that are written.", choices=("debug", "info", "warning", "error")
    )
    max_mb: float = setting(
        5.0, "Size at which a new log file is begun, in MB; one older file is kept.", limits=(0.1, 1000)
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; each field is a table of `soundkin.toml`."""

    osc: OscSettings = field(default_factory=OscSettings)
    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    scan: ScanSettings = field(default_factory=ScanSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    log: LogSettings = field(default_factory=LogSettings)


def worker_count(settings: AnalysisSettings) -> int:
    """How many analysis processes to run: as set, else one fewer than the cores, at least one."""
    return settings.workers or max(1, (os.cpu_count() or 2) - 1)
