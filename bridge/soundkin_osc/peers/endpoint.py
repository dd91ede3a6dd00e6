"""A peer as dispatcher and handlers see it: where answers go, what is remembered of it, what it asks. Types only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from soundkin.names.spelling import meant
from soundkin.questions.effort import LONGEST_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soundkin_osc.protocol.address import Address
    from soundkin_osc.protocol.codec import Arg, Message


@dataclass(slots=True, eq=False)
class Session:
    """One endpoint's state; the defaults are what an unknown endpoint gets."""

    key: tuple[object, ...]
    detail: bool = False
    bundled: bool = True
    reply_port: int = 0
    """Port that answers go to, at the endpoint's own address; 0: where the packets come from."""
    cursor: str = "main"
    trusted: bool = False
    """Showed the token, over a connection."""
    listens: frozenset[str] = field(default_factory=frozenset)
    """Addresses that OSCQuery's LISTEN named."""
    topics: frozenset[str] = field(default_factory=frozenset)
    lease_s: float = 0.0
    expires_s: float = 0.0
    pinned: bool = False
    """Named in the settings: always pushed to."""
    expelled: bool = False
    """Said a wrong token: its connection ends."""
    endpoint: Endpoint | None = None
    """Where to push to; set when the session is kept."""


class Endpoint(Protocol):
    """Where a packet came from and how to answer it."""

    @property
    def key(self) -> tuple[object, ...]:
        """Identity, stable over packets."""
        ...

    @property
    def source(self) -> tuple[object, ...]:
        """Whom its share of what is scarce is charged to: a socket or connection here, a whole machine elsewhere.

        A message that was sent from another port by /soundkin/at is at the charge of who sent it.
        """
        ...

    @property
    def session(self) -> Session:
        """What is remembered of it."""
        ...

    @property
    def local(self) -> bool:
        """Whether the caller is on this machine: may name paths to be opened, and sees paths."""
        ...

    @property
    def sees_paths(self) -> bool:
        """Whether it is told where files lie."""
        ...

    @property
    def admin(self) -> bool:
        """Whether it may use the verbs that change things."""
        ...

    @property
    def welcome(self) -> bool:
        """Whether it may ask anything but hello yet."""
        ...

    @property
    def confirmed(self) -> bool:
        """Whether it is known to read what is sent to its address."""
        ...

    @property
    def steers(self) -> bool:
        """Whether it may change what is shown, played or remembered: its address is known to be its own."""
        ...

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the peer."""
        ...

    @property
    def max_count(self) -> int:
        """Most hits that one question gets."""
        ...

    def at_port(self, port: int, session: Session) -> Endpoint:
        """The same peer at another of its ports; only UDP has such."""
        ...

    def confirm(self) -> None:
        """Note that the peer reads what is sent to its address."""
        ...

    def send(self, messages: Sequence[bytes]) -> None:
        """Send encoded messages in order. Never raises for a peer that went away."""
        ...


class Counted(ABC):
    """An endpoint that sends all answers at once, when the last is there. Nothing gets lost on its way.

    It is told of each message that is being answered, and of the end of that, answer or not.
    """

    @abstractmethod
    def expect(self) -> None:
        """One more message is being answered."""

    @abstractmethod
    def settle(self) -> None:
        """A message has ended: its answer was sent, or it has none of its own."""


@dataclass(frozen=True, slots=True)
class Request:
    """One message that was understood."""

    endpoint: Endpoint
    address: Address
    args: tuple[Arg, ...]
    """Fitted to the address's parameters, None for what was left out."""
    rid: int

    def text(self, at: int) -> str:
        """Argument `at`, a string ("" where left out)."""
        return cast("str", self.args[at] or "")

    def path(self, at: int) -> str:
        """Argument `at`, a path in either of its forms (`soundkin.names.spelling`)."""
        return meant(self.text(at))

    def whole(self, at: int, default: int = 0) -> int:
        """Argument `at`, an int."""
        value = self.args[at]
        return default if value is None else cast("int", value)

    def number(self, at: int, default: float = 0.0) -> float:
        """Argument `at`, a float."""
        value = self.args[at]
        return default if value is None else cast("float", value)


@dataclass(frozen=True, slots=True)
class Later:
    """A slow answer: `run` is called on a worker. `slow` where it reads audio, or waits for a disk.

    `run` may find out that the rest is of the other kind, and returns that as a `Later` of its own. It is called again
    where it turns out to be `long`, so it changes nothing before it has its answer.
    """

    run: Callable[[], Iterable[Message] | Later]
    slow: bool = False
    long: bool = False
    """Needs more than a turn of the processor."""
    order: str = ""
    """Runs behind all of the same order that came before it, those of other endpoints too."""
    longest_s: float = LONGEST_S
    """Seconds after which it ends with what it has, or with an error."""
    lasting: bool = False
    """Runs even when its asker is gone or gave it up: others wait for it too."""
    refused: Callable[[], None] | None = None
    """Called when it could not be queued."""
