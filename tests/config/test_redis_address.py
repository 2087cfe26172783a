"""The one reading of REDIS_URL: what it understands, for every client alike, and what it refuses by name."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from celery.app.amqp import AMQP

from config import redis_address

UNDERSTOOD: dict[str, dict[str, Any]] = {
    "redis://localhost": {"host": "localhost", "port": 6379, "db": 0},
    "redis://localhost:6380/3": {"host": "localhost", "port": 6380, "db": 3},
    "redis://:p%40ss%2Fw%3A%3F%25%3B@redis.example": {"host": "redis.example", "password": "p@ss/w:?%;"},
    "redis://us%40er:word@[::1]:7000/1": {"host": "::1", "port": 7000, "username": "us@er", "password": "word"},
    "rediss://:word@redis.example:6390": {"host": "redis.example", "port": 6390, "password": "word"},
    "unix:///run/redis.sock": {"path": "/run/redis.sock", "db": 0},
    "unix://:w%20rd@/run/a%20b.sock?db=4": {"path": "/run/a b.sock", "db": 4, "password": "w rd"},
    "redis+socket://me:word@/run/redis.sock?virtual_host=5": {"path": "/run/redis.sock", "db": 5, "username": "me"},
}
REFUSED = {
    "localhost:6379": "must begin with redis://",
    "amqp://:hidden@localhost/": "must begin with redis://",
    "sentinel://:hidden@localhost:26379/0": "must begin with redis://",
    "redis://:hidden@": "names no host",
    "redis://:hidden@localhost:port/0": "is no address",
    "redis://:hidden@localhost:0/0": "names port 0",
    "redis://:hidden@one,two/0": "must name one host",
    "redis://hidden@localhost/0": "names no password before the @",
    "redis://:hid#den@localhost/0": "holds a #",
    "redis://:hid/den@localhost/0": "is no address",
    "redis://:hidden@[::1/0": "is no address",
    "redis://:hidden@localhost/first": "the number of the database",
    "redis://:hidden@localhost/-1": "the number of the database",
    "redis://:hidden@localhost/0?socket_timeout=3": "has the option 'socket_timeout': redis:// takes no options",
    "redis://:hidden@localhost/0?ssl_cert_reqs=none": "has the option 'ssl_cert_reqs'",
    "rediss://:hidden@localhost/0?ssl_cert_reqs=perhaps": "ssl_cert_reqs must be one of",
    "rediss://:hidden@localhost/0?ssl_cert_reqs=": "ssl_cert_reqs must be one of",
    "rediss://:hidden@localhost/0?ssl_cert_reqs=none&ssl_cert_reqs=required": "has the option 'ssl_cert_reqs' twice",
    "rediss://:hidden@localhost/0?ssl_ca_certs=/nowhere.pem": "ssl_ca_certs names a file that cannot be read",
    "rediss://:hidden@localhost/0?ssl_check_hostname=maybe": "ssl_check_hostname must be true or false",
    "rediss://:hidden@localhost/0?sslrootcert=/ca.pem": "has the option 'sslrootcert'",
    "unix://run/redis.sock": "names a socket, from the root on",
    "unix://": "names no socket",
    "unix:///run/redis.sock?db=a": "the number of the database",
    "unix:///run/redis.sock?db=1&virtual_host=2": "has the option 'db' twice",
    "unix:///run/redis.sock?ssl_cert_reqs=none": "has the option 'ssl_cert_reqs'",
}


def of_the_health_check(url: str) -> dict[str, Any]:
    """Return how the client of the health check connects."""
    with redis_address.read(url).client(1) as client:
        return dict(client.connection_pool.connection_kwargs)


def of_the_broker(url: str) -> dict[str, Any]:
    """Return how Celery's transport connects."""
    address = redis_address.read(url)
    connection = AMQP.Connection(address.broker_url, ssl=address.tls)
    channel: Any = object.__new__(connection.transport.Channel)
    channel.connection = connection.transport
    how: dict[str, Any] = channel._connparams()  # noqa: SLF001 - what it connects with
    return how


@pytest.mark.parametrize("url", UNDERSTOOD)
def test_both_clients_read_an_address_alike(url: str) -> None:
    seen = [of_the_health_check(url), of_the_broker(url)]
    for client in seen:
        assert {name: client.get(name) for name in UNDERSTOOD[url]} == UNDERSTOOD[url]


@pytest.mark.parametrize(
    ("options", "verified", "named"),
    [
        ("", ssl.CERT_REQUIRED, True),
        ("?ssl_cert_reqs=CERT_REQUIRED", ssl.CERT_REQUIRED, True),
        ("?ssl_cert_reqs=required&ssl_check_hostname=false", ssl.CERT_REQUIRED, False),
        ("?ssl_cert_reqs=none", ssl.CERT_NONE, True),
        ("?ssl_cert_reqs=CERT_NONE", ssl.CERT_NONE, True),
    ],
)
def test_certificates_are_verified_by_both_unless_the_address_says_otherwise(
    options: str,
    verified: ssl.VerifyMode,
    named: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    for client in (of_the_health_check, of_the_broker):
        how = client(f"rediss://localhost{options}")
        assert (how["ssl_cert_reqs"], how["ssl_check_hostname"]) == (verified, named)


@pytest.mark.parametrize("url", REFUSED)
def test_anything_else_is_refused_in_words_without_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="^" + REFUSED[url].replace("?", r"\?")) as refused:
        redis_address.read(url)
    assert "hidden" not in str(refused.value)


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("none")
    for name, says in (
        ("ssl_ca_certs", "ssl_ca_certs holds no"),
        ("ssl_certfile", "ssl_certfile and ssl_keyfile hold"),
    ):
        with pytest.raises(ValueError, match=says):
            redis_address.read(f"rediss://localhost?{name}={tmp_path}/ca.pem")
