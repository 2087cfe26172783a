"""The Compose file as it stands: it comes up, people use it over TLS, and its proxy keeps what is outside outside."""

import base64
import hashlib
import json
import re
import shlex
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import sync_playwright

from tests.acceptance.test_readme import ALL
from tests.browser import chromium
from tests.browser.reader import reader
from tests.browser.test_story import Walker, walk
from tests.door.conftest import PASSWORD
from tests.door.pod import CLIENTS, HOST, OURS, PLAIN, PROXY, TLS, URL, WEBS, Pod
from tests.support.stack import until

SLOW = 24
"""Clients at once: three times what the threads of web could serve."""
FACTS_OF_A_BOX = """
import os
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
assert (os.getuid(), os.getgid()) == (10001, 10001)
assert {status[f"Cap{kind}"].strip() for kind in ("Eff", "Prm", "Amb")} == {"0" * 16}
assert status["NoNewPrivs"].strip() == "1"
for folder in ("/", "/app", "/app/config", "/venv"):
    try:
        open(f"{folder}/x", "w")
    except OSError as refused:
        assert refused.errno == 30, refused
    else:
        raise AssertionError(folder)
for folder in ("/tmp", "/dev/shm"):
    open(f"{folder}/x", "w").close()
"""
LIMITS_OF_REDIS = """
import redis
from config.environment import url_with_password
client = redis.Redis.from_url(url_with_password("REDIS_URL", ""))
print(client.config_get("maxmemory")["maxmemory"], client.config_get("maxmemory-policy")["maxmemory-policy"])
"""


@pytest.fixture(scope="package")
def scenery(pod: Pod) -> Any:
    """Who and what is in the database, made beside the running processes."""
    made = pod.inside(sys.executable, "-m", "tests.browser.scenery", DEMO_PASSWORD=PASSWORD)
    return json.loads(made.splitlines()[-1])


@pytest.fixture
def yuki(pod: Pod, scenery: Any) -> Iterator[httpx.Client]:
    """A buyer who is logged in."""
    with pod.client(cookies={"__Host-sessionid": scenery["sessions"]["yuki"]}) as client:
        yield client


# It comes up, and works


@pytest.mark.parametrize("name", [*OURS, "proxy"])
def test_each_service_is_healthy_by_its_own_check(pod: Pod, name: str) -> None:
    [how, *command] = pod.services[name].raw["healthcheck"]["test"]
    assert how == "CMD"
    checked = pod.run(name, command)
    assert checked.returncode == 0, checked.stderr


def test_the_box_is_as_narrow_as_the_container(pod: Pod) -> None:
    looked = pod.run("web", ["python", "-c", FACTS_OF_A_BOX])
    assert looked.returncode == 0, looked.stderr


@pytest.mark.parametrize("command", [each for each in ALL if re.match("docker compose (exec|run)", each)])
def test_what_the_readme_runs_in_a_container_runs_in_its_box(pod: Pod, command: str) -> None:
    service, *inside = [word for word in shlex.split(command)[3:] if not word.startswith("--")]
    ended = pod.run(service, inside)
    assert ended.returncode == 0, ended.stderr


def test_redis_is_bounded_below_what_its_container_may_use(pod: Pod) -> None:
    looked = pod.run("rest", ["python", "-c", LIMITS_OF_REDIS])
    bound, policy = looked.stdout.split()
    assert pod.services["redis"].raw["deploy"]["resources"]["limits"]["memory"] == "512M"
    assert (int(bound), policy) == (256 * 1024**2, "noeviction"), looked.stderr


def test_the_certificate_is_made_once_and_left_alone(pod: Pod) -> None:
    made = (pod.certificates / "fullchain.pem").read_bytes()
    assert "nothing to do" in pod.run_once("certificate")
    assert (pod.certificates / "fullchain.pem").read_bytes() == made
    assert (pod.certificates / "privkey.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(chromium.found() is None, reason=chromium.MISSING)
def test_people_log_in_through_the_proxy_and_walk_the_whole_story(pod: Pod, scenery: Any) -> None:
    pair = scenery["walkers"][0]
    with in_a_browser(pod) as opens, ExitStack() as windows:
        people = [Walker(windows.enter_context(opens()), live=True) for _ in range(2)]
        for walker, name in zip(people, (pair["buyer"], pair["seller"]), strict=True):
            walker.reader.log_in(name, PASSWORD)
        for _waits in walk(people[0], people[1], pair["mark"], pair["titles"]):
            assert people[0].page.url.startswith(f"{URL}/")
        names = {cookie.get("name"): cookie.get("secure") for cookie in people[0].reader.context.cookies()}
        assert names["__Host-sessionid"] is True


@contextmanager
def in_a_browser(pod: Pod) -> Iterator[Any]:
    """Start the system's Chromium inside the network. It takes the one certificate that was made, and no other."""
    made = x509.load_pem_x509_certificate((pod.certificates / "fullchain.pem").read_bytes())
    key = made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    known = base64.b64encode(hashlib.sha256(key).digest()).decode()
    arguments = [
        *chromium.arguments(),
        f"--host-resolver-rules=MAP {HOST}:443 {PROXY}:{TLS}",
        f"--ignore-certificate-errors-spki-list={known}",
    ]
    with sync_playwright() as playwright:
        program = pod.browser(str(chromium.found()))
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield partial(reader, browser, URL)
        browser.close()


# What the proxy lets in


def test_plain_http_is_led_to_https(pod: Pod) -> None:
    transport = httpx.HTTPTransport(uds=pod.way_in(port=PLAIN))
    with httpx.Client(transport=transport, base_url=f"http://{HOST}") as client:
        answer = client.get("/talk-rooms/?a=b")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"{URL}/talk-rooms/?a=b")
        assert client.get("/.well-known/acme-challenge/x").status_code == 404
    with pod.client() as client:
        assert client.get("/healthz").headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/metrics", "/metrics?x=1", "//metrics", "/%6detrics", "/x/../metrics", "/metrics/"])
def test_the_figures_are_nobodys_outside(pod: Pod, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
    with opened(pod) as client:
        client.sendall(request.encode())
        answer = b"".join(iter(partial(client.recv, 65536), b""))
    assert answer.split()[1] in (b"404", b"301"), answer[:200]
    assert b"renraku_" not in answer


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n", id="half a head"),
        pytest.param(
            f"POST /api/v1/auth/token/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
            "Content-Length: 1000\r\n\r\n{",
            id="one byte of a body",
        ),
        pytest.param("", id="nothing at all"),
    ],
)
def test_slow_clients_stop_nobody(pod: Pod, begun: str) -> None:
    with ExitStack() as held, pod.client() as client:
        for _ in range(SLOW):
            held.enter_context(opened(pod)).sendall(begun.encode())
        for path in ("/healthz", "/log-in/", "/healthz"):
            began = time.monotonic()
            assert client.get(path).status_code == 200
            assert time.monotonic() - began < 5


@contextmanager
def opened(pod: Pod) -> Iterator[ssl.SSLSocket]:
    """Return a TLS connection to the proxy."""
    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(20)
        plain.connect(pod.way_in())
        with closing(pod.verified.wrap_socket(plain, server_hostname=HOST)) as secured:
            yield secured


def test_a_body_that_is_too_long_is_refused(pod: Pod) -> None:
    with pod.client() as client:
        of_the_api = client.post("/api/v1/auth/token/", json={"username": "x" * 300_000})
        assert (of_the_api.status_code, of_the_api.headers["Content-Type"]) == (413, "application/problem+json")
        assert client.post("/log-in/", content=b"x" * 1_100_000).status_code == 413


# What web is told


def test_each_client_has_a_throttle_of_its_own_whatever_it_says_of_its_address(pod: Pod) -> None:
    with pod.client(CLIENTS[0]) as one, pod.client(CLIENTS[1]) as other:
        told = (tries(one, number, f"192.0.2.{number}") for number in range(1, 30))
        assert 429 in told
        assert tries(other, 30, CLIENTS[0]) != 429


def tries(client: httpx.Client, number: int, pretended: str) -> int:
    """Try to log in as somebody else each time, with an address that is made up. Returns the status."""
    headers = {"X-Forwarded-For": pretended, "Forwarded": f"for={pretended}", "X-Real-IP": pretended}
    body = {"username": f"nobody-{number}", "password": "wrong"}
    return client.post("/api/v1/auth/token/", json=body, headers=headers).status_code


def test_what_a_client_says_of_scheme_and_host_is_dropped(pod: Pod) -> None:
    lies = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "81"}
    with pod.client(headers=lies) as client:
        page = client.get("/log-in/")
        assert page.status_code == 200
        assert "evil.example" not in page.text
        key = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"csrfmiddlewaretoken": key, "username": "nobody", "password": "wrong"}
        refused = client.post("/log-in/", data=form, headers={"Origin": URL})
        assert refused.status_code in (400, 429)  # and not 403: the origin is ours
        assert client.get("/log-in/", headers={"Host": "evil.example"}).status_code == 400


def test_what_was_seen_is_304_although_pages_are_compressed(scenery: Any, yuki: httpx.Client) -> None:
    path = f"/talk-rooms/{scenery['rooms']['running']}/live/"
    first = yuki.get(path)
    assert (first.status_code, first.headers["Content-Encoding"]) == (200, "gzip")
    tag = first.headers["ETag"]
    assert tag.startswith("W/")
    again = yuki.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_an_etag_of_the_api_stays_strong_so_that_if_match_can_take_it(scenery: Any, pod: Pod) -> None:
    with pod.client(cookies={"__Host-sessionid": scenery["sessions"]["hana"]}) as hana:
        service = hana.get(f"/api/v1/services/{scenery['ids']['service_id']}/")
        tag = service.headers["ETag"]
        assert not tag.startswith("W/")
        assert hana.get(service.url.path, headers={"If-None-Match": tag}).status_code == 304


# More than one web


def test_with_three_webs_one_may_go_and_with_none_people_are_told_to_try_again(pod: Pod) -> None:
    for number in (1, 2):
        pod.start("web", f"web-{number}", WEBS[number])
    pod.resolve("web", list(WEBS))
    with pod.client() as client:
        until(lambda: all(answers_itself(pod, address) for address in WEBS), 30, "three webs")
        pod.kill("web")
        assert {client.get("/healthz").status_code for _ in range(20)} == {200}
        pod.kill("web-1")
        pod.kill("web-2")
        page, problem = client.get("/log-in/"), client.get("/api/v1/services/")
        for answer in (page, problem):
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "もう一度お試しください" in page.text
        assert problem.headers["Content-Type"] == "application/problem+json"
        assert problem.json()["code"] == "temporarily_unavailable"
        pod.start("web")
        pod.resolve("web", [WEBS[0]])
        until(lambda: client.get("/healthz").status_code == 200, 30, "web to be back")


def answers_itself(pod: Pod, address: str) -> bool:
    ask = f"""
import urllib.request as r
r.urlopen(r.Request("http://{address}:8000/healthz", headers={{"Host": "{HOST}"}}), timeout=5)
"""
    return pod.run("web", ["python", "-c", ask]).returncode == 0
