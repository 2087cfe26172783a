"""Which addresses a push may go to: HTTPS to a named host that is on the internet, with all of its addresses."""

import socket
from typing import Any

import pytest
from pytest_django import Settings

from notifications.channels import addresses


def known_as(monkeypatch: pytest.MonkeyPatch, *places: str) -> None:
    """Let every name stand for these addresses."""

    def known(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, 443)) for each in places]

    monkeypatch.setattr(socket, "getaddrinfo", known)


def points_inwards(url: str) -> bool:
    try:
        addresses.look_up(url)
    except (addresses.PointsInwards, OSError):
        return True
    return False


INWARDS = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - nobody binds to it here
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:0a00:0001::1",
    "fc00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("place", INWARDS)
def test_what_stands_for_an_inner_address_points_inwards(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    known_as(monkeypatch, place)
    assert points_inwards("https://push.example/1")
    known_as(monkeypatch, "93.184.215.14", place)
    assert points_inwards("https://push.example/1")


@pytest.mark.parametrize("place", ["93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e", "2002:5db8:d70e::1"])
def test_what_stands_for_an_outer_address_does_not(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    known_as(monkeypatch, place)
    assert not points_inwards("https://push.example:8443/1?x=y")
    [found] = addresses.look_up("https://push.example/1")
    assert found.address == (place, 443)


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example/1",
        "ftp://push.example/1",
        "https://",
        "https:///1",
        "push.example",
        "",
        "https://user:password@push.example/1",
        "https://[2606:4700::1111]/1",
        "https://push.example:99999/1",
        "https://[/1",
    ],
)
def test_what_is_not_https_to_a_named_host_is_not_visited(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    known_as(monkeypatch, "93.184.215.14")
    assert points_inwards(url)


def test_a_name_that_nobody_knows_or_could_know_is_not_visited(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(host: str, *_: object, **__: object) -> None:
        raise UnicodeError if ".." in host else socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert points_inwards("https://push.example/1")
    with pytest.raises(addresses.PointsInwards):
        addresses.look_up("https://push..example/1")


def test_only_hosts_that_are_allowed_by_name_are_let_through(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    known_as(monkeypatch, "127.0.0.1")
    assert settings.PUSH_ALLOWED_HOSTS == []
    settings.PUSH_ALLOWED_HOSTS = ["push.example"]
    assert not points_inwards("http://push.example:8080/1")
    assert points_inwards("https://other.example/1")
    assert points_inwards("https://push.example.other/1")
