"""The map group. There is no map yet: each address says so instead of staying silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from soundkin_osc.protocol.addresses_cursor import MAP
from soundkin_osc.protocol.error_codes import NoMapError

if TYPE_CHECKING:
    from soundkin_osc.dispatch import Handler
    from soundkin_osc.peers.endpoint import Request


class MapHandlers:
    """Handlers of the map group."""

    def routes(self) -> dict[str, Handler]:
        """Handler by address."""
        return {address.path: self.missing for address in MAP}

    def missing(self, request: Request) -> NoReturn:
        """Error 6."""
        raise NoMapError(f"{request.address.path}: this library has no map")
