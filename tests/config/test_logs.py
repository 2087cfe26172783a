"""What a line looks like, and which request it belongs to."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from uuid import UUID

import pytest
import structlog
from django.test import Client, RequestFactory
from django.urls import ResolverMatch

from config import logs
from config.request_log import RequestLog


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """Collects what one logger says; a test gives it its layout."""
    heard = io.StringIO()
    logger = logging.getLogger("spoken")
    handler = logging.StreamHandler(heard)
    logger.addHandler(handler)
    yield heard
    logger.removeHandler(handler)


def speak_in(layout: str) -> logging.Logger:
    logger = logging.getLogger("spoken")
    formatter = logs.configuration(layout, "INFO", "web")["formatters"]["line"]
    make = formatter.pop("()")
    logger.handlers[0].setFormatter(make(**formatter))
    return logger


def test_a_library_s_line_carries_the_ids_as_ours_do(said: io.StringIO) -> None:
    speak_in(logs.JSON)
    with structlog.contextvars.bound_contextvars(request_id="r-1", task_id="t-1"):
        logging.getLogger("spoken").warning("the broker said %s", "no")
        structlog.get_logger("spoken").warning("put off", rows=3)
    theirs, ours = (json.loads(line) for line in said.getvalue().splitlines())
    assert theirs.items() >= {"event": "the broker said no", "level": "warning", "request_id": "r-1"}.items()
    assert ours.items() >= {"event": "put off", "rows": 3, "task_id": "t-1", "role": "web", "logger": "spoken"}.items()
    assert theirs["timestamp"].endswith("Z")


def test_on_the_console_a_fact_is_one_line_whatever_somebody_typed(said: io.StringIO) -> None:
    speak_in(logs.CONSOLE).warning("no such service: %s", "x\n2026-01-01 [info] all is well")
    [line] = said.getvalue().splitlines()
    assert "[warning] no such service: x\\n2026-01-01" in line


@pytest.mark.parametrize("layout", logs.LAYOUTS)
def test_a_traceback_shows_no_local_variable(said: io.StringIO, layout: str) -> None:
    logger = speak_in(layout)
    password = "hidden" * 2
    try:
        int(password[1:])
    except ValueError:
        logger.exception("it failed")
    assert "ValueError: invalid literal" in said.getvalue()
    assert password not in said.getvalue()


@pytest.mark.django_db
def test_an_id_is_taken_over_only_if_it_is_well_formed(client: Client) -> None:
    def answered(**headers: str) -> str:
        return client.get("/healthz", headers=headers)["X-Request-ID"]

    for good in ("a", "Root=1-5759e988-bd862e3fe1be46a994272793", "x" * 64):
        assert answered(**{"X-Request-ID": good}) == good
    made = {answered(**{"X-Request-ID": bad}) for bad in ("", "x" * 65, "two words", "a\tb", "é", "<b>")}
    assert {len(each) for each in made} == {36}
    assert len(made) == 6


def test_after_an_answer_the_id_is_no_longer_bound(client: Client) -> None:
    client.get("/healthz")
    client.get("/nowhere")
    assert structlog.contextvars.get_contextvars() == {}


def test_an_address_is_told_without_its_secret_and_its_query() -> None:
    request = RequestFactory().get("/feeds/hush/?q=hush")
    ids = {"room_id": UUID(int=7), "secret": "hush"}
    request.resolver_match = ResolverMatch(print, (), ids, route="feeds/<str:secret>/<uuid:room_id>/")
    told = RequestLog.format_request(request)
    assert told == f"GET /feeds/<str:secret>/<uuid:room_id>/ room_id={UUID(int=7)}"
    assert RequestLog.format_request(RequestFactory().get("/hush")) == "GET (no such address)"
