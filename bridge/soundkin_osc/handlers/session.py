"""The session group: ping, hello, status and how an endpoint likes its answers."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError
from soundkin_osc import replies
from soundkin_osc.addresses import PROTOCOL
from soundkin_osc.codec import Message
from soundkin_osc.dispatch import Later
from soundkin_osc.feed import LEASE_S, TOPICS
from soundkin_osc.replies import DeniedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from soundkin_osc.access import Access
    from soundkin_osc.cursors import Cursors
    from soundkin_osc.dispatch import Endpoint, Handler, Request
    from soundkin_osc.door import Service
    from soundkin_osc.feed import Feed
    from soundkin_osc.sessions import Sessions

_PING_LIMIT = 64
_LOWEST_PORT = 1024


class SessionHandlers:
    """Handlers of the session group."""

    def __init__(
        self,
        service: Service,
        sessions: Sessions,
        *,
        feed: Feed,
        cursors: Cursors,
        access: Access,
        port: Callable[[], int],
        run: Callable[[Message, Endpoint], None],
    ) -> None:
        self._run = run
        self._access = access
        self._service = service
        self._feed = feed
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
        """Echo: the answer is never longer than the question plus four bytes."""
        args = tuple(float(arg) if isinstance(arg, float) else arg for arg in request.args)
        size = sum(_size(arg) for arg in args)
        if size > _PING_LIMIT:
            raise BadArgumentError(f"ping carries at most {_PING_LIMIT} bytes of i, f, s and b")
        return [Message("/soundkin/pong", args)]

    def hello(self, request: Request) -> Later:
        """Who and what speaks here; the token, where one comes along, is looked at."""
        endpoint = request.endpoint
        if request.text(2):
            if endpoint.key[0] == "udp":
                raise DeniedError("the token is for TCP and WebSocket: anyone can forge a UDP sender's address")
            if not self._access.is_token(request.text(2)):
                raise DeniedError("wrong token")
            self._sessions.keep(endpoint).trusted = True
        if not endpoint.welcome:
            raise DeniedError("other machines have to say the token")

        def run() -> list[Message]:
            state = self._service.status()
            welcome = (PROTOCOL, self._port(), state.version, "soundkin", state.samples)
            return [*self._cookie(endpoint), Message("/soundkin/welcome", welcome)]

        return Later(run)

    def _cookie(self, endpoint: Endpoint) -> list[Message]:
        if endpoint.local or endpoint.key[0] != "udp":
            return []
        return [Message("/soundkin/cookie", (self._access.cookie(*endpoint.address, time.monotonic()),))]

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
        if not port or address == request.address.path:
            raise BadArgumentError("at: expected a port and the address of another message")
        endpoint = request.endpoint.at_port(port, self._sessions.of(("udp", request.endpoint.address[0], port)))
        self._run(Message(address, request.args[2:]), endpoint)
        return []

    def _allowed_port(self, request: Request) -> int:
        port = request.whole(0)
        if request.endpoint.key[0] != "udp":
            raise BadArgumentError(f"{request.address.path} is for UDP; this carrier answers on its own connection")
        if port and (port < _LOWEST_PORT or port == self._port()):
            raise BadArgumentError(f"port: expected 0, or {_LOWEST_PORT} to 65535 and not this daemon's, got {port}")
        return port

    def subscribe(self, request: Request) -> list[Message]:
        """Begin to push; the full state comes with the answer."""
        topics = frozenset(request.text(0).split()) or frozenset(TOPICS)
        connected = request.endpoint.key[0] not in ("udp", "mailbox")
        if request.endpoint.key[0] == "mailbox":
            raise BadArgumentError("the mailbox cannot be pushed to")
        seconds = request.whole(1, LEASE_S)
        self._feed.subscribe(request.endpoint, topics, math.inf if connected else seconds)
        names = " ".join(topic for topic in TOPICS if topic in topics)
        state = [m for m in self._cursors.state(request) if _topic(m) in topics]
        return [Message("/soundkin/subscribed", (0 if connected else seconds, names)), *state]

    def unsubscribe(self, request: Request) -> list[Message]:
        """Push nothing more."""
        self._feed.unsubscribe(request.endpoint.key)
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


def _size(arg: object) -> int:
    """Bytes of an echoed argument; what cannot be sent back counts as too many."""
    if isinstance(arg, str):
        return len(arg.encode("utf-8", "replace"))
    if isinstance(arg, bytes):
        return len(arg)
    small = type(arg) is float or (type(arg) is int and -(2**31) <= arg < 2**31)
    return 4 if small else _PING_LIMIT + 1
