"""OSC address patterns by set simulation: the cost of any pattern grows with pattern times name. Pure."""

from __future__ import annotations

from functools import lru_cache

from soundkin_osc.protocol.codec import MAX_ADDRESS

_SPECIAL = frozenset("*?[{")
ANY = None


def is_pattern(address: str) -> bool:
    """Whether the address holds any character that OSC 1.0 reserves for patterns."""
    return not _SPECIAL.isdisjoint(address)


def matches(pattern: str, address: str) -> bool:
    """Whether an OSC 1.0 pattern names the address, part by part; malformed patterns name nothing."""
    if len(pattern) > MAX_ADDRESS:
        return False
    wanted, given = _parts(pattern), address.split("/")
    return len(wanted) == len(given) and all(map(_part, wanted, given))


@lru_cache(maxsize=64)
def _parts(pattern: str) -> list[str]:
    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    return pattern.split("/")


def _part(pattern: str, name: str) -> bool:
    if not is_pattern(pattern):
        return pattern == name
    places = {0}
    """Positions in `name` up to which the pattern read so far can reach."""
    pos = 0
    while pos < len(pattern) and places:
        char = pattern[pos]
        if char == "*":
            places = set(range(min(places), len(name) + 1))
            pos += 1
        elif char == "{":
            end = pattern.find("}", pos)
            if end < 0:
                return False
            words = pattern[pos + 1 : end].split(",")
            places = {at + len(word) for word in words for at in places if name.startswith(word, at)}
            pos = end + 1
        else:
            chars, negated, pos = _single(pattern, pos)
            if pos < 0:
                return False
            places = {at + 1 for at in places if at < len(name) and _is_one_of(name[at], chars, negated)}
    return len(name) in places


def _is_one_of(char: str, chars: frozenset[str] | None, negated: bool) -> bool:
    return chars is None or (char in chars) != negated


def _single(pattern: str, pos: int) -> tuple[frozenset[str] | None, bool, int]:
    """What one character may be at `pos`: (characters or ANY, negated, next position or -1 where malformed)."""
    char = pattern[pos]
    if char == "?":
        return ANY, False, pos + 1
    if char != "[":
        return frozenset(char), False, pos + 1
    end = pattern.find("]", pos)
    if end < 0:
        return ANY, False, -1
    inner = pattern[pos + 1 : end]
    negated = inner.startswith("!")
    return _class(inner[1:] if negated else inner), negated, end + 1


@lru_cache(maxsize=256)
def _class(inner: str) -> frozenset[str]:
    chars: set[str] = set()
    pos = 0
    while pos < len(inner):
        if pos + 2 < len(inner) and inner[pos + 1] == "-":
            low, high = sorted((ord(inner[pos]), ord(inner[pos + 2])))
            chars.update(map(chr, range(low, min(high, low + 128) + 1)))
            pos += 3
        else:
            chars.add(inner[pos])
            pos += 1
    return frozenset(chars)
