"""Who is admitted, and how long a cookie is good: the rules of LAN mode, one by one."""

from __future__ import annotations

import hashlib
import hmac
import struct

import pytest

from soundkin.config import OscSettings, controller_address, is_loopback
from soundkin.errors import ConfigError
from soundkin_osc.peers.access import Access

LAN = OscSettings(host="0.0.0.0", lan=True, allow=("192.168.1.0/24", "fd00::/8"), controllers=("[fe80::7]:9000",))


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("192.168.1.1", False),
        ("::2", False),
        ("10.127.0.0", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_else_is(host: str, own: bool) -> None:
    assert is_loopback(host) is own


def test_without_lan_mode_nobody_else_is_admitted_whatever_the_lists_say() -> None:
    access = Access(OscSettings(allow=("192.168.1.0/24",), controllers=("192.168.1.7:9000",)))
    assert access.admits("127.0.0.1") is True
    assert access.admits("192.168.1.7") is False


def test_networks_of_both_kinds_and_addresses_with_a_zone_are_understood() -> None:
    access = Access(LAN)
    assert access.admits("192.168.1.255") is True
    assert access.admits("192.168.0.255") is False
    assert access.admits("fd12::1%eth0") is True
    assert access.admits("192.168.1.9%eth0") is True
    assert access.admits("fe80::7") is True
    assert access.admits("fe80::8%eth0") is False


def test_a_network_may_be_named_by_any_address_in_it() -> None:
    access = Access(OscSettings(lan=True, allow=("192.168.1.77/24",)))
    assert access.admits("192.168.1.1") is True


def test_what_the_settings_say_is_what_holds() -> None:
    access = Access(OscSettings(lan=True, allow=("192.168.1.7",), show_paths=True, origins=("http://page",)))
    assert (access.lan, access.shows_paths, set(access.origins)) == (True, True, {"http://page"})
    assert Access(OscSettings()).lan is False
    assert Access(OscSettings()).shows_paths is False


def test_a_cookie_holds_for_two_minutes_at_least_and_four_at_most() -> None:
    access = Access(OscSettings())
    cookie = access.cookie("192.168.1.7", 9000, 1_200.0)  # the first moment of its two minutes
    assert access.is_cookie(cookie, "192.168.1.7", 9000, 1_200.0)
    assert access.is_cookie(cookie, "192.168.1.7", 9000, 1_200.0 + 239.9)
    assert not access.is_cookie(cookie, "192.168.1.7", 9000, 1_200.0 + 240.0)
    late = access.cookie("192.168.1.7", 9000, 1_319.9)  # the last moment
    assert late == cookie
    assert access.cookie("192.168.1.7", 9000, 1_320.0) != cookie
    assert not access.is_cookie(access.cookie("192.168.1.7", 9000, 1_320.0), "192.168.1.7", 9000, 1_200.0)


def test_a_cookie_fits_exactly_into_a_float_and_is_never_nought() -> None:
    access = Access(OscSettings())
    for port in range(2_000):
        cookie = access.cookie("192.168.1.7", port, 0.0)
        assert 1 <= cookie < 2**24
        assert float(cookie) == cookie


def test_a_cookie_is_a_keyed_digest_of_address_and_time() -> None:
    access = Access(OscSettings())
    assert len(access._secret) >= 16
    access._secret = b"0123456789abcdef"
    digest = hmac.new(b"0123456789abcdef", b"192.168.1.7 9000 10", hashlib.sha256).digest()
    expected = 1 + struct.unpack(">I", digest[:4])[0] % 16_777_214
    assert access.cookie("192.168.1.7", 9000, 1_200.0) == expected


def test_cookies_use_the_whole_range_and_differ_from_daemon_to_daemon() -> None:
    one, other = Access(OscSettings()), Access(OscSettings())
    cookies = [one.cookie("192.168.1.7", port, 0.0) for port in range(2_000)]
    assert len(set(cookies)) > 1_990
    assert max(cookies) > 0.99 * 2**24
    assert min(cookies) < 0.01 * 2**24
    assert cookies != [other.cookie("192.168.1.7", port, 0.0) for port in range(2_000)]


def test_a_token_has_twelve_characters_at_least() -> None:
    Access(OscSettings(token="x" * 12))
    with pytest.raises(ConfigError, match="12"):
        Access(OscSettings(token="x" * 11))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.168.1.20:9000", ("192.168.1.20", 9000)),
        ("[fe80::7]:1", ("fe80::7", 1)),
        ("192.168.1.20:65535", ("192.168.1.20", 65_535)),
    ],
)
def test_a_controller_is_an_address_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert controller_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "192.168.1.20:0",
        "192.168.1.20:65536",
        "192.168.1.20",
        "phone:9000",
        ":9000",
        "1.2.3.4:x",
        "X1.2.3.4:9000",
        "1.2.3.4X:9000",
    ],
)
def test_what_is_no_controller_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match=r"osc\.controllers") as caught:
        Access(OscSettings(controllers=(text,)))
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (OscSettings(host="0.0.0.0"), "osc.host"),
        (OscSettings(lan=True), "osc.allow"),
        (OscSettings(lan=True, allow=("192.168.1.0/24", "everyone")), "'everyone'"),
    ],
)
def test_settings_that_would_open_too_much_are_refused_by_name(settings: OscSettings, named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Access(settings)
    assert named in str(caught.value)


def test_every_problem_is_told_at_once() -> None:
    settings = OscSettings(host="0.0.0.0", token="short", allow=("everyone", "nobody"))
    with pytest.raises(ConfigError) as caught:
        Access(settings)
    assert all(word in str(caught.value) for word in ("osc.host", "osc.token", "'everyone'", "'nobody'"))


def test_other_hosts_are_fine_in_lan_mode_and_loopback_always() -> None:
    assert Access(OscSettings(host="0.0.0.0", lan=True, allow=("192.168.1.7",))).lan
    assert not Access(OscSettings(host="::1")).lan
