"""What a caller is told that does not see paths: no text that could name one. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.error_codes import code_of

if TYPE_CHECKING:
    from soundkin.errors import SoundkinError
    from soundkin_osc.peers.endpoint import Endpoint

_ADDRESS = re.compile(r"/soundkin/[\w/.]*\w")
_SLASH = re.compile(r"[/\\]")


def names_a_path(text: str) -> bool:
    """Whether a text may name a folder or a file in one: it has a slash that is no part of an address of ours."""
    own = _ADDRESS.sub(lambda found: "" if found[0] in TABLE else found[0], text)
    return _SLASH.search(own) is not None


def reason(error: SoundkinError, endpoint: Endpoint) -> str:
    """The sentence of an error, or what its code means where the sentence may name a path."""
    text = str(error)
    return text if endpoint.sees_paths or not names_a_path(text) else code_of(error).meaning
