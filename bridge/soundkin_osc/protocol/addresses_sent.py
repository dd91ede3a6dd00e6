"""The part of the address table that only the daemon sends: what answers, and what is pushed. Pure."""

from __future__ import annotations

from soundkin_osc.protocol.address import Address
from soundkin_osc.protocol.limits import BEAT_S, SLOTS

SLOT_NUMBERS = range(1, SLOTS + 1)


def _reply(name: str, parameters: str, description: str) -> Address:
    return Address(name, parameters, description, kind="reply", replies="")


def _feedback(name: str, parameters: str, description: str) -> Address:
    return Address(name, parameters, description, kind="feedback", replies="")


FEEDBACK = (
    _feedback("cursor/name", "name:s", "The current hit's file name."),
    _feedback("cursor/id", "id:i", "Its id, 0 for none."),
    _feedback("cursor/score", "score:f=0..1", "How similar it is."),
    _feedback("cursor/index", "place:i", "Its place in the list, from 1; 0 for none."),
    _feedback("cursor/total", "hits:i", "How many hits the list holds."),
    _feedback("sel/name", "name:s", "The selection's file name."),
    _feedback("page", "page:i", "The page that the slots show, from 1; 0 for none."),
    *(_feedback(f"slot/{n}/name", "name:s", f"File name in slot {n}, empty for none.") for n in SLOT_NUMBERS),
    *(_feedback(f"slot/{n}/score", "score:f=0..1", f"How similar slot {n} is.") for n in SLOT_NUMBERS),
    *(_feedback(f"slot/{n}/on", "state:i=0..2", f"Slot {n}: 0 empty, 1 filled, 2 current.") for n in SLOT_NUMBERS),
    _feedback(
        "audition", "path:s gain:f pitch:f", "Play this file at this linear gain, shifted by semitones; empty: stop."
    ),
    _feedback(
        "heartbeat", "beat:i=0..1", f"0 and 1 in turn every {BEAT_S:g} seconds: the daemon lives (topic status)."
    ),
)


REPLIES = (
    _reply("pong", "any:*", "Answer to ping, with the same arguments."),
    _reply("welcome", "protocol:i port:i version:s library:s samples:i", "Answer to hello."),
    _reply("cookie", "cookie:i", "Answer to hello over UDP, to other machines: to be confirmed."),
    _reply("replying_to", "port:i", "Answer to reply_to, sent to the new port."),
    _reply("subscribed", "seconds:i topics:s", "Answer to subscribe; the full state follows."),
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
    _reply(
        "field",
        "rid:i id:i name:s value:s",
        "One further fact. Follows each result of a question whose filter holds an is: term, named state: present, "
        "missing or offline; and each result of find/text whose file ends too early, named cut_off: what is missing. "
        "Behind each detail come category, category_confidence (0..1) and category_source (name or sound) where they "
        "are known; info also says category_named and category_heard, what each of the two says alone.",
    ),
    _reply("sample", "rid:i rank:i json:s", "All that is known of a sample, as JSON."),
    _reply("kit.slot", "rid:i slot:i id:i", "What a slot of a kit asks about: the sample's id, 0: not in the library."),
    _reply(
        "duplicate",
        "rid:i rank:i group:i id:i bytes:f path:s",
        "One sample of a group of near-identical ones, the one to keep first. rank counts from 0 over all pages, group "
        "over all groups; bytes is 0 where the file is missing.",
    ),
    _reply(
        "copy",
        "rid:i rank:i json:s",
        "The same as JSON, with everything known: group, bytes, content (files of a group with one number are "
        "identical), sample.",
    ),
    _reply("neighbour", "rid:i rank:i json:s", "All that is known of a hit, as JSON."),
    _reply("answer", "rid:i id:i plan:s", "The asked sample's id (0: not in the library) and how it was searched."),
    _reply(
        "folder",
        "rid:i rank:i id:i online:i samples:i path:s within:i",
        "One followed folder, or a disk or link below the one with the id `within` that is there or away on its own.",
    ),
    _reply("missing.file", "rid:i rank:i path:s", "One missing file, by its last path."),
    _reply(
        "problem",
        "rid:i rank:i path:s code:s message:s kind:s retry_s:i",
        "One file that could not be analysed. Its kind is not-audio: the file is at fault, and is tried again when it "
        "changes; unread: it could not be read, what was known is kept, and it is tried again in retry_s "
        "seconds (-1 for the others); or cut-off: it is found, but ends too early.",
    ),
    _reply(
        "contradiction",
        "rid:i rank:i id:i path:s named:s heard:s confidence:f=0..1",
        "One sample whose sound speaks against its name or folder: the categories that these allow, with spaces "
        "between, the one that is heard, and how likely that is.",
    ),
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
