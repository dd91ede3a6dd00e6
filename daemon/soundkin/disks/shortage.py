"""Whether an error means that descriptors or memory ran out. Such an error says nothing of any file or disk. Pure."""

from __future__ import annotations

import errno

_NAMES = ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "WSAEMFILE", "WSAENOBUFS")
_NUMBERS = frozenset(getattr(errno, name) for name in _NAMES if hasattr(errno, name))
_NO_THREAD = "can't start new thread"


def is_shortage(error: BaseException) -> bool:
    """Whether this process or the machine has no descriptor, memory or thread left: ask again later."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, RuntimeError):
        return _NO_THREAD in str(error)
    return getattr(error, "errno", None) in _NUMBERS


def raise_shortage(error: BaseException) -> None:
    """Raise the error again where it is a shortage; for callers that take any other error for an answer."""
    if is_shortage(error):
        raise error


def reason_of(error: BaseException) -> str:
    """What ran out, for a person."""
    return getattr(error, "strerror", None) or str(error) or "not enough memory"
