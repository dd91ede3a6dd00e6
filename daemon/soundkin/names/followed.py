"""Where a folder lies in the followed folder that holds it. Pure, and light to import."""

from __future__ import annotations

import os


def followed_part(folder: str, root: str) -> str:
    """A folder from the followed folder's own name downwards, between slashes: `/Drums/Kicks/808/`."""
    top = os.path.dirname(root.rstrip(os.sep))
    return "/" + folder.removeprefix(top).replace(os.sep, "/").strip("/") + "/"
