"""Comparisons that could not be made for lack of descriptors or memory: when they are made again, and what is said."""

from __future__ import annotations

import logging

from soundkin.disks.shortage import reason_of

_log = logging.getLogger(__name__)

AGAIN_S = 5.0


class Shortages:
    """One thread writes, any may read the sentence. `now` counts seconds and does not go back."""

    def __init__(self) -> None:
        self._again_at = float("inf")
        self.sentence = ""
        """What a person should know; "" where nothing is lacking."""

    def __bool__(self) -> bool:
        """Whether a comparison is still to be made."""
        return self._again_at < float("inf")

    def met(self, error: BaseException, now: float) -> None:
        """One ran into a lack. Nothing that it would have found is known."""
        sentence = (
            f"this process or the machine has run out of descriptors or memory ({reason_of(error)}); what is known of "
            f"all files stays as it is, and folders are compared again every {AGAIN_S:.0f} s"
        )
        if sentence != self.sentence:
            _log.warning("%s", sentence)
        self.sentence = sentence
        self._again_at = now + AGAIN_S

    def is_due(self, now: float) -> bool:
        """Whether to try again now; true once."""
        if now < self._again_at:
            return False
        self._again_at = float("inf")
        return True

    def over(self) -> None:
        """A comparison was made."""
        if self.sentence and not self:
            _log.info("folders are compared again")
            self.sentence = ""
