"""A kit: alternates for several sounds at once, no sample twice. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from soundkin.model import Neighbour

_FIRST = 4
"""Multiple of the alternates that each slot is asked for at first: most of them are not claimed by other slots."""


@dataclass(frozen=True, slots=True)
class Bid:
    """A sample that would suit a slot."""

    distance: float
    slot: int
    sample_id: int


def handed_out(
    slots: Sequence[int], each: int, most: int, nearest: Callable[[int, int], Sequence[Neighbour]]
) -> dict[int, tuple[Neighbour, ...]]:
    """At most `each` hits a slot, as `shared_out` gives them of the `most` that are `nearest` (slot, count).

    Asks for fewer at first: what is left out is farther than what is there, so it only matters to a slot whose hits
    were used up.
    """
    counts = dict.fromkeys(slots, min(most, _FIRST * each))
    hits = {slot: nearest(slot, counts[slot]) for slot in slots}
    while True:
        bids = [Bid(hit.distance, slot, hit.sample.id) for slot in slots for hit in hits[slot]]
        shares = shared_out(bids, each)
        short = [slot for slot in slots if len(shares.get(slot, ())) < each and counts[slot] < most]
        short = [slot for slot in short if len(hits[slot]) == counts[slot]]
        if not short:
            return {slot: _of(shares.get(slot, ()), hits[slot]) for slot in slots}
        for slot in short:
            counts[slot] = min(most, _FIRST * counts[slot])
            hits[slot] = nearest(slot, counts[slot])


def _of(ids: Sequence[int], hits: Sequence[Neighbour]) -> tuple[Neighbour, ...]:
    by_id: Mapping[int, Neighbour] = {int(hit.sample.id): hit for hit in hits}
    return tuple(by_id[each] for each in ids)


def shared_out(bids: Sequence[Bid], each: int) -> dict[int, list[int]]:
    """At most `each` samples a slot, no sample twice; the nearest pairs of slot and sample first.

    Slots are filled in rounds, one sample a round, so that no slot takes many good ones while another has none.
    """
    order = sorted(bids, key=lambda bid: (bid.distance, bid.slot, bid.sample_id))
    used: set[int] = set()
    given: dict[int, list[int]] = {bid.slot: [] for bid in order}
    for filled in range(1, each + 1):
        for bid in order:
            if bid.sample_id not in used and len(given[bid.slot]) < filled:
                given[bid.slot].append(bid.sample_id)
                used.add(bid.sample_id)
    return given
