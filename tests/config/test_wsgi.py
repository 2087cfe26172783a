"""Whatever a Content-Type claims, it is answered."""

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from config.handler import Application, Request


@pytest.mark.parametrize("charset", ["zip", "hex", "rot13", "nonsense", "utf-16", "utf-8"])
def test_an_address_is_read_under_any_character_set(charset: str) -> None:
    environ = RequestFactory().get("/api/v1/services/?page_size=1").environ
    request = Request({**environ, "CONTENT_TYPE": f"x/y; charset={charset}"})
    assert request.GET is not None
    if charset != "utf-16":
        assert request.GET.dict() == {"page_size": "1"}


def test_django_s_own_request_still_needs_the_help() -> None:
    environ = RequestFactory().get("/?page_size=1").environ
    with pytest.raises(LookupError):
        _ = WSGIRequest({**environ, "CONTENT_TYPE": "x/y; charset=zip"}).GET
    assert Application.request_class is Request
