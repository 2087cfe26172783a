"""Every answer that is not a success, as RFC 9457 `application/problem+json` with a stable code."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from marketplace.errors import Refusal
from marketplace.http.origins import refused_origin, setting_that_admits
from marketplace.http.throttles import MINUTE, TooOften
from marketplace.http.wording import FIELDS, ORIGIN_REFUSED, PROBLEMS, too_long, too_many

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
TRY_AGAIN_AFTER = "1"
RENAMED = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
"""What RFC 9110 calls these, and older versions of Python do not."""
OF_THE_WHOLE = "non_field_errors"
"""What is wrong with a body, and with none of its fields."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    code: str
    status: int
    detail: str = ""
    """The refusal's own words; empty: the table's for the code."""
    errors: dict[str, list[dict[str, str]]] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What RFC 9110 calls the status."""
        return RENAMED.get(self.status, HTTPStatus(self.status).phrase)

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail or str(PROBLEMS.get(self.code, "")),
        }
        return body if self.errors is None else body | {"errors": self.errors}


def problem_response(failure: Exception, context: dict[str, Any]) -> HttpResponse:
    """Answer for an exception. DRF calls this for whatever a view raises, in whatever format it answers."""
    request: Request = context["request"]
    problem = _origin_refused(failure, request) or _problem(failure)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _tell_the_operators(failure, problem, request)
    return answer(problem)


def problem_of(failure: BaseException | None) -> HttpResponse:
    """Answer for an exception before or after a view of the API. The caller logs it."""
    return answer(_known_to_django(failure))


def answer(problem: Problem) -> HttpResponse:
    """Return the problem as an answer."""
    return HttpResponse(
        JSONRenderer().render(problem.body()),
        status=problem.status,
        reason=problem.title,
        headers=problem.headers,
        content_type=CONTENT_TYPE,
    )


def _problem(failure: Exception) -> Problem:
    match failure:
        case Refusal():
            return _refused(failure)
        case exceptions.ValidationError():
            errors = dict(by_field(failure.get_full_details()))
            return Problem(code="invalid_input", status=400, errors=errors)
        case exceptions.APIException():
            return _known_to_drf(failure)
    return _known_to_django(failure)


def _origin_refused(failure: Exception, request: Request) -> Problem | None:
    """Name the origin that CSRF refused, and the setting to look at; None for any other failure."""
    origin = refused_origin(str(failure)) if isinstance(failure, exceptions.PermissionDenied) else None
    if origin is None:
        return None
    setting = setting_that_admits(request._request, origin)  # noqa: SLF001 - DRF's way to Django's request
    logger.warning("a request of the origin %s was refused; the setting to look at is %s", origin, setting)
    words = str(ORIGIN_REFUSED).format(origin=origin, setting=setting)
    return Problem(code="permission_denied", status=403, detail=words)


def _known_to_django(failure: BaseException | None) -> Problem:
    match failure:
        case Http404():
            return Problem(code="not_found", status=404)
        case PermissionDenied():
            return Problem(code="permission_denied", status=403)
        case SuspiciousOperation():
            return Problem(code="malformed_request", status=400)
        case OperationalError():  # a lock or a statement that took too long, a deadlock, a database that is away
            return Problem(code="temporarily_unavailable", status=503, headers={"Retry-After": TRY_AGAIN_AFTER})
    return Problem(code="server_error", status=500)


def _refused(refusal: Refusal) -> Problem:
    """Render a refusal. Its `fields` name the entries of the body that it is about."""
    said = [{"code": refusal.code, "message": str(refusal.message)}]
    fields = refusal.facts.get("fields")
    errors = {str(field): said for field in fields} if isinstance(fields, tuple) else None
    headers = {"WWW-Authenticate": "Bearer"} if refusal.status == HTTPStatus.UNAUTHORIZED else {}
    return Problem(code=refusal.code, status=refusal.status, detail=said[0]["message"], errors=errors, headers=headers)


def _known_to_drf(failure: exceptions.APIException) -> Problem:
    headers = {}
    if isinstance(failure, TooOften):
        headers = dict(_limit(failure))
    elif isinstance(failure, exceptions.Throttled):
        headers = {"Retry-After": str(vars(failure).get("wait") or 1)}
    if auth_header := getattr(failure, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    code = failure.get_codes()
    return Problem(code=code if code in PROBLEMS else failure.default_code, status=failure.status_code, headers=headers)


def _limit(failure: TooOften) -> Iterator[tuple[str, str]]:
    """Name the limit in the headers of the IETF's draft and of its first versions, which most clients read."""
    wait, limit = str(failure.wait), str(failure.limit)
    yield "Retry-After", wait
    yield "RateLimit-Policy", f'"{failure.scope}";q={limit};w={MINUTE}'
    yield "RateLimit", f'"{failure.scope}";r=0;t={wait}'
    yield "RateLimit-Limit", limit
    yield "RateLimit-Remaining", "0"
    yield "RateLimit-Reset", wait


def by_field(details: Any, path: str = "") -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Flatten DRF's nested details: `services.0` is the first entry of `services`, `0.title` a bare array's."""
    if isinstance(details, dict):
        for name, inner in details.items():
            yield from by_field(inner, path if name == OF_THE_WHOLE else _inside(path, name))
    elif details and not isinstance(details[0].get("code"), str):  # entries of a list, which may have a field `code`
        for place, inner in enumerate(details):
            yield from by_field(inner, _inside(path, place))
    else:
        yield path or OF_THE_WHOLE, [_said(each) for each in details]


def _inside(path: str, name: Any) -> str:
    return f"{path}.{name}" if path else str(name)


def _said(detail: dict[str, Any]) -> dict[str, str]:
    """Word one error of a field. DRF's message of our fields is the limit alone, and of a text what is over it."""
    code, told = detail["code"], str(detail["message"])
    if code == "max_length":  # a list's limit has the same code
        limit, _, over = told.partition(" ")
        return {"code": code, "message": too_long(int(limit), int(over)) if over else too_many(int(limit))}
    if code == "max_items":
        return {"code": code, "message": too_many(int(told))}
    code = code if code in FIELDS else "invalid"
    return {"code": code, "message": str(FIELDS[code]).format(limit=told)}


def _tell_the_operators(failure: Exception, problem: Problem, request: Request) -> None:
    # The address's pattern, not its path: some have a secret in it.
    route = request.resolver_match.route if request.resolver_match else "(no such address)"
    logger.error("%s /%s: %s", request.method, route, problem.code, exc_info=failure)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:  # Django's own way to hear of what nobody caught
        got_request_exception.send(sender=type(failure), request=request._request)  # noqa: SLF001
