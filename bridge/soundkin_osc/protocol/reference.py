"""The address reference of docs/osc.md, made from the address table.

`python -m soundkin_osc.protocol.reference docs/osc.md` writes it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from soundkin_osc.protocol import signature
from soundkin_osc.protocol.address import PREFIX, Address
from soundkin_osc.protocol.addresses import GROUPS
from soundkin_osc.protocol.error_codes import Code
from soundkin_osc.protocol.limits import SLOTS
from soundkin_osc.protocol.signature import Parameter

BEGIN, END = "<!-- made by soundkin_osc.protocol.reference: begin -->", "<!-- end -->"
_SLOT = re.compile(r"^slot/1/")


def reference() -> str:
    """All groups as tables, then the error codes."""
    parts = [_group(name, entries) for name, entries in GROUPS.items()]
    codes = "\n".join(f"| {code:d} | {code.meaning} |" for code in Code)
    return "\n\n".join([*parts, f"### Error codes\n\n| code | meaning |\n| --- | --- |\n{codes}"])


def filled(document: str) -> str:
    """A document with the part between the two marks generated again."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


def _group(name: str, entries: tuple[Address, ...]) -> str:
    asked = any(entry.kind in ("request", "control") for entry in entries)
    head = "| address | arguments | answer | meaning |" if asked else "| address | arguments | meaning |"
    lines = [f"### {name}", "", head, "| --- | --- | --- | --- |" if asked else "| --- | --- | --- |"]
    lines += [_row(entry, asked) for entry in entries if not _is_repetition(entry)]
    return "\n".join(lines)


def _row(entry: Address, asked: bool) -> str:
    name = _SLOT.sub(f"slot/1..{SLOTS}/", entry.name)
    meaning = re.sub(r"\bslot 1\b", "a slot", re.sub(r"\bSlot 1\b", "A slot", entry.description))
    if entry.admin:
        meaning += " **From this machine, or with the token.**"
    if entry.remembers:
        meaning += " **Other machines confirm first.**"
    if entry.example:
        meaning += f"<br>`{PREFIX}/{entry.name} {entry.example}`"
    answers = [f"`{part}`" for part in entry.replies.split()]
    answer = " ".join(answers) if answers else "feedback" if entry.kind == "control" else "that of the message"
    cells = [f"`{PREFIX}/{name}`", _arguments(entry), *([answer] if asked else []), meaning]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _is_repetition(entry: Address) -> bool:
    return re.match(r"slot/(?!1/)", entry.name) is not None


def _arguments(entry: Address) -> str:
    if not entry.parameters:
        return "none"
    words = []
    for parameter in entry.parameters:
        word = f"{_kind(parameter)} {parameter.name}{_range(parameter)}"
        words.append(f"[{word}]" if parameter.optional else word)
    return f"`{signature.tags(entry.parameters)}` " + ", ".join(words)


def _kind(parameter: Parameter) -> str:
    return {"p": "button", "*": "anything:"}.get(parameter.type, parameter.type)


def _range(parameter: Parameter) -> str:
    if parameter.low is None or parameter.high is None or parameter.type == "p":
        return ""
    return f" {parameter.low:g}..{parameter.high:.8g}"


def main(arguments: list[str]) -> None:
    """Fill the documents that are named."""
    for name in arguments:
        path = Path(name)
        path.write_text(filled(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
