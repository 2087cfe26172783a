"""What every address of the API has in common."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.views import APIView

from marketplace.api import language
from marketplace.api.pagination import KeysetPagination, NoQuery, PageQuery
from marketplace.models import User


class Endpoint(APIView):
    """One address. `query` describes the parameters it takes; any other is refused, as are unknown fields."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    query: ClassVar[type[NoQuery]] = NoQuery
    keeps_answers: ClassVar[bool] = False
    """Whether its POST takes an Idempotency-Key."""
    may_answer: ClassVar[dict[str, set[int]]] = {}
    """By method, the problems that `schema` cannot guess."""

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Read the address as UTF-8, whatever character set the header claims for the body."""
        request.encoding = "utf-8"
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks, how often, and what for."""
        super().initial(request, *args, **kwargs)
        query = self.query(data=request.query_params.dict())
        _refuse_unknown(query)
        query.is_valid(raise_exception=True)
        self.asked: dict[str, Any] = query.validated_data

    @property
    def person(self) -> User:
        """Who is logged in."""
        assert isinstance(self.request.user, User)  # noqa: S101 - the permission classes saw to it
        return self.request.user

    def given(self, serializer: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """Return the body as this serializer reads it. Raises `ValidationError` with every field's errors."""
        data = self.request.data
        read = serializer(data=data if data or not hasattr(data, "getlist") else {}, partial=partial)
        _refuse_unknown(read)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def shown(self, serializer: type[BaseSerializer[Any]], of: Any, *, many: bool = False, **context: Any) -> Any:
        """Return what this serializer shows to who asks, in the language that they read."""
        context |= {"person": self.request.user, "language": language.of(self.request)}
        return serializer(of, many=many, context=context).data


class Listing(Endpoint):
    """An address that lists, in pages."""

    pagination_class = KeysetPagination
    query = PageQuery

    def page(self, queryset: QuerySet[Any], serializer: type[BaseSerializer[Any]]) -> Response:
        """Return the page that was asked for."""
        pages = self.pagination_class()
        rows = pages.paginate_queryset(queryset, self.request, self)
        return pages.get_paginated_response(self.shown(serializer, rows, many=True))


def _refuse_unknown(serializer: Serializer[Any]) -> None:
    data = serializer.initial_data
    unknown = set(data) - set(serializer.fields) if isinstance(data, dict) else set()
    if unknown:
        raise ValidationError({name: [ErrorDetail("", code="unknown")] for name in sorted(unknown)})
