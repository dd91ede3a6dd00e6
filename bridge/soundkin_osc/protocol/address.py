"""One address of the protocol: its name, arguments and what it is for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from soundkin_osc.protocol import signature
from soundkin_osc.protocol.limits import JSON_STRINGS, MAX_ID, MAX_STREAM_COUNT
from soundkin_osc.protocol.signature import Parameter

PREFIX = "/soundkin"
PAGE = f"[count:i=1..{MAX_STREAM_COUNT} offset:i=0..{MAX_ID}]"
"""Last arguments of a list that is asked for page by page."""
FILTERED_PAGE = f"{PAGE[:-1]} filter:s]"
MORE_STRINGS = f"[{' '.join(['more:s', *(f'more{n}:s' for n in range(2, JSON_STRINGS))])}]"
"""Last arguments of a question in JSON: what does not fit into its first string."""


@dataclass(frozen=True)
class Address:
    """One address.

    `kind` is "request" (ends in one answer), "control" (feedback answers, and an error where it failed), "reply" or
    "feedback" (sent by us only).
    """

    name: str
    signature: str
    description: str
    kind: str = "request"
    replies: str = "done"
    """Last part of the addresses that answer it; the last one ends the answer."""
    example: str = ""
    admin: bool = False
    """Only from this machine or with the token, and never through a pattern."""
    remembers: bool = False
    """Changes what is remembered of the caller or by the library."""

    @property
    def steers(self) -> bool:
        """Whether it changes what is shown, played or remembered: only for callers whose address is known."""
        return self.kind == "control" or self.remembers

    @property
    def path(self) -> str:
        """The full OSC address."""
        return f"{PREFIX}/{self.name}"

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The arguments, parsed when first needed."""
        return signature.parse(self.signature)
