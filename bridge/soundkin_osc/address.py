"""One address of the protocol: its name, arguments and what it is for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from soundkin_osc import signature
from soundkin_osc.signature import Parameter

PREFIX = "/soundkin"


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

    @property
    def path(self) -> str:
        """The full OSC address."""
        return f"{PREFIX}/{self.name}"

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The arguments, parsed when first needed."""
        return signature.parse(self.signature)
