"""The part of the address table for buttons, encoders, faders, pads and the map. One weight an aspect. Pure."""

from __future__ import annotations

from soundkin.model import Kind
from soundkin.questions.limits import HIGHEST_WEIGHT
from soundkin_osc.protocol.address import FILTERED_PAGE, Address
from soundkin_osc.protocol.addresses_sent import SLOT_NUMBERS
from soundkin_osc.protocol.limits import ASPECTS, LIST, LONGEST_DUR_S, SLOTS


def _control(name: str, parameters: str, description: str, example: str = "") -> Address:
    return Address(name, parameters, description, kind="control", replies="", example=example)


_BUTTON = "pressed:p=0..1"
CURSOR = (
    Address(
        "session",
        "name:s",
        'Use a private cursor of this name from now on; "main" is the one that all others share. Its state follows.',
        example='"pad box"',
        remembers=True,
    ),
    _control("sel/path", "path:s", "Select a file.", '"/samples/kick.wav"'),
    _control("sel/id", "id:i", "Select a sample.", "42"),
    _control("sel/region", "path:s start_s:f end_s:f", "Select a part of a file.", '"/samples/break.wav" 0.5 1.25'),
    _control("sel/clear", _BUTTON, "Select nothing and empty the list."),
    _control("go", _BUTTON, f"Find what sounds like the selection and fill the list with up to {LIST} hits."),
    _control("nav/next", _BUTTON, "Go to the next hit."),
    _control("nav/prev", _BUTTON, "Go to the hit before."),
    _control("nav/page/next", _BUTTON, f"Go one page of {SLOTS} on."),
    _control("nav/page/prev", _BUTTON, f"Go one page of {SLOTS} back."),
    _control("nav/delta", f"steps:f=-{LIST}..{LIST}", "An endless encoder: go this number of hits on, or back.", "-1"),
    _control("nav/fader", "place:f=0..1", "Go to a place in the list: 0 its first hit, 1 its last.", "0.5"),
    _control("nav/into", _BUTTON, "Make the current hit the new question."),
    _control("nav/back", _BUTTON, "Return to the question before."),
    _control("play", _BUTTON, "Play the current hit: /soundkin/audition goes to the programs that play."),
    _control("stop", _BUTTON, "Stop playing."),
    _control("play/auto", "on:i=0..1", "1: play each hit that the cursor comes to.", "1"),
    _control("commit", _BUTTON, "Hand the current hit to the DAW: /soundkin/commit goes to the programs that insert."),
    _control(
        "filter/dur/max",
        f"seconds:f=0..{LONGEST_DUR_S:g}",
        f"Longest hits wanted, in seconds; {LONGEST_DUR_S:g}: any length.",
        "1.5",
    ),
    _control(
        "filter/type",
        "kind:s",
        f"Only one-shots ({Kind.ONESHOT}), only loops ({Kind.LOOP}), or both (an empty string).",
        f'"{Kind.LOOP}"',
    ),
    _control("filter/here", "on:i=0..1", "1: only hits in the selection's folder and those below it.", "1"),
    _control("filter/reset", _BUTTON, "All filters and weights back to where they were."),
    *(
        _control(
            f"weight/{aspect}",
            "weight:f=0..1",
            f"How much {aspect} counts: 0: not at all, 0.5: as usual, 1: {HIGHEST_WEIGHT:g} times as much.",
            "0.8",
        )
        for aspect in ASPECTS
    ),
    *(_control(f"slot/{n}/play", _BUTTON, f"Go to slot {n} of the page and play it.") for n in SLOT_NUMBERS),
    *(_control(f"slot/{n}/pick", _BUTTON, f"Go to slot {n} of the page.") for n in SLOT_NUMBERS),
)

MAP = (
    _control("map/xy", "x:f=0..1 y:f=0..1", "Go to a place on the map.", "0.5 0.5"),
    _control("map/x", "x:f=0..1", "Go to a place on the map: one of two faders.", "0.5"),
    _control("map/y", "y:f=0..1", "Go to a place on the map: one of two faders.", "0.5"),
    _control("map/touch", "on:i=0..1", "1: play what is near while touched.", "1"),
    _control("map/zoom", "zoom:f=0..1", "How much of the map there is to see.", "0.5"),
    Address("map/points", "rid:i [offset:i count:i level:i]", "Every place on the map.", example="1"),
    Address(
        "find/xy",
        f"rid:i x:f=0..1 y:f=0..1 {FILTERED_PAGE}",
        "What is near this place on the map?",
        example="1 0.5 0.5",
    ),
)
