"""The base of every API view."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import translation
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.views import APIView

from marketplace.http import caching
from marketplace.http.language import asked_for
from marketplace.http.pagination import KeysetPagination, KeysFirst, NoQuery, PageQuery
from marketplace.http.refusals import PreconditionNotHeeded
from marketplace.models import User
from marketplace.readers import language_of


class Endpoint(APIView):
    """One URL. `query` lists its parameters; any other is refused, as are unknown fields."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    query: ClassVar[type[NoQuery]] = NoQuery
    keeps_answers: ClassVar[bool] = False
    """Whether its POST takes an Idempotency-Key."""
    heeds_if_match: ClassVar[set[str]] = set()
    """The methods that do nothing when the ETag of If-Match has changed."""
    ignores_query: ClassVar[bool] = False
    """Whether unknown parameters are ignored: people share this URL, and programs append to it."""
    may_answer: ClassVar[dict[str, set[int]]] = {}
    """By method, the problem statuses that `schema` cannot derive."""

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Decode the URL as UTF-8, whatever charset the header names for the body."""
        request.encoding = "utf-8"
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the caller, the rate, the preconditions and the query."""
        super().initial(request, *args, **kwargs)
        refuse_unheeded_preconditions(request, if_match_is_heeded=request.method in self.heeds_if_match)
        query = self.query(data={} if self.ignores_query else request.query_params.dict())
        _refuse_unknown(query)
        query.is_valid(raise_exception=True)
        self.asked: dict[str, Any] = query.validated_data

    def perform_authentication(self, request: Request) -> None:
        """Answer in the language of Accept-Language, else the person's own: clients send the header on purpose."""
        super().perform_authentication(request)
        translation.activate(asked_for(request) or language_of(request.user))

    def check_throttles(self, request: Request) -> None:
        """Count this request. Raises `TooOften`."""
        for throttle in self.get_throttles():
            if not throttle.allow_request(request, self):
                raise throttle.refusal()  # type: ignore[attr-defined]  # they are ours

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the headers of every response; 304 for what the client has."""
        return caching.finished(request, super().finalize_response(request, response, *args, **kwargs))

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)  # noqa: S101 - the permission classes saw to it
        return self.request.user

    def given(self, serializer: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """Return the validated body. Raises `ValidationError` with every field's errors."""
        data = self.request.data
        read = serializer(data=data if data or not hasattr(data, "getlist") else {}, partial=partial)
        _refuse_unknown(read)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def given_lines(self, serializer: type[Serializer[Any]], *, at_most: int) -> list[dict[str, Any]]:
        """Return a validated bare array. Raises `ValidationError` with each entry's errors, by position."""
        data = self.request.data
        if not isinstance(data, list):
            raise ValidationError(ErrorDetail("", code="not_a_list"))
        if len(data) > at_most:
            raise ValidationError(ErrorDetail(str(at_most), code="max_items"))
        read: Any = serializer(data=data, many=True)
        unknown = [_unknown(read.child.fields, entry) for entry in data]
        if any(unknown):
            raise ValidationError(unknown)
        read.is_valid(raise_exception=True)
        return [dict(entry) for entry in read.validated_data]

    def shown(self, serializer: type[BaseSerializer[Any]], of: Any, *, many: bool = False, **context: Any) -> Any:
        context |= {"person": self.request.user}
        return serializer(of, many=many, context=context).data


class Listing(Endpoint):
    pagination_class = KeysetPagination
    query = PageQuery

    def page(self, found: QuerySet[Any] | KeysFirst, serializer: type[BaseSerializer[Any]], **context: Any) -> Response:
        pages = self.pagination_class()
        rows = pages.paginate_queryset(found, self.request, self)
        return pages.get_paginated_response(self.shown(serializer, rows, many=True, **context))


def refuse_unheeded_preconditions(request: Request, *, if_match_is_heeded: bool = False) -> None:
    """Refuse preconditions that the view would ignore. Raises `PreconditionNotHeeded`."""
    unheeded = set() if if_match_is_heeded else {"If-Match"}
    if request.method not in SAFE_METHODS:
        unheeded.add("If-None-Match")
    if any(header in request.headers for header in unheeded):
        raise PreconditionNotHeeded


def _refuse_unknown(serializer: Serializer[Any]) -> None:
    unknown = _unknown(serializer.fields, serializer.initial_data)
    if unknown:
        raise ValidationError(unknown)


def _unknown(known: Iterable[str], data: Any) -> dict[str, list[ErrorDetail]]:
    """Return an error for each name that is not known."""
    names = set(data) - set(known) if isinstance(data, dict) else set()
    return {name: [ErrorDetail("", code="unknown")] for name in sorted(names)}
