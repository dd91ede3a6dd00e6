"""Room for stream connections: a newcomer always gets in, and who goes for it where there is no more. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from soundkin_osc.peers.budget import Budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from soundkin_osc.carriers.connection import StreamEndpoint

MAX_CONNECTIONS = 32


class Room:
    """Connections that are open, by whom they are charged to."""

    def __init__(self) -> None:
        self._places: Budget[StreamEndpoint] = Budget(MAX_CONNECTIONS)

    def take(self, newcomer: StreamEndpoint) -> StreamEndpoint | None:
        """Let it in. Who has to go: one that is ended anyway, or has said nothing, or no token, else one that is idle.

        Of these, the longest idle of the source that has most connections.
        """
        self._places.take(newcomer, newcomer.source)
        if not self._places.exceeded:
            return None
        found = (self._places.first_out(partial(_stays, newcomer, group)) for group in _GROUPS)
        return next((out for out in found if out is not None), None)

    def used(self, connection: StreamEndpoint) -> None:
        """It is not idle."""
        self._places.used(connection)

    def release(self, connection: StreamEndpoint) -> None:
        """It is closed."""
        self._places.release(connection)


def _is_ended(connection: StreamEndpoint) -> bool:
    return connection.ended


def _is_silent(connection: StreamEndpoint) -> bool:
    return not connection.spoke


def _is_stranger(connection: StreamEndpoint) -> bool:
    return not connection.welcome


def _is_any(connection: StreamEndpoint) -> bool:
    del connection
    return True


_GROUPS = (_is_ended, _is_silent, _is_stranger, _is_any)


def _stays(newcomer: StreamEndpoint, group: Callable[[StreamEndpoint], bool], connection: StreamEndpoint) -> bool:
    return connection is newcomer or not group(connection)
