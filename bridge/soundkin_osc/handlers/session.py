"""The session group: ping, hello, status and how an endpoint likes its answers."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError
from soundkin_osc.peers.endpoint import Later
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.codec import Message
from soundkin_osc.protocol.echo import echoed
from soundkin_osc.protocol.error_codes import DeniedError
from soundkin_osc.protocol.limits import LEASE_S, LOWEST_PORT, PROTOCOL, TOPICS
from soundkin_osc.protocol.pattern import matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from soundkin.interfaces import Service
    from soundkin_osc.cursor.cursors import Cursors
    from soundkin_osc.dispatch import Handler
    from soundkin_osc.peers.access import Access
    from soundkin_osc.peers.endpoint import Endpoint, Request
    from soundkin_osc.peers.sessions import Sessions
    from soundkin_osc.peers.subscriptions import Subscriptions
    from soundkin_osc.peers.tokens import TokenGate


_NOT_AT = ("/soundkin/at", "/soundkin/reply_to")
"""What makes no sense from another port: it would say twice where answers go."""


class SessionHandlers:
    """Handlers of the session group."""

    def __init__(
        self,
        service: Service,
        sessions: Sessions,
        *,
        subscriptions: Subscriptions,
        cursors: Cursors,
        access: Access,
        tokens: TokenGate,
        port: Callable[[], int],
        run: Callable[[Message, Endpoint], None],
    ) -> None:
        self._run = run
        self._access = access
        self._tokens = tokens
        self._service = service
        self._subscriptions = subscriptions
        self._cursors = cursors
        self._sessions = sessions
        self._port = port

    def routes(self) -> dict[str, Handler]:
        """Handler by address."""
        return {
            "/soundkin/ping": self.ping,
            "/soundkin/hello": self.hello,
            "/soundkin/confirm": self.confirm,
            "/soundkin/status": self.status,
            "/soundkin/reply_to": self.reply_to,
            "/soundkin/at": self.at,
            "/soundkin/subscribe": self.subscribe,
            "/soundkin/unsubscribe": self.unsubscribe,
            "/soundkin/config/detail": self.detail,
            "/soundkin/config/bundles": self.bundles,
        }

    def ping(self, request: Request) -> list[Message]:
        """Echo of anything: see `echoed`."""
        return [Message("/soundkin/pong", echoed(request.args))]

    def hello(self, request: Request) -> Later | list[Message]:
        """Who and what speaks here; the token, where one comes along, is looked at."""
        endpoint = request.endpoint
        if request.text(2):
            if endpoint.key[0] == "udp":
                raise DeniedError("the token is for TCP and WebSocket: anyone can forge a UDP sender's address")
            self._check_token(endpoint, request.text(2))
        if not endpoint.welcome:
            raise DeniedError("other machines have to say the token")
        if not endpoint.confirmed:  # more than a cookie is more than it may be sent
            return [Message("/soundkin/cookie", (self._access.cookie(*endpoint.address, time.monotonic()),))]

        def run() -> list[Message]:
            state = self._service.status()
            welcome = (PROTOCOL, self._port(), state.version, "soundkin", state.samples)
            return [Message("/soundkin/welcome", welcome)]

        return Later(run)

    def _check_token(self, endpoint: Endpoint, token: str) -> None:
        """Trust the endpoint from now on. Raises `DeniedError`; another machine's connection ends with it."""
        session = self._sessions.keep(endpoint)
        try:
            self._tokens.check(token, endpoint.address[0])
        except DeniedError:
            session.expelled = not endpoint.local
            raise
        session.trusted = True

    def confirm(self, request: Request) -> list[Message]:
        """A peer on another machine shows that it reads what is sent to it."""
        endpoint = request.endpoint
        if not endpoint.local:
            if not self._access.is_cookie(request.whole(0), *endpoint.address, time.monotonic()):
                raise DeniedError("that is not the cookie of your last hello")
            endpoint.confirm()
        return [replies.done(0)]

    def status(self, request: Request) -> Later:
        """The state in one line."""
        del request
        return Later(lambda: [replies.status(self._service.status())])

    def reply_to(self, request: Request) -> list[Message]:
        """Answer on another port of the same machine; a host is never taken from a packet."""
        port = self._allowed_port(request)
        self._sessions.keep(request.endpoint).reply_port = port
        return [Message("/soundkin/replying_to", (port,))]

    def at(self, request: Request) -> list[Message]:
        """Run a message as if it came from another port of the same machine."""
        port, address = self._allowed_port(request), request.text(1)
        if not port or any(matches(address, path) for path in _NOT_AT):
            raise BadArgumentError(f"at: expected a port and the address of a message but {' and '.join(_NOT_AT)}")
        key = ("udp", request.endpoint.address[0], port)
        if key != request.endpoint.key and self._sessions.speaks_for_itself(key):
            raise DeniedError(f"port {port} speaks for itself")
        endpoint = request.endpoint.at_port(port, self._sessions.of(key))
        self._run(Message(address, request.args[2:]), endpoint)
        return []

    def _allowed_port(self, request: Request) -> int:
        port = request.whole(0)
        if request.endpoint.key[0] != "udp":
            raise BadArgumentError(f"{request.address.path} is for UDP; this carrier answers on its own connection")
        if port and (port < LOWEST_PORT or port == self._port()):
            raise BadArgumentError(f"port: expected 0, or {LOWEST_PORT} to 65535 and not this daemon's, got {port}")
        return port

    def subscribe(self, request: Request) -> list[Message]:
        """Begin to push; the full state comes with the answer."""
        topics = frozenset(request.text(0).split()) or frozenset(TOPICS)
        connected = request.endpoint.key[0] not in ("udp", "mailbox")
        if request.endpoint.key[0] == "mailbox":
            raise BadArgumentError("the mailbox cannot be pushed to")
        seconds = request.whole(1, LEASE_S)
        self._subscriptions.subscribe(request.endpoint, topics, math.inf if connected else seconds)
        names = " ".join(topic for topic in TOPICS if topic in topics)
        state = [m for m in self._cursors.state(request) if _topic(m) in topics]
        return [Message("/soundkin/subscribed", (0 if connected else seconds, names)), *state]

    def unsubscribe(self, request: Request) -> list[Message]:
        """Push nothing more."""
        self._subscriptions.unsubscribe(request.endpoint.key)
        return [replies.done(0)]

    def detail(self, request: Request) -> list[Message]:
        """Switch /soundkin/detail after each result on or off."""
        self._sessions.keep(request.endpoint).detail = bool(request.whole(0))
        return [replies.done(0)]

    def bundles(self, request: Request) -> list[Message]:
        """Switch bundles on or off."""
        self._sessions.keep(request.endpoint).bundled = bool(request.whole(0))
        return [replies.done(0)]


def _topic(message: Message) -> str:
    return "slots" if message.address.startswith("/soundkin/slot/") else "cursor"
