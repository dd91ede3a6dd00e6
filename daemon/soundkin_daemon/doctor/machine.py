"""The checks of `soundkin doctor` that look at the machine: packages, data directory, daemon, port, limits, REAPER."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin.errors import SoundkinError
from soundkin_daemon.doctor.case import Case, Check, Machine
from soundkin_daemon.ownership import Owner, is_owned, read_owner
from soundkin_daemon.versions import versions

if TYPE_CHECKING:
    from soundkin_daemon.reaper.installation import Installation

_ROOM_MB = 200
_WATCHES_SHARE = 0.8


def versions_complete(_: Case) -> Iterator[Check]:
    """Every package that Soundkin needs is installed."""
    found = versions()
    missing = [name for name, version in found.items() if version == "missing"]
    if missing:
        sentence = f"Packages are missing: {', '.join(missing)}."
        yield Check("versions", False, sentence, "Install Soundkin again: `pip install --force-reinstall soundkin`.")
    else:
        listed = ", ".join(f"{name} {version}" for name, version in found.items())
        yield Check("versions", True, f"{listed}.")


def data_directory(case: Case) -> Iterator[Check]:
    """The data directory is ours, can be written, and has room."""
    name, folder = "data directory", case.places.data_dir
    if not folder.exists():
        yield Check(name, True, f"{folder} does not exist yet; the first start makes it.")
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        sentence = f"{folder} cannot be written: {error.strerror or error}."
        yield Check(name, False, sentence, "Give your user write permission, or choose another --data-dir.")
        return
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if free_mb < _ROOM_MB:
        sentence = f"The disk of {folder} has {free_mb} MB left; analysis pauses when it is full."
        yield Check(name, False, sentence, f"Free at least {_ROOM_MB} MB.")
        return
    others = os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & (stat.S_IWGRP | stat.S_IWOTH)
    if others:
        yield Check(name, False, f"Other users may write to {folder}.", f"Run `chmod go-w {folder}`.")
    else:
        yield Check(name, True, f"{folder} can be written; {free_mb} MB are free on its disk.")


def mailbox(case: Case) -> Iterator[Check]:
    """The folder through which scripts without sockets ask is ours alone."""
    from soundkin_osc.carriers.private_folder import inspect

    name, folder = "mailbox", case.places.mailbox
    if why := inspect(folder):
        remedy = f"Give it to your user alone, or move it away: the daemon makes it again. Its place is {folder}."
        yield Check(name, False, f"{folder} {why}; scripts without sockets get no answers through it.", remedy)
    elif folder.exists():
        yield Check(name, True, f"{folder} can be used by your user alone.")
    else:
        yield Check(name, True, f"{folder} does not exist yet; the daemon makes it.")


def daemon(case: Case) -> Iterator[Check]:
    """Who owns the data directory, and whether a crash left its record."""
    if not case.places.data_dir.exists():
        return
    owner, owned = read_owner(case.places), is_owned(case.places)
    if owned and owner:
        yield Check("daemon", True, f"The daemon runs as process {owner.pid} on port {owner.port}.")
        for note in _notes(owner):
            yield Check("notes", True, f"The daemon says: {note.rstrip('.')}.")
    elif owned:
        yield Check("daemon", True, "The daemon is just starting or stopping.")
    elif owner:
        sentence = f"The last daemon (process {owner.pid}) ended without taking leave; nothing is locked by it."
        yield Check("daemon", True, sentence, "`soundkin start` begins a new one.")
    else:
        yield Check("daemon", True, "No daemon runs.", "`soundkin start` begins one.")


def _notes(owner: Owner) -> tuple[str, ...]:
    """What a person should read of the running daemon; nothing where it does not answer."""
    from soundkin_osc.client.udp_client import SoundkinClient

    with suppress(SoundkinError), SoundkinClient(owner.host, owner.port, timeout_s=1.0) as client:
        return client.status().notes
    return ()


def port(case: Case) -> Iterator[Check]:
    """The OSC port is free, or our daemon's."""
    host, number = case.settings.osc.host, case.port
    change = f"Choose another port: --port, or `port` in [osc] of the settings file; now {number}."
    owner = read_owner(case.places) if case.places.data_dir.exists() and is_owned(case.places) else None
    refusal = _refusal(host, number)
    if refusal is None:
        lost = owner is not None and owner.port == number
        if lost:
            sentence = f"The daemon says it listens on port {number}, but nothing does."
            yield Check("port", False, sentence, "Restart the daemon: `soundkin stop`, `soundkin start`.")
        else:
            next_start = f"; the daemon listens on {owner.port} until its next start" if owner is not None else ""
            yield Check("port", True, f"Port {number} on {host} is free{next_start}.")
    elif refusal.errno != errno.EADDRINUSE:
        sentence = f"Port {number} on {host} cannot be opened: {refusal.strerror or refusal}."
        yield Check("port", False, sentence, change)
    elif not _answers(host, number):
        yield Check("port", False, f"Port {number} is used by another program, which is no Soundkin.", change)
    elif owner is not None and owner.port == number:
        yield Check("port", True, f"Port {number} answers; it is the daemon of this data directory.")
    else:
        yield Check("port", False, f"Port {number} belongs to the Soundkin daemon of another data directory.", change)


def _refusal(host: str, number: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, number))
        except OSError as error:
            return error
    return None


def _answers(host: str, number: int) -> bool:
    from soundkin_osc.client.udp_client import SoundkinClient

    with SoundkinClient(host, number, timeout_s=1.0) as client:
        return client.ping()


def watch_limits(machine: Machine, needed: int) -> Check | None:
    """On Linux: whether there are inotify watches for `needed` folders; None elsewhere."""
    if machine.platform != "linux":
        return None
    limits = machine.proc / "sys" / "fs" / "inotify"
    try:
        most = int((limits / "max_user_watches").read_text("ascii"))
        queue = int((limits / "max_queued_events").read_text("ascii"))
    except (OSError, ValueError):
        sentence = "The limits of folder watching cannot be read here; regular scans find changes."
        return Check("watching", True, sentence)
    if needed <= most * _WATCHES_SHARE:
        sentence = f"Folders to watch: {needed}; watches allowed: {most}; events queued at most: {queue}."
        return Check("watching", True, sentence)
    sentence = f"Watching takes one inotify watch a folder: {needed} are needed, {most} allowed for all programs."
    remedy = (
        f"Run `sudo sysctl fs.inotify.max_user_watches={max(524_288, 2 * needed)}` and write the same setting "
        "to /etc/sysctl.d/90-soundkin.conf. Until then regular scans find changes, only later."
    )
    return Check("watching", False, sentence, remedy)


def reaper(case: Case) -> Iterator[Check]:
    """REAPER's resource folder, and whether our scripts in it are of this version."""
    from soundkin_daemon.reaper.installation import inspect, resource_candidates

    machine = case.machine
    found = [path for path in resource_candidates(machine.platform, machine.environ, machine.home) if path.is_dir()]
    if not found:
        yield Check("reaper", True, "REAPER's resource folder was not found, which matters only if you use REAPER.")
        return
    yield from (_scripts(resource, inspect(resource)) for resource in found)


def _scripts(resource: Path, installed: Installation) -> Check:
    install = "Run `soundkin reaper install`."
    present, missing, changed = installed.present, installed.missing, installed.changed
    if not present:
        return Check("reaper", True, f"REAPER's folder is {resource}; our scripts are not in it.", install)
    if missing or changed:
        sentence = f"The scripts in {resource} are of another version ({len(missing)} missing, {len(changed)} differ)."
        return Check("reaper", False, sentence, install)
    return Check("reaper", True, f"All {len(present)} scripts are in {resource}.")


def analysis(_: Case) -> Iterator[Check]:
    """The arithmetic of the analysis agrees with librosa's on this machine."""
    from soundkin.analysis.reference import self_check

    problems = self_check()
    if problems:
        remedy = "Reinstall numpy, scipy and librosa; report a bug if this stays."
        yield Check("analysis", False, f"The analysis disagrees with its reference: {'; '.join(problems)}.", remedy)
    else:
        yield Check("analysis", True, "The analysis agrees with its reference, librosa.")
