"""Installing the REAPER scripts: find resource folders, copy, compare, remove. Files only, no socket.

Only files listed in our own manifest are ever replaced or removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import sys
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from soundkin.errors import ConfigError
from soundkin_daemon.reaper.endpoint_file import EndpointFile, endpoint_path, own_command, write_endpoint
from soundkin_osc.protocol.limits import ASPECTS

if TYPE_CHECKING:
    from collections.abc import Mapping

SETUP_ACTION = "soundkin_Setup and status.lua"
_FOLDER = "soundkin"
_MANIFEST = ".soundkin-installed"


@dataclass(frozen=True, slots=True)
class Installation:
    """What is in one REAPER resource folder."""

    resource: Path
    present: tuple[str, ...]
    """Installed files, relative to `resource`."""
    missing: tuple[str, ...] = ()
    """Files of this version that are not there."""
    changed: tuple[str, ...] = ()
    """Files that differ from this version's."""

    @property
    def scripts(self) -> Path:
        """Folder that holds our scripts."""
        return self.resource / "Scripts" / _FOLDER

    @property
    def endpoint(self) -> Path:
        """Our endpoint file in this resource folder."""
        return self.resource / "Data" / _FOLDER / "endpoint"

    @property
    def setup_action(self) -> Path:
        """The script that a user loads first."""
        return self.scripts / SETUP_ACTION


def script_source() -> Path:
    """Folder of the scripts that came with this installation: inside the wheel, else in the source tree.

    Raises `ConfigError` where neither exists.
    """
    here = Path(__file__).resolve().parents[1]  # the package soundkin_daemon
    for folder in (here / "reaper_scripts", here.parents[1] / "scripts" / "reaper" / _FOLDER):
        if (folder / SETUP_ACTION).is_file():
            return folder
    raise ConfigError(f"the REAPER scripts are missing from this installation ({here})")


def resource_candidates(platform: str, environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Where REAPER keeps its resource folder on this system, most likely first; none need exist."""
    if platform == "win32":
        roaming = environ.get("APPDATA")
        return (Path(roaming) / "REAPER",) if roaming else (home / "AppData" / "Roaming" / "REAPER",)
    if platform == "darwin":
        return (home / "Library" / "Application Support" / "REAPER",)
    config = environ.get("XDG_CONFIG_HOME")
    folders = [Path(config) / "REAPER"] if config else []
    return (*folders, home / ".config" / "REAPER")


def find_resource(wanted: Path | None = None) -> Path:
    """The resource folder to install into: the given one, else the first of this system's that exists.

    Raises `ConfigError` naming the folders that were looked for.
    """
    if wanted is not None:
        if not wanted.is_dir():
            raise ConfigError(f"no such folder: {wanted}")
        return wanted.absolute()
    candidates = resource_candidates(sys.platform, os.environ, Path.home())
    for folder in candidates:
        if folder.is_dir():
            return folder
    looked = ", ".join(str(folder) for folder in candidates)
    raise ConfigError(
        f"no REAPER resource folder found (looked for {looked}). "
        "In REAPER: Options > Show REAPER resource path; then give that folder with --resource"
    )


def install(resource: Path, data_dir: Path, source: Path | None = None) -> Installation:
    """Copy the scripts into `resource` and write the endpoint that leads to the daemon of `data_dir`.

    Repeating it updates; files of an older version that are gone from this one are removed. Raises OSError.
    """
    source = source or script_source()
    place = Installation(resource, ())
    wanted = _wanted(source)
    for stale in set(_manifest(place)) - set(wanted):
        _remove(place, stale)
    for name, origin in wanted.items():
        target = resource / name
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(target.name + ".tmp")
        draft.write_bytes(origin.read_bytes())
        draft.replace(target)
    (place.scripts / _MANIFEST).write_text("\n".join(wanted) + "\n", "utf-8")
    write_endpoint(
        place.endpoint,
        EndpointFile(
            command=own_command(),
            aspects=ASPECTS,
            data_dir=str(data_dir.absolute()),
            see=str(endpoint_path(data_dir.absolute())),
        ),
    )
    return inspect(resource, source)


def inspect(resource: Path, source: Path | None = None) -> Installation:
    """What is installed in `resource`, compared with this version's scripts."""
    source = source or script_source()
    wanted = _wanted(source)
    present = tuple(name for name in wanted if (resource / name).is_file())
    changed = tuple(name for name in present if _digest(resource / name) != _digest(wanted[name]))
    return Installation(resource, present, tuple(sorted(set(wanted) - set(present))), changed)


def uninstall(resource: Path) -> tuple[str, ...]:
    """Remove what `install` put there and nothing else; the files that were removed."""
    place = Installation(resource, ())
    names = _manifest(place)
    removed = tuple(name for name in names if _remove(place, name))
    if names:
        _remove(place, f"Scripts/{_FOLDER}/{_MANIFEST}")
    with contextlib.suppress(OSError):
        place.endpoint.unlink()
        place.endpoint.parent.rmdir()
    return removed


def registered_actions(resource: Path) -> tuple[str, ...]:
    """Our scripts that REAPER's action list knows, from its own key file (which it writes when it ends)."""
    try:
        lines = (resource / "reaper-kb.ini").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    found = (re.search(r"soundkin_[^\"/\\]+\.lua", line) for line in lines if line.startswith("SCR "))
    return tuple(sorted({match[0] for match in found if match}))


def mailbox_answers(folder: str, timeout_s: float = 1.5) -> bool:
    """Whether a ping posted in the daemon's mailbox is answered, as a script would post it."""
    from soundkin_osc.carriers.framing import size_framed
    from soundkin_osc.protocol.codec import Message, encode

    if not folder or not Path(folder).is_dir():
        return False
    name = f"{int(time.time()) & 0xFFFFFFFF:08x}{secrets.token_hex(6)}"
    request, answer = Path(folder) / f"req-{name}.osc", Path(folder) / f"res-{name}.osc"
    draft = request.with_suffix(".tmp")
    try:
        with draft.open("xb") as file:  # through no link
            file.write(size_framed([encode(Message("/soundkin/ping", (1,)))]))
        draft.replace(request)
        deadline = time.monotonic() + timeout_s
        while not answer.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return answer.exists()
    except OSError:
        return False
    finally:
        for path in (draft, request, answer):
            path.unlink(missing_ok=True)


def _wanted(source: Path) -> dict[str, Path]:
    """Where each file goes, relative to the resource folder, and which file that is."""
    found: dict[str, Path] = {}
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if any(part.startswith(".") for part in name.parts) or not path.is_file():
            continue
        if path.suffix == ".lua":
            found[f"Scripts/{_FOLDER}/{name.as_posix()}"] = path
        elif path.suffix == ".ReaperOSC":
            found[f"OSC/{name.name}"] = path
    return found


def _manifest(place: Installation) -> tuple[str, ...]:
    try:
        lines = (place.scripts / _MANIFEST).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(line for line in lines if line and _stays_inside(line))


def _stays_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    ours = parts[:2] == ("Scripts", _FOLDER) or (parts[:1] == ("OSC",) and name.endswith(".ReaperOSC"))
    return ours and ".." not in parts and "\\" not in name and ":" not in name


def _remove(place: Installation, name: str) -> bool:
    path = place.resource / name
    try:
        path.unlink()
    except OSError:
        return False
    for folder in path.parents:
        if folder.parent == place.resource:  # Scripts and OSC are REAPER's own
            break
        try:
            folder.rmdir()
        except OSError:
            break
    return True


def _digest(path: Path) -> bytes:
    return hashlib.blake2b(path.read_bytes()).digest()
