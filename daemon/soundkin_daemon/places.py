"""Where things lie on this machine: the data directory and the files in it. The only reader of platformdirs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """The data directory and what is in it."""

    data_dir: Path

    def make_data_dir(self) -> None:
        """Make the data directory, for its owner only, where there is none."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        self.data_dir.mkdir(mode=0o700, exist_ok=True)

    @property
    def library(self) -> Path:
        """The SQLite library: the truth."""
        return self.data_dir / "library.db"

    @property
    def index(self) -> Path:
        """The similarity index: a cache that may be deleted."""
        return self.data_dir / "index.cache"

    @property
    def backups(self) -> Path:
        """Dated copies of the library."""
        return self.data_dir / "backups"

    @property
    def log(self) -> Path:
        """What the daemon did."""
        return self.data_dir / "soundkin.log"

    @property
    def lock(self) -> Path:
        """Held, by the operating system's own lock, for as long as a daemon lives."""
        return self.data_dir / "daemon.lock"

    @property
    def daemon(self) -> Path:
        """JSON with pid and port of the running daemon."""
        return self.data_dir / "daemon.json"

    @property
    def daemon_elsewhere(self) -> Path:
        """The same where the data directory cannot be written."""
        import getpass
        import tempfile
        from hashlib import blake2b

        name = blake2b(os.fsencode(os.path.realpath(self.data_dir)), digest_size=8).hexdigest()
        return Path(tempfile.gettempdir()) / f"soundkin-{getpass.getuser()}" / f"daemon-{name}.json"

    @property
    def mailbox(self) -> Path:
        """Request and reply files of scripts that have no sockets."""
        return self.data_dir / "mailbox"


def default_data_dir() -> Path:
    """The user's data directory for Soundkin, as the platform likes it."""
    from platformdirs import user_data_path

    return user_data_path("soundkin", appauthor=False)


def default_config_file() -> Path:
    """Where `soundkin.toml` is looked for when no `--config` says otherwise."""
    from platformdirs import user_config_path

    return user_config_path("soundkin", appauthor=False) / "soundkin.toml"
