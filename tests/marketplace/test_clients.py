"""Which client a request came from: no port, no name and no garbage makes another one."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from marketplace import clients

DIRECT = "198.51.100.1"


def address(forwarded: str | None = None, remote: str = DIRECT) -> str:
    request = RequestFactory().get("/", REMOTE_ADDR=remote)
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return clients.address(request)


@pytest.mark.parametrize(
    ("written", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:51034", "203.0.113.7"),
        (" 203.0.113.7:51035 ", "203.0.113.7"),
        ('"203.0.113.7:51036"', "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
        ("::ffff:cb00:7107", "203.0.113.7"),
        ("64:ff9b::203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2::5", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]:51034", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("[fe80::2%25eth1]:80", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_an_address_is_read_however_it_is_written(settings: Settings, written: str, client: str) -> None:
    settings.PROXIES = 1
    assert address(written) == client
    assert address(f"192.0.2.99, {written}") == client
    settings.PROXIES = 0
    assert address(remote=written) == client


@pytest.mark.parametrize(
    "garbage",
    [
        *("unknown", "_hidden", "203.0.113.7.8", "203.0.113", "２０３.0.113.7", "1.2.3.4:5:6", "[::1", "-", "x" * 500),
        *("", " , ", "203.0.113.256", "010.0.0.1", "\x00", "https://203.0.113.7"),
    ],
)
def test_garbage_counts_as_the_connection_that_brought_it(settings: Settings, garbage: str) -> None:
    settings.PROXIES = 1
    assert address(garbage) in {DIRECT, "::/64"}
    assert address(garbage, remote="") in {clients.NOWHERE, "::/64"}
    assert address(garbage, remote="garbage") in {clients.NOWHERE, "::/64"}


def test_as_many_places_from_the_end_as_there_are_proxies(settings: Settings) -> None:
    chain = "10.0.0.1, 203.0.113.7:1, 192.0.2.1, "
    for proxies, client in ((0, DIRECT), (1, "192.0.2.1"), (2, "203.0.113.7"), (3, "10.0.0.1"), (9, "10.0.0.1")):
        settings.PROXIES = proxies
        assert address(chain) == client
    assert address(None) == DIRECT


def test_another_network_is_another_client(settings: Settings) -> None:
    assert address(remote="2001:db8:1:2::1") != address(remote="2001:db8:1:3::1")
    assert address(remote="203.0.113.7") != address(remote="203.0.113.8")
