"""Plays a sound through a player that the system has. The one place with the platforms' differences in this."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from soundkin.errors import SoundkinError

_PLAYERS = (("afplay",), ("pw-play",), ("paplay",), ("aplay", "-q"), ("play", "-q"))


def play(path: str) -> None:
    """Play a file and return when it has ended. Raises `SoundkinError` where there is no player or no device."""
    from soundkin.analysis.audition import write_preview

    with tempfile.TemporaryDirectory(prefix="soundkin-play-", ignore_cleanup_errors=True) as folder:
        preview = str(Path(folder) / "preview.wav")
        length_s = write_preview(path, preview)
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(preview, winsound.SND_FILENAME)
            return
        words = next((player for player in _PLAYERS if shutil.which(player[0])), None)
        if words is None:
            names = ", ".join(player[0] for player in _PLAYERS)
            raise SoundkinError(f"no audio player found; looked for {names}")
        try:
            done = subprocess.run([*words, preview], capture_output=True, timeout=length_s + 10, check=False)
        except subprocess.TimeoutExpired:
            raise SoundkinError(f"{words[0]} does not come to an end") from None
        if done.returncode:
            reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise SoundkinError(f"{words[0]} cannot play: {reason[-1] if reason else done.returncode}")
