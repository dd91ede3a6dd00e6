"""The one table of all addresses: what the dispatcher validates from, and what docs/osc.md is generated from."""

from __future__ import annotations

from soundkin.questions.limits import MOST_ALIKE, NEAR_IDENTICAL
from soundkin_osc.protocol.address import FILTERED_PAGE, MORE_STRINGS, PAGE, Address
from soundkin_osc.protocol.addresses_cursor import CURSOR, MAP
from soundkin_osc.protocol.addresses_sent import FEEDBACK, REPLIES
from soundkin_osc.protocol.limits import (
    AMPLIFICATION,
    LEASE_S,
    LONGEST_LEASE_S,
    LOWEST_PORT,
    MAX_ID,
    MAX_STREAM_COUNT,
    MAX_STRING,
    PING_BYTES,
    TOPICS,
)

ASKED = ("request", "control")
"""Kinds of addresses that clients send to; the others are only ever sent by us."""

SESSION = (
    Address(
        "ping",
        "any:*",
        f"Are you there? The arguments, up to {PING_BYTES} bytes of them, come back: i, f, s and b as they are, "
        "those in arrays without the brackets; T and I as 1, F as 0, N as an empty string; c and S as s, m as b; h, t "
        "and r as i, or as a string of digits where that is too small; d as f.",
        replies="pong",
    ),
    Address(
        "hello",
        "[client:s protocol:i token:s]",
        "Introduce a client and ask which protocol version is spoken here. In LAN mode other machines say the token "
        "over TCP; over UDP they get a cookie alone, and welcome once they have sent it back.",
        replies="welcome",
        example='"my script" 1',
    ),
    Address(
        "confirm",
        "cookie:i",
        "In LAN mode, over UDP: send back the cookie that answered hello. Until then answers to another machine are at "
        f"most {AMPLIFICATION} times as long as its questions, and it steers nothing.",
        example="123456",
    ),
    Address("status", "", "What the daemon is doing, in one message.", replies="status.reply"),
    Address(
        "reply_to",
        "port:i=0..65535",
        f"Send what answers this endpoint to another port of the same machine, from {LOWEST_PORT} up; 0: back to where "
        "it sends from. For programs that cannot receive where they send. UDP only.",
        replies="replying_to",
        example="9001",
        remembers=True,
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
        f"[topics:s seconds:i=1..{LONGEST_LEASE_S}]",
        f"Get pushed what changes, all topics unless some are named: {' '.join(TOPICS)}. Any packet from the endpoint "
        f"renews the lease ({LEASE_S} s unless given); over TCP and WebSocket it lasts as long as the connection. The "
        "full state follows.",
        replies="subscribed",
        example='"cursor slots" 60',
        remembers=True,
    ),
    Address("unsubscribe", "", "Get nothing pushed any more.", remembers=True),
    Address(
        "config/detail",
        "on:i=0..1",
        "1: every result to this endpoint is followed by a /soundkin/detail.",
        example="1",
        remembers=True,
    ),
    Address(
        "config/bundles",
        "on:i=0..1",
        "0: one message per datagram, for receivers that cannot read bundles.",
        example="0",
        remembers=True,
    ),
)

QUERIES = (
    Address(
        "find/path",
        f"rid:i path:s {FILTERED_PAGE}",
        "What sounds like this file? A file outside the library is analysed on the fly for callers on this machine.",
        replies="result done",
        example='1 "/samples/kick.wav" 16',
    ),
    Address(
        "find/region",
        f"rid:i path:s start_s:f end_s:f {FILTERED_PAGE}",
        "What sounds like this part of the file (a trimmed item)?",
        replies="result done",
        example='1 "/samples/break.wav" 0.5 1.25',
    ),
    Address(
        "find/id",
        f"rid:i id:i {FILTERED_PAGE}",
        "What sounds like this sample?",
        replies="result done",
        example="1 42 16",
    ),
    Address(
        "find/sel",
        f"rid:i {FILTERED_PAGE}",
        "What sounds like the cursor's selection, with its filters and weights?",
        replies="result done",
        example="1",
    ),
    Address(
        "find/text",
        f"rid:i words:s {FILTERED_PAGE}",
        "Samples whose path holds every word and that match the filter, by folder and name; score is 1. "
        "While total is larger than offset + sent there are more.",
        replies="result done",
        example='1 "808 kick"',
    ),
    Address(
        "find/query",
        f"rid:i json:s {MORE_STRINGS}",
        f"A whole question as JSON (docs/search.md), split over several strings where over {MAX_STRING:,} bytes. Each "
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
        "kit",
        f"rid:i each:i locked:s count:i=1..{MAX_STREAM_COUNT} offset:i=0..{MAX_ID} snapshot:s json:s {MORE_STRINGS}",
        "As find/kit, page by page and with everything known of each hit as JSON, for callers that are told where "
        "files lie. The first page has no snapshot; the next ones name that of the first, so that they fit together. A "
        "neighbour's rank is slot x each + place; the first page says what was asked about in each slot.",
        replies="kit.slot neighbour done",
        example='1 4 "" 64 0 "" "{\\"like\\": [{\\"id\\": 42}, {\\"id\\": 7}]}"',
    ),
    Address(
        "duplicates",
        f"rid:i [within:f filter:s count:i=1..{MAX_STREAM_COUNT} offset:i=0..{MAX_ID} snapshot:s]",
        f"Groups of near-identical samples, linked by distances of at most within ({NEAR_IDENTICAL:g} unless given, "
        f"{MOST_ALIKE:g} at most), those with most bytes to spare first. Pages are counted in samples; a page that "
        "names the snapshot of the first one fits it. Each duplicate is followed by a copy with everything known of "
        "it, as JSON, for callers that are told where files lie.",
        replies="duplicate copy done",
        example='1 0.5 "kind:oneshot"',
    ),
    Address(
        "list",
        f"rid:i words:s {FILTERED_PAGE}",
        "As find/text, with everything known of each sample as JSON, for callers that are told where files lie.",
        replies="sample done",
        example='1 "808 kick"',
    ),
    Address(
        "lookup",
        "rid:i [id:i path:s]",
        "Everything known of a sample as JSON, by its id, or by its path where the id is 0, its file present or not. "
        "For callers that are told where files lie.",
        replies="sample done",
        example="1 42",
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
    Address("folders", f"rid:i {PAGE}", "The followed folders.", replies="folder done", example="1"),
    Address(
        "problems",
        f"rid:i {PAGE}",
        "Files that could not be analysed, or not to their end, and why.",
        replies="problem done",
        example="1",
    ),
    Address(
        "missing",
        f"rid:i {PAGE}",
        "Files that are missing and whose rows are kept for when they come back.",
        replies="missing.file done",
        example="1",
    ),
    Address(
        "contradictions",
        f"rid:i {PAGE}",
        "Samples whose sound speaks strongly against their name or folder, the surest first.",
        replies="contradiction done",
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
    Address(
        "index/forget",
        "days:f [rid:i]",
        "Remove what is kept about files that have been missing for at least this number of days; answers how many.",
        admin=True,
        example="30",
    ),
    Address("index/rescan", "[rid:i]", "Compare the folders with the library now.", admin=True),
    Address("index/retry", "[rid:i]", "The same, and try again now the files that could not be read.", admin=True),
    Address(
        "committed",
        "id:i [rid:i]",
        "A hit was put to use: questions that prefer novelty pass it over for a while. /soundkin/commit says so too.",
        example="42",
        remembers=True,
    ),
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
