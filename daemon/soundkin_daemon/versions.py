"""Versions of Soundkin and its main dependencies, read from package metadata without importing them."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

from soundkin import __version__

_PACKAGES = [
    "numpy",
    "librosa",
    "soundfile",
    "tinytag",
    "voyager",
    "apsw",
    "sqlite-vec",
    "watchdog",
    "python-osc",
    "msgspec",
    "h11",
    "websockets",
    "platformdirs",
    "filelock",
    "typer",
    "rich",
]


def versions() -> dict[str, str]:
    """Name to version, Soundkin first; "missing" for what is not installed."""
    found = {"soundkin": __version__, "python": platform.python_version(), "platform": platform.platform()}
    for package in _PACKAGES:
        try:
            found[package] = installed_version(package)
        except PackageNotFoundError:
            found[package] = "missing"
    return found
