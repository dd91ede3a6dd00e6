"""The one table of all addresses: what the dispatcher validates from, and what docs/osc.md is generated from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from soundkin_osc import signature
from soundkin_osc.signature import Parameter

PREFIX = "/soundkin"
PROTOCOL = 1
MAX_COUNT = 64
"""Most hits that one question over UDP gets."""
MAX_STREAM_COUNT = 1_000
"""The same over TCP, WebSocket and the mailbox."""
_TAIL = f"[count:i=1..{MAX_STREAM_COUNT} offset:i=0..16777215 filter:s]"
_PAGE = f"[count:i=1..{MAX_STREAM_COUNT} offset:i=0..16777215]"


@dataclass(frozen=True)
class Address:
    """One address. `kind` is "request" (ends in one reply), "control" (feedback only) or "reply" (never a request)."""

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


SESSION = (
    Address("ping", "any:*", "Are you there? The arguments, up to 64 bytes of them, come back.", replies="pong"),
    Address(
        "hello",
        "[client:s protocol:i]",
        "Introduce a client and ask which protocol version is spoken here.",
        replies="welcome",
        example='"my script" 1',
    ),
    Address("status", "", "What the daemon is doing, in one message.", replies="status.reply"),
    Address(
        "config/detail",
        "on:i=0..1",
        "1: every result to this endpoint is followed by a /soundkin/detail.",
        example="1",
    ),
    Address(
        "config/bundles",
        "on:i=0..1",
        "0: one message per datagram, for receivers that cannot read bundles.",
        example="0",
    ),
)

QUERIES = (
    Address(
        "find/path",
        f"rid:i path:s {_TAIL}",
        "What sounds like this file? A file outside the library is analysed on the fly for callers on this machine.",
        replies="result done",
        example='1 "/samples/kick.wav" 16',
    ),
    Address(
        "find/region",
        f"rid:i path:s start_s:f end_s:f {_TAIL}",
        "What sounds like this part of the file (a trimmed item)?",
        replies="result done",
        example='1 "/samples/break.wav" 0.5 1.25',
    ),
    Address(
        "find/id",
        f"rid:i id:i {_TAIL}",
        "What sounds like this sample?",
        replies="result done",
        example="1 42 16",
    ),
    Address(
        "find/text",
        f"rid:i words:s {_TAIL}",
        "Samples whose path holds every word, in order of path; score is 1. Takes no filter. "
        "While total is larger than offset + sent there are more.",
        replies="result done",
        example='1 "808 kick"',
    ),
    Address(
        "find/query",
        "rid:i json:s [more:s more2:s more3:s more4:s more5:s more6:s more7:s]",
        "A whole question as JSON (docs/search.md), split over several strings where longer than 4,096 bytes. Each "
        "result is followed by a /soundkin/neighbour with everything known of it, as JSON.",
        replies="result neighbour answer done",
        example='1 "{\\"like\\": [{\\"id\\": 42}], \\"k\\": 8}"',
    ),
    Address(
        "info",
        "rid:i id:i",
        "All that is known of one sample.",
        replies="result detail field done",
        example="1 42",
    ),
    Address(
        "cancel",
        "rid:i",
        "Give up the endpoint's question with this id: it ends in error 10. Nothing to cancel: done.",
        example="1",
    ),
)

LIBRARY = (
    Address("folders", f"rid:i {_PAGE}", "The followed folders.", replies="folder done", example="1"),
    Address(
        "problems",
        f"rid:i {_PAGE}",
        "Files that could not be analysed, and why.",
        replies="problem done",
        example="1",
    ),
    Address("report", "rid:i", "Everything in the daemon's status, field by field.", replies="field done"),
    Address(
        "index/add",
        "path:s [rid:i]",
        "Follow a folder.",
        admin=True,
        example='"/home/ann/Samples"',
    ),
    Address(
        "index/remove",
        "path:s [rid:i]",
        "Stop following a folder and forget its samples; sent is how many left.",
        admin=True,
        example='"/home/ann/Samples"',
    ),
    Address("index/rescan", "[rid:i]", "Compare the folders with the library now.", admin=True),
    Address("pause", "[rid:i]", "Stop analysing until told to resume; answers go on.", admin=True),
    Address("resume", "[rid:i]", "Go on analysing.", admin=True),
    Address("quit", "[rid:i]", "End the daemon.", admin=True),
)


def _reply(name: str, parameters: str, description: str) -> Address:
    return Address(name, parameters, description, kind="reply", replies="")


REPLIES = (
    _reply("pong", "any:*", "Answer to ping, with the same arguments."),
    _reply("welcome", "protocol:i port:i version:s library:s samples:i", "Answer to hello."),
    _reply(
        "status.reply",
        "state:s indexed:i progress:f pending:i version:s",
        "Answer to status; progress is 0..1 of the running pass.",
    ),
    _reply(
        "result",
        "rid:i rank:i id:i score:f duration_s:f path:s",
        "One hit. rank counts from 0 over all pages; score is 1 for the same sound.",
    ),
    _reply(
        "detail",
        "rid:i id:i loudness_db:f bpm:f root_hz:f key:s kind:s",
        "More of a hit; 0 and the empty string mean unknown.",
    ),
    _reply("field", "rid:i id:i name:s value:s", "One further fact."),
    _reply("neighbour", "rid:i rank:i json:s", "All that is known of a hit, as JSON."),
    _reply("answer", "rid:i id:i plan:s", "The asked sample's id (0: not in the library) and how it was searched."),
    _reply("folder", "rid:i rank:i id:i online:i samples:i path:s", "One followed folder."),
    _reply("problem", "rid:i rank:i path:s code:s message:s", "One file that could not be analysed."),
    _reply(
        "done",
        "rid:i sent:i total:i snapshot:s",
        "End of an answer: how many lines were sent, how many there are, and which state of the library was searched.",
    ),
    _reply(
        "error",
        "rid:i code:i what:s text:s",
        "End of an answer that failed: a code of the table below, the address that was asked, a sentence.",
    ),
)

GROUPS: dict[str, tuple[Address, ...]] = {
    "Session": SESSION,
    "Questions": QUERIES,
    "Library and daemon": LIBRARY,
    "Replies": REPLIES,
}
TABLE: dict[str, Address] = {entry.path: entry for group in GROUPS.values() for entry in group}

CODES: dict[int, str] = {
    1: "bad arguments",
    2: "unknown address",
    3: "path not in the library and not readable from here",
    4: "no such id",
    5: "busy: too many questions of this endpoint are pending",
    6: "index not ready",
    7: "too large",
    8: "denied",
    9: "internal error, see the log",
    10: "cancelled",
}
