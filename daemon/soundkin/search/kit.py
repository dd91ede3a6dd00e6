"""A kit: alternates for several sounds at once, no sample twice. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from soundkin.model import Neighbour, SampleId
from soundkin.search.question import check_whole

MOST_SLOTS = 64
MOST_ALTERNATES = 64


@dataclass(frozen=True, slots=True)
class KitSlot:
    """One place of a kit: what was asked for, and what could stand in for it, nearest first."""

    sample_id: SampleId | None
    """The asked sample, where the library holds it."""
    locked: bool
    alternates: tuple[Neighbour, ...]
    """Empty where locked."""


@dataclass(frozen=True, slots=True)
class Bid:
    """A sample that would suit a slot."""

    distance: float
    slot: int
    sample_id: int


def check_kit(sources: Sequence[object], each: int, locked: Collection[int]) -> None:
    """Raise `QueryError` naming the value that no kit can be made of."""
    check_whole("number of kit slots", len(sources), 1, MOST_SLOTS)
    check_whole("alternates for each slot", each, 1, MOST_ALTERNATES)
    for slot in locked:
        check_whole("locked slot", slot, 0, len(sources) - 1)


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
