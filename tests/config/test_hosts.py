"""Names under which people find us: what would never match, or lead nobody anywhere, is refused at the start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import hosts

THIS_MACHINE = ["localhost", "127.0.0.1", "[::1]"]


def given(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("market.example", ["market.example"]),
        ("Market.Example, .market.example ,10.0.3.7,[::1]", ["market.example", ".market.example", "10.0.3.7", "[::1]"]),
        ("::1,web,my_host", ["[::1]", "web", "my_host"]),
        ("例え.jp", ["xn--r8jz45g.jp"]),
        ("", THIS_MACHINE),
    ],
)
def test_host_names_are_read_as_requests_name_them(
    monkeypatch: pytest.MonkeyPatch, value: str, read: list[str]
) -> None:
    given(monkeypatch, "ALLOWED_HOSTS", value)
    assert hosts.hosts("ALLOWED_HOSTS", THIS_MACHINE) == read


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("https://market.example", "without scheme"),
        ("market.example,http://localhost", "without scheme"),
        ("market.example/", "without scheme and path"),
        ("market.example:8000", "without port"),
        ("[::1]:8000", "without port"),
        ("10.0.3.7:8000", "without port"),
        ("*", "must name the hosts"),
        ("*.market.example", r"takes '\.market\.example'"),
        ("market example", "such as"),
        ("user@market.example", "such as"),
        ("market..example", "such as"),
        ("1.2.3", "such as"),
        ("[fe80::1%eth0]", "such as"),
        (",", "names no host"),
    ],
)
def test_other_hosts_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str, why: str) -> None:
    given(monkeypatch, "ALLOWED_HOSTS", value)
    with pytest.raises(ImproperlyConfigured, match=f"^ALLOWED_HOSTS: .*{why}"):
        hosts.hosts("ALLOWED_HOSTS", THIS_MACHINE)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("https://market.example", ["https://market.example"]),
        ("https://Market.example:443,http://localhost:8000", ["https://market.example", "http://localhost:8000"]),
        ("https://*.market.example,https://[::1]:8443", ["https://*.market.example", "https://[::1]:8443"]),
        ("https://例え.jp", ["https://xn--r8jz45g.jp"]),
        ("", []),
    ],
)
def test_origins_are_read_as_browsers_send_them(monkeypatch: pytest.MonkeyPatch, value: str, read: list[str]) -> None:
    given(monkeypatch, "CSRF_TRUSTED_ORIGINS", value)
    assert hosts.origins("CSRF_TRUSTED_ORIGINS") == read


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("market.example", "with their scheme"),
        ("https://market.example/", "without a path"),
        ("https://market.example/shop", "without a path"),
        ("https://market.example?", "without a path"),
        ("ftp://market.example", "such as"),
        ("https://", "such as"),
        ("https://*", "such as"),
        ("https://user@market.example", "such as"),
        ("https://market.example:port", "such as"),
        ("null", "with their scheme"),
    ],
)
def test_other_origins_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str, why: str) -> None:
    given(monkeypatch, "CSRF_TRUSTED_ORIGINS", f"https://market.example,{value}")
    with pytest.raises(ImproperlyConfigured, match=f"^CSRF_TRUSTED_ORIGINS: .*{why}"):
        hosts.origins("CSRF_TRUSTED_ORIGINS")


@pytest.mark.parametrize("value", ["https://market.example", "https://market.example/", "http://10.0.3.7:8000"])
def test_the_sites_address_is_scheme_and_host(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    given(monkeypatch, "PUBLIC_URL", value)
    assert hosts.site("PUBLIC_URL", "http://127.0.0.1:8000", ["market.example"]) == value.rstrip("/")


@pytest.mark.parametrize(
    "value",
    [
        *("market.example", "//market.example", "ftp://market.example", "https://", "https://market.example/shop"),
        *("https://market.example?x=1", "https://market.example#x", "https://me:pw@market.example"),
        *("https://market.example:0", "https://market.example:x", "https://market .example", "https://market..example"),
    ],
)
def test_any_other_address_of_the_site_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    given(monkeypatch, "PUBLIC_URL", value)
    with pytest.raises(ImproperlyConfigured, match=r"^PUBLIC_URL: must be "):
        hosts.site("PUBLIC_URL", "http://127.0.0.1:8000", ["market.example"])


@pytest.mark.parametrize(
    "value",
    [
        *("", "http://localhost:8000", "http://127.0.0.2", "https://[::1]", "http://renraku.localhost"),
        *("http://0.0.0.0", "http://[::ffff:127.0.0.1]"),
    ],
)
def test_an_address_that_leads_to_the_readers_own_machine_is_refused_with_foreign_hosts(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    given(monkeypatch, "PUBLIC_URL", value)
    assert hosts.site("PUBLIC_URL", "http://127.0.0.1:8000", THIS_MACHINE)
    with pytest.raises(
        ImproperlyConfigured, match=r"^PUBLIC_URL: leads to the reader's own machine, not to market.example"
    ):
        hosts.site("PUBLIC_URL", "http://127.0.0.1:8000", ["localhost", "market.example"])


@pytest.mark.parametrize(
    "value", ["no-reply@market.example", "Market <no-reply@market.example>", "root@mailhost", "例え <x@例え.jp>"]
)
def test_a_sender_is_one_address(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    given(monkeypatch, "EMAIL_FROM", value)
    assert hosts.sender("EMAIL_FROM", "Renraku <renraku@localhost>") == value.replace("@例え.jp", "@xn--r8jz45g.jp")


@pytest.mark.parametrize(
    "value",
    [
        *("nobody", "@market.example", "no-reply@", "a@b@market.example", "Market <no-reply>", "a b@market.example"),
        *(
            "a@market.example, b@market.example",
            "a@market..example",
            "a@market.example\nBcc: x@y.example",
            "a@.example",
        ),
    ],
)
def test_what_is_no_address_sends_nothing(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    given(monkeypatch, "EMAIL_FROM", value)
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_FROM: must be one e-mail address"):
        hosts.sender("EMAIL_FROM", "Renraku <renraku@localhost>")


def test_hosts_that_a_push_may_go_to_are_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "PUSH_ALLOWED_HOSTS", "Push.Example, 10.0.0.7,[::1]")
    assert hosts.inner_hosts("PUSH_ALLOWED_HOSTS") == ["push.example", "10.0.0.7", "::1"]
    for value in ("http://push.example", "push.example:443", "a b", "a,/b"):
        given(monkeypatch, "PUSH_ALLOWED_HOSTS", value)
        with pytest.raises(
            ImproperlyConfigured, match=r"^PUSH_ALLOWED_HOSTS: takes host names without scheme and port"
        ):
            hosts.inner_hosts("PUSH_ALLOWED_HOSTS")
