"""The one table of all addresses: what the dispatcher validates from, and what docs/osc.md is generated from."""

from __future__ import annotations

from soundkin_osc.address import PREFIX, Address
from soundkin_osc.addresses_sent import FEEDBACK, REPLIES

__all__ = ["ASKED", "CODES", "GROUPS", "MAP", "MAX_COUNT", "MAX_STREAM_COUNT", "PREFIX", "PROTOCOL", "TABLE", "Address"]

PROTOCOL = 1
ASKED = ("request", "control")
"""Kinds of addresses that clients send to; the others are only ever sent by us."""
MAX_COUNT = 64
"""Most hits that one question over UDP gets."""
MAX_STREAM_COUNT = 1_000
"""The same over TCP, WebSocket and the mailbox."""
_TAIL = f"[count:i=1..{MAX_STREAM_COUNT} offset:i=0..16777215 filter:s]"
_PAGE = f"[count:i=1..{MAX_STREAM_COUNT} offset:i=0..16777215]"


def _control(name: str, parameters: str, description: str, example: str = "") -> Address:
    return Address(name, parameters, description, kind="control", replies="", example=example)


SESSION = (
    Address("ping", "any:*", "Are you there? The arguments, up to 64 bytes of them, come back.", replies="pong"),
    Address(
        "hello",
        "[client:s protocol:i token:s]",
        "Introduce a client and ask which protocol version is spoken here. In LAN mode other machines say the token "
        "over TCP, and get a cookie over UDP.",
        replies="welcome",
        example='"my script" 1',
    ),
    Address(
        "confirm",
        "cookie:i",
        "In LAN mode: send back the cookie that came with welcome. Until then answers to another machine are at most "
        "three times as long as its questions.",
        example="123456",
    ),
    Address("status", "", "What the daemon is doing, in one message.", replies="status.reply"),
    Address(
        "reply_to",
        "port:i=0..65535",
        "Send what answers this endpoint to another port of the same machine, from 1024 up; 0: back to where it sends "
        "from. For programs that cannot receive where they send. UDP only.",
        replies="replying_to",
        example="9001",
    ),
    Address(
        "at",
        "port:i=0..65535 address:s arguments:*",
        "Run a message as if it came from this port of the same machine, which also gets the answer. For programs that "
        "send each message from another port, such as oscsend. UDP only.",
        replies="",
        example='9001 "/soundkin/find/id" 1 42 16',
    ),
    Address(
        "subscribe",
        "[topics:s seconds:i=1..3600]",
        "Get pushed what changes, all topics unless some are named: cursor slots map status audition commit. Any "
        "packet from the endpoint renews the lease (60 s unless given); over TCP and WebSocket it lasts as long as the "
        "connection. The full state follows.",
        replies="subscribed",
        example='"cursor slots" 60',
    ),
    Address("unsubscribe", "", "Get nothing pushed any more."),
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
        "find/sel",
        f"rid:i {_TAIL}",
        "What sounds like the cursor's selection, with its filters and weights?",
        replies="result done",
        example="1",
    ),
    Address(
        "find/text",
        f"rid:i words:s {_TAIL}",
        "Samples whose path holds every word and that match the filter, by folder and name; score is 1. "
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
        "find/kit",
        "rid:i each:i locked:s json:s [more:s more2:s more3:s more4:s more5:s]",
        "Alternates for several sounds at once, no sample twice and none that was asked about: every example in the "
        "JSON question's like is a slot, locked names those that stay (numbers from 0, with spaces between). A "
        "result's rank is slot x each + place.",
        replies="result done",
        example='1 4 "" "{\\"like\\": [{\\"id\\": 42}, {\\"id\\": 7}]}"',
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
    Address("report", "rid:i", "Everything in the daemon's status, field by field.", replies="field done", example="1"),
    Address(
        "index/add",
        "path:s [rid:i]",
        "Follow a folder.",
        replies="folder done",
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
    Address(
        "transport",
        "state:s [rid:i]",
        "The DAW is playing, recording or stopped; analysis pauses as [analysis] pause_when says.",
        admin=True,
        example='"recording"',
    ),
    *(
        Address(
            f"transport/{state}",
            "on:f=0..1",
            f"As a DAW's control surface says it: {state} 1 or 0.",
            kind="control",
            replies="",
            admin=True,
            example="1",
        )
        for state in ("play", "record", "stop")
    ),
    Address("pause", "[rid:i]", "Stop analysing until told to resume; answers go on.", admin=True),
    Address("resume", "[rid:i]", "Go on analysing.", admin=True),
    Address(
        "log",
        "on:i=0..1 [rid:i]",
        "1: write every message that comes and goes to the daemon's log; 0: as the settings say.",
        admin=True,
        example="1",
    ),
    Address("quit", "[rid:i]", "End the daemon.", admin=True),
)

_BUTTON = "pressed:p=0..1"
CURSOR = (
    Address(
        "session",
        "name:s",
        'Use a private cursor of this name from now on; "main" is the one that all others share. Its state follows.',
        example='"pad box"',
    ),
    _control("sel/path", "path:s", "Select a file.", '"/samples/kick.wav"'),
    _control("sel/id", "id:i", "Select a sample.", "42"),
    _control("sel/region", "path:s start_s:f end_s:f", "Select a part of a file.", '"/samples/break.wav" 0.5 1.25'),
    _control("sel/clear", _BUTTON, "Select nothing and empty the list."),
    _control("go", _BUTTON, "Find what sounds like the selection and fill the list with up to 128 hits."),
    _control("nav/next", _BUTTON, "Go to the next hit."),
    _control("nav/prev", _BUTTON, "Go to the hit before."),
    _control("nav/page/next", _BUTTON, "Go one page of 16 on."),
    _control("nav/page/prev", _BUTTON, "Go one page of 16 back."),
    _control("nav/delta", "steps:f=-128..128", "An endless encoder: go so many hits on, or back.", "-1"),
    _control("nav/fader", "place:f=0..1", "Go to a place in the list: 0 its first hit, 1 its last.", "0.5"),
    _control("nav/into", _BUTTON, "Make the current hit the new question."),
    _control("nav/back", _BUTTON, "Return to the question before."),
    _control("play", _BUTTON, "Play the current hit: /soundkin/audition goes to whoever plays."),
    _control("stop", _BUTTON, "Stop playing."),
    _control("play/auto", "on:i=0..1", "1: play each hit that the cursor comes to.", "1"),
    _control("commit", _BUTTON, "Hand the current hit to the DAW: /soundkin/commit goes to whoever inserts."),
    _control("filter/dur/max", "seconds:f=0..30", "Only hits so long at most; 30: any length.", "1.5"),
    _control(
        "filter/type", "kind:s", "Only one-shots (oneshot), only loops (loop), or both (an empty string).", '"loop"'
    ),
    _control("filter/here", "on:i=0..1", "1: only hits in the selection's folder.", "1"),
    _control("filter/reset", _BUTTON, "All filters and weights back to where they were."),
    *(
        _control(
            f"weight/{aspect}",
            "weight:f=0..1",
            f"How much {aspect} counts: 0 not at all, 0.5 as usual, 1 four times.",
            "0.8",
        )
        for aspect in ("timbre", "envelope", "spectrum", "pitch", "rhythm")
    ),
    *(_control(f"slot/{n}/play", _BUTTON, f"Go to slot {n} of the page and play it.") for n in range(1, 17)),
    *(_control(f"slot/{n}/pick", _BUTTON, f"Go to slot {n} of the page.") for n in range(1, 17)),
)

MAP = (
    _control("map/xy", "x:f=0..1 y:f=0..1", "Go to a place on the map.", "0.5 0.5"),
    _control("map/x", "x:f=0..1", "Go to a place on the map: one of two faders.", "0.5"),
    _control("map/y", "y:f=0..1", "Go to a place on the map: one of two faders.", "0.5"),
    _control("map/touch", "on:i=0..1", "1: play what is near while touched.", "1"),
    _control("map/zoom", "zoom:f=0..1", "How much of the map there is to see.", "0.5"),
    Address("map/points", "rid:i [offset:i count:i level:i]", "Every place on the map.", example="1"),
    Address("find/xy", f"rid:i x:f=0..1 y:f=0..1 {_TAIL}", "What is near this place on the map?", example="1 0.5 0.5"),
)

GROUPS: dict[str, tuple[Address, ...]] = {
    "Session": SESSION,
    "Questions": QUERIES,
    "Cursor": CURSOR,
    "Map": MAP,
    "Library and daemon": LIBRARY,
    "Replies": REPLIES,
    "Feedback": FEEDBACK,
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
