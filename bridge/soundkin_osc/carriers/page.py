"""The controller page for browsers: page.html with the aspects and the number of slots filled in. Reads only that file.

The file itself names no aspect: what the address table is made from, the page is made from too.
"""

from __future__ import annotations

import json
from pathlib import Path

from soundkin_osc.protocol.limits import ASPECTS, SLOTS

_MARK = "{{table}}"


def page() -> bytes:
    """The page as it is served, UTF-8."""
    table = json.dumps({"aspects": ASPECTS, "slots": SLOTS})
    text = Path(__file__).with_name("page.html").read_text("utf-8")
    return text.replace(_MARK, table).encode()
