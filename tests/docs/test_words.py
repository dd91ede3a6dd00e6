"""Words of documents, docstrings and messages: none that were coined and dropped or say what a thing is like."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
INSTEAD = {
    r"so many": "at most N, the number of",
    r"whatever": "what, any",
    r"anew|afresh": "again",
    r"of late": "recently",
    r"for ever": "forever",
    r"ears|mouth": "analysis, OSC server",
    r"the house|hallways?": "the code, the packages",
    r"sweeps?|sweeping": "scan, comparison; deletes",
    r"keeper|courtesy|head start": "index_sync, throttle, early_start",
    r"lanes?": "queue, priority, thread",
    r"honest|polite(ly)?|lucky": "what it does",
}
"""Pattern of a word to avoid, and what to say."""

DOCUMENTS = [
    *TOP.glob("*.md"),
    *(TOP / "docs").rglob("*.md"),
    *(TOP / "config").rglob("*.md"),
]


def prose(document: Path) -> str:
    """The text without code and without names in backticks."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", document.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_documents_use_the_fields_words(document: Path) -> None:
    text = prose(document)
    found = {
        match[0]: instead
        for pattern, instead in INSTEAD.items()
        for match in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE)
    }
    assert not found, f"{document.relative_to(TOP)}: say instead {found}"


IN_CODE = r"\b(so many|so long (?:a|that)|whatever|whoever|anew|afresh|of late|ears|mouth|good-?bye|nobody|somebody)\b"
SOURCES = [*TOP.glob("daemon/**/*.py"), *TOP.glob("bridge/**/*.py"), *TOP.glob("bridge/**/*.html")]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(TOP)))
def test_docstrings_help_and_messages_use_plain_words(source: Path) -> None:
    found = [line.strip() for line in source.read_text("utf-8").splitlines() if re.search(IN_CODE, line, re.IGNORECASE)]
    assert not found
