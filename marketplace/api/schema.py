"""OpenAPI 3.1: what all operations have in common.

Each operation documents its success and, as the component Problem, every way in which it can fail.
"""

from functools import partial
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, build_bearer_security_scheme_object
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from marketplace.http.endpoint import Endpoint
from marketplace.http.fields import Email, Text, Title
from marketplace.http.idempotency import HEADER, LONGEST_KEY, REPLAYED
from marketplace.http.problems import CONTENT_TYPE

REASONS = {
    400: "Malformed: an unknown or invalid parameter or field (`invalid_input`), cursor or header.",
    401: "Nobody is logged in, or the token or password is not valid.",
    403: "You see this, but may not do that.",
    404: "There is nothing here that you may see.",
    409: "A rule refuses; `code` says which.",
    412: "What If-Match names has changed since (`stale`): read it again.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "The Idempotency-Key was used with another body.",
    429: "Too many requests in this minute; Retry-After says when to come back.",
    503: "Could not be done just now; try again.",
}


def _header(kind: str, description: str) -> dict[str, Any]:
    return {"schema": {"type": kind}, "description": description}


WAIT = {"Retry-After": _header("integer", "Seconds after which to try again.")}
HEADERS = {
    429: WAIT
    | {
        "RateLimit-Policy": _header("string", "The limit, by name: `q` requests in `w` seconds."),
        "RateLimit": _header("string", "What is left of it: `r` requests, until `t` seconds have passed."),
        "RateLimit-Limit": _header("integer", "How many requests a minute has."),
        "RateLimit-Remaining": _header("integer", "How many of them are left."),
        "RateLimit-Reset": _header("integer", "Seconds to the next minute."),
    },
    503: WAIT,
}
"""The headers of problems that have some of their own."""

UNCHANGED = "Nothing has changed since you saw what If-None-Match names."
SHOW_WHAT_THEY_WROTE = {"PUT", "PATCH"}
"""The methods whose answer is what a GET of the same address would be."""

_sent = partial(OpenApiParameter, location=OpenApiParameter.HEADER)
IF_NONE_MATCH = _sent(
    "If-None-Match", description="ETags that you have: if one of them is still right, the answer is 304 without a body."
)
IF_MATCH = _sent(
    "If-Match",
    {"type": "string", "pattern": r'^(\*|"[!#-~]*"(, *"[!#-~]*")*)$'},
    description="The ETag of what you saw (or several, or *): if it has changed since, nothing is done.",
)
TAG = _sent(
    "ETag",
    response=["200"],
    description="Names what is shown, `server_time` aside."
    " Send it back in If-None-Match, or in If-Match with a change.",
)
KEY = _sent(
    HEADER,
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
    description="Sent again with the same key within 24 hours, nothing is carried out again:"
    " the first answer comes back.",
)
KEPT = _sent(REPLAYED, response=["201"], description="`true` when kept.")

_UNSEEN = (
    r"\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    r"\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc"
)
"""The best known characters that show nothing; `marketplace.characters` knows all."""
_CONTROLS = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
MAY_BE_EMPTY = rf"^([^\x00]*[^{_UNSEEN}][^\x00]*)?$"
MAY_SHOW_NOTHING = r"^[^\x00]*$"
VERBATIM = r"^[^\x00]+$"
MUST_SHOW = rf"^[^\x00]*[^{_UNSEEN}][^\x00]*$"
ON_ONE_LINE = rf"^[^{_CONTROLS}]*[^{_UNSEEN}][^{_CONTROLS}]*$"


class FieldError(serializers.Serializer[Any]):
    """What is wrong with a field."""

    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457. `code` is stable; `detail` is in the reader's language."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # a serializer's own `errors` are never asked for here
        child=FieldError(many=True), required=False, help_text="By field; `services.0` is the first of `services`."
    )


class Schema(AutoSchema):
    """Adds to each operation its problems and, where it creates, the Idempotency-Key."""

    def get_override_parameters(self) -> list[Any]:
        found = [IF_NONE_MATCH, TAG] if self._is_tagged() else []
        if self._heeds_if_match():
            found += [IF_MATCH, TAG] if self.method in SHOW_WHAT_THEY_WROTE else [IF_MATCH]
        return [*found, KEY, KEPT] if self._is_carried_out_once() else found

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """Document that unknown fields of a request are refused."""
        mapped: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]  # spectacular types its outer calls only
        return mapped | {"additionalProperties": False} if direction == "request" else mapped

    def _get_request_for_media_type(self, serializer: Any, direction: Any = "request") -> Any:
        """Document the longest bare array, and that a body is required."""
        schema, required = super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]  # the same
        if schema and schema.get("type") == "array":
            return schema | {"maxItems": serializer.max_length}, True
        return schema, required

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(Problem, "response").ref
        if self._is_tagged():
            bodies["304"] = {"description": UNCHANGED, "headers": bodies["200"]["headers"]}
        for status in sorted(self._problems()):
            bodies[str(status)] = {"content": {CONTENT_TYPE: {"schema": problem}}, "description": REASONS[status]}
            if headers := HEADERS.get(status):
                bodies[str(status)]["headers"] = headers
        return bodies

    def _problems(self) -> set[int]:
        found = {400, 401, 429, 503}
        if "{" in self.path:
            found.add(404)
        if self.method != "GET" and self.view.authentication_classes:
            found |= {403, 409}
        found |= getattr(self.view, "may_answer", {}).get(self.method, set())
        if self._get_request_body():  # type: ignore[no-untyped-call]  # the same
            found |= {413, 415}
        if self._heeds_if_match():
            found.add(412)
        return found | {422} if self._is_carried_out_once() else found

    def _is_tagged(self) -> bool:
        return self.method == "GET" and isinstance(self.view, Endpoint)

    def _heeds_if_match(self) -> bool:
        return self.method in getattr(self.view, "heeds_if_match", ())

    def _is_carried_out_once(self) -> bool:
        return self.method == "POST" and getattr(self.view, "keeps_answers", False)


class BearerScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer …`."""

    target_class = "marketplace.api.authentication.BearerAuthentication"
    name = "bearer"
    priority = 1

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002
        return build_bearer_security_scheme_object("Authorization", "Bearer")


class TextField(OpenApiSerializerFieldExtension):
    """Text without what a database cannot keep; in all but `Verbatim`, something must be seen."""

    target_class = "marketplace.http.fields.Verbatim"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        map_field: Any = auto_schema._map_serializer_field  # noqa: SLF001 - the extension's documented way
        schema: dict[str, Any] = map_field(self.target, direction, bypass_extensions=True)
        if not isinstance(self.target, Text):
            return schema | {"pattern": VERBATIM}
        if isinstance(self.target, Email):
            schema |= {"format": "email"}
        if not self.target.allow_blank:
            return schema | {"pattern": ON_ONE_LINE if isinstance(self.target, Title) else MUST_SHOW}
        pattern = MAY_SHOW_NOTHING if self.target.unseen_is_none else MAY_BE_EMPTY
        return schema | {"allOf": [{"pattern": pattern}]}  # beside `type`, spectacular would add an empty one


class WordField(OpenApiSerializerFieldExtension):
    """A word of the vocabulary: a component of the vocabulary's name."""

    target_class = "marketplace.http.fields.Word"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:  # noqa: ARG002
        """Refer to the component, or list the words where only some of them, or none, will do."""
        blank = [""] if self.target.allow_blank else []
        schema = {"type": "string", "enum": [*self.target.words, *blank]}
        if blank or self.target.name is None:
            return schema
        component = ResolvedComponent(
            name=self.target.name, type=ResolvedComponent.SCHEMA, schema=schema, object=self.target.name
        )
        auto_schema.registry.register_on_missing(component)
        reference: dict[str, Any] = component.ref
        return reference
