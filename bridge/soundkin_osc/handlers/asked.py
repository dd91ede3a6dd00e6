"""What handlers of questions share: reading the arguments, what a caller may see, and the lane that answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError
from soundkin_osc.peers.access import check_strangers
from soundkin_osc.peers.endpoint import Later
from soundkin_osc.peers.telling import names_a_path
from soundkin_osc.protocol.error_codes import DeniedError
from soundkin_osc.protocol.limits import DEFAULT_COUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from soundkin.interfaces import Service
    from soundkin.model import Query, Resolved, Sample
    from soundkin_osc.peers.endpoint import Request
    from soundkin_osc.protocol.codec import Message


def looked_up(
    service: Service, request: Request, query: Query, answer: Callable[[Resolved], Iterable[Message]]
) -> Iterable[Message] | Later:
    """Look a question up, once, and answer it: here, or in the slow lane where audio has to be read. On a worker."""
    resolved = service.resolve(query)
    check_strangers(request.endpoint, resolved)
    return Later(lambda: answer(resolved), slow=True) if resolved.reads_audio else answer(resolved)


def shown_path(request: Request, sample: Sample) -> str:
    """The path as this caller may see it: callers on other machines get the name only."""
    return sample.path if request.endpoint.sees_paths else Path(sample.path).name


def check_sees_paths(request: Request) -> None:
    """Raise `DeniedError` for callers that are not told where files lie."""
    if not request.endpoint.sees_paths:
        raise DeniedError("paths are only told to callers on this machine")


def told(request: Request, facts: Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
    """Facts, without those that may name a path for callers that are not told where files lie."""
    sees_paths = request.endpoint.sees_paths
    return [(name, value) for name, value in facts if sees_paths or not names_a_path(str(value))]


def counted(request: Request, at: int) -> int:
    """How many lines the argument `at` asks for, as many as the carrier takes at most."""
    return min(request.whole(at, DEFAULT_COUNT), request.endpoint.max_count)


def numbers(name: str, text: str) -> tuple[int, ...]:
    """Whole numbers with spaces between. Raises `BadArgumentError`."""
    if not all(word.isascii() and word.isdigit() for word in text.split()):
        raise BadArgumentError(f"{name}: expected numbers with spaces between, got {text[:40]!r}")
    return tuple(int(word) for word in text.split())


def joined(request: Request, at: int) -> str:
    """JSON text that was split over the arguments from `at` on."""
    return "".join(request.text(part) for part in range(at, len(request.args)))
