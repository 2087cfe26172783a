"""Redis behind TLS with certificates of our own, and on a Unix socket: real workers, and the health check."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from celery.app.amqp import AMQP
from celery.exceptions import OperationalError
from pytest_django import Settings

from config import broker, redis_address
from config.messaging import App
from marketplace.publishing import Breaker
from tests.support.fronts import Authority, front
from tests.support.servers import session_servers
from tests.support.stack import Stack, until

SWEPT = "SELECT count(*) FROM marketplace_presence WHERE role = 'sweep'"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def place(authority: Authority) -> Iterator[str]:
    """The run's own Redis behind TLS, as user:password@host:port/number."""
    behind = redis_address.read(session_servers().redis_url)
    with front(behind.port, tls=authority.server("127.0.0.1")) as port:
        who = f":{quote(behind.password, safe='')}@" if behind.password else ""
        yield f"{who}127.0.0.1:{port}/0"


def through_celery(url: str) -> None:
    address = redis_address.read(url)
    with AMQP.Connection(address.broker_url, ssl=address.tls) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0)


def through_the_health_check(url: str, settings: Settings) -> None:
    settings.REDIS_URL = url
    broker.take_a_write()


def test_both_clients_verify_the_certificate(authority: Authority, place: str, settings: Settings) -> None:
    for options in (f"?ssl_ca_certs={authority.path}", f"?ssl_cert_reqs=CERT_REQUIRED&ssl_ca_certs={authority.path}"):
        through_celery(f"rediss://{place}{options}")
        through_the_health_check(f"rediss://{place}{options}", settings)
    stranger = Authority(authority.folder, "a stranger")
    for options in ("", f"?ssl_ca_certs={stranger.path}"):
        with pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
            through_celery(f"rediss://{place}{options}")
        with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED") as refused:
            through_the_health_check(f"rediss://{place}{options}", settings)
        assert broker.reason(refused.value).startswith("its certificate is not trusted (")
    through_celery(f"rediss://{place}?ssl_cert_reqs=none")
    through_the_health_check(f"rediss://{place}?ssl_cert_reqs=none", settings)


def test_a_certificate_of_another_host_is_refused_unless_the_address_says_so(
    authority: Authority, settings: Settings
) -> None:
    behind = redis_address.read(session_servers().redis_url)
    with front(behind.port, tls=authority.server("elsewhere.example")) as port:
        url = f"rediss://:{behind.password}@127.0.0.1:{port}/0?ssl_ca_certs={authority.path}"
        with pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
            through_celery(url)
        with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            through_the_health_check(url, settings)
        through_celery(f"{url}&ssl_check_hostname=false")
        through_the_health_check(f"{url}&ssl_check_hostname=false", settings)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "rediss://{place}", "unix:///nowhere/redis.sock"])
def test_what_a_dead_broker_raises_is_no_error_for_the_person_who_acted(db: None, place: str, url: str) -> None:
    address = redis_address.read(url.format(place=place))
    with App("a test's", broker=address.broker_url, broker_use_ssl=address.tls, set_as_current=False) as app:
        assert not Breaker().call(lambda: app.control.revoke("an id"), "revoke")
        assert not Breaker().call(lambda: app.send_task("a task"), "wake-up")


def test_workers_run_over_tls_and_over_a_unix_socket(authority: Authority, tmp_path: Path) -> None:
    """The worker of the rest sweeps when it is ready: a message that went out and came in by the same way."""
    with Stack({"DEBUG": "false"}, roles=()) as stack:
        behind = redis_address.read(stack.env["REDIS_URL"])
        path = tmp_path / "a redis.sock"
        with front(behind.port, tls=authority.server("127.0.0.1")) as port, front(behind.port, path=path):
            word, number = behind.password, behind.database
            by_tls = f"rediss://:{word}@127.0.0.1:{port}/{number}?ssl_ca_certs={authority.path}"
            by_socket = f"unix://:{word}@{quote(str(path))}?db={number}"
            stack.start("rest", {"REDIS_URL": by_tls})
            stack.start("deadlines", {"REDIS_URL": by_socket})
            stack.wait_ready()
            with stack.connect() as database:
                until(lambda: database.execute(SWEPT).fetchone() == (3,), 30, "the sweeps of a worker behind TLS")
            stack.stop()
