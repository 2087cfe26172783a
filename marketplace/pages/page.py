"""The base of every page: session, language, rate limits, forms and their errors."""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from rest_framework import serializers

from marketplace import clock
from marketplace.errors import NotFound, NotYoursToDo, Refusal
from marketplace.http import etags, idempotency
from marketplace.http.pagination import KeysetPagination, KeysFirst
from marketplace.http.throttles import PerMinute, ReadThrottle, TooOften, WriteThrottle
from marketplace.models import User
from marketplace.pages import errors, forms
from marketplace.pages.forms import Form, NotUnderstood

logger = logging.getLogger(__name__)

OUR_KEY = re.compile(r"[0-9a-f]{32}")
"""The format of `{% key %}`."""
SENT_BEFORE = _("This form was sent before, and is carried out only once. This is how it stands now.")
SENT = "sent"
"""The event that tells the script that its form was carried out."""
SHOWN_AT_ONCE = 30
"""Entries of a list on one page."""


class Nothing(serializers.Serializer[Any]):
    """A form without fields: a button."""


class Page(View):
    """One page. A subclass renders in `get` and acts in `post`; a refusal renders it again with the input."""

    template: ClassVar[str]
    asks: ClassVar[type[serializers.Serializer[Any]]] = Nothing
    """The serializer of its form."""
    public: ClassVar[bool] = False
    """Whether it needs no log-in."""
    not_done: ClassVar[Any] = _("This could not be sent.")
    """The headline above a refusal."""
    throttles: ClassVar[tuple[type[PerMinute], ...]] = (ReadThrottle, WriteThrottle)
    http_method_names = ["get", "head", "post", "options"]
    status = HTTPStatus.OK
    form: Form
    is_repeated = False
    """Whether this form was carried out before."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.form = forms.empty(self.asks)
            answer = self._answer(request, *args, **kwargs)
        except OperationalError:  # a lock or a statement that took too long, or a database that is away
            logger.exception("a page could not be shown or sent: %s %s", request.method, request.resolver_match)
            answer = errors.busy(request)
        answer.headers.setdefault("Cache-Control", "no-store")  # after logging out, going back shows nothing of it
        return answer

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.public and not request.user.is_authenticated:
            return errors.log_in_first(request)
        try:
            for throttle in (each() for each in self.throttles):
                if not throttle.allow_request(request, self):  # type: ignore[arg-type]  # it asks what both requests have
                    raise throttle.refusal()
            return self._acted(request, *args, **kwargs)
        except TooOften as refused:
            return errors.too_often(request, refused.wait)
        except NotFound:
            return errors.not_found(request)
        except Refusal as refusal:  # there is no form that it could stand beside
            return errors.refused(request, refusal)

    def _acted(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method = str(request.method).lower()
        if method not in self.http_method_names or not hasattr(self, method):
            return errors.not_allowed(request, [each.upper() for each in self.http_method_names if hasattr(self, each)])
        try:
            acted: HttpResponse = getattr(self, method)(request, *args, **kwargs)
        except NotUnderstood as wrong:
            if not hasattr(self, "get"):
                return errors.malformed(request)
            self.form, self.status = wrong.form, HTTPStatus.BAD_REQUEST
        except (NotFound, NotYoursToDo):
            raise
        except Refusal as refusal:
            if request.method != "POST" or not hasattr(self, "get"):
                raise
            self.form = forms.refused(self.asks, request.POST, refusal)
            self.status = HTTPStatus(refusal.status)
        else:
            return self._went_on(acted)
        again: HttpResponse = self.get(request, *args, **kwargs)
        return again

    @property
    def is_script(self) -> bool:
        """Whether our script sent the form. It keeps the draft until the form is carried out."""
        return self.request.method == "POST" and "HX-Request" in self.request.headers

    def _went_on(self, acted: HttpResponse) -> HttpResponse:
        """Let the script redirect by itself, after it has dropped the draft."""
        if not self.is_script or not isinstance(acted, HttpResponseRedirect):
            return acted
        answer = HttpResponse(status=HTTPStatus.NO_CONTENT)
        answer.headers["HX-Redirect"], answer.headers["HX-Trigger"] = acted.url, SENT
        return answer

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)  # noqa: S101 - `_answer` saw to it
        return self.request.user

    def given(self, **known: str) -> dict[str, Any]:
        """Return the form's validated input, with `known` from the URL. Raises `NotUnderstood`."""
        data = self.request.POST.copy()
        data.update(known)
        return forms.read(self.asks, data)

    def begin_with(self, **values: Any) -> None:
        if self.request.method != "POST":
            self.form = forms.empty(self.asks, **values)

    def shown(self, template: str = "", **context: Any) -> HttpResponse:
        return render(self.request, template or self.template, self.context(**context), status=self.status)

    def context(self, **context: Any) -> dict[str, Any]:
        if "now" not in context:
            context["now"] = clock.now()
        return {"form": self.form, "page": self, **context}

    def unless_seen(self, answer: HttpResponse, tag: str) -> HttpResponse:
        """Return 304 to a browser that names this tag; the answer, under the tag, to any other."""
        answer.headers["ETag"] = tag
        return etags.not_modified(self.request, tag, answer)

    def shows(self, serializer: type[serializers.BaseSerializer[Any]], of: Any, **context: Any) -> Any:
        context |= {"person": self.request.user}
        many = isinstance(of, list)
        return serializer(of, many=many, context=context).data

    def page_of(
        self, rows: QuerySet[Any] | KeysFirst, at_once: int = SHOWN_AT_ONCE
    ) -> tuple[list[Any], dict[str, str | None]]:
        """Return one page of a list, and the queries (`?cursor=…`) of the next and previous one."""
        self.asked = {"page_size": at_once, "cursor": self.request.GET.get("cursor")}
        pages = KeysetPagination()
        found = pages.paginate_queryset(rows, self.request, self)  # type: ignore[arg-type]  # it asks for the address
        links = pages.get_paginated_response(found).data
        return found, {way: links[way] and f"?{urlsplit(links[way]).query}" for way in ("next", "previous")}

    def once(
        self, write: Callable[[], Any], to: str, **place: Callable[[Any], Any] | UUID | str
    ) -> HttpResponseRedirect:
        """Carry this out once, however often the form is sent, and go on to the page that `to` names.

        `place` are the parts of its address; those that depend on what was made are functions of it.
        """

        def went(made: Any) -> Mapping[str, str]:
            parts = {name: part(made) if callable(part) else part for name, part in place.items()}
            return {"to": reverse(f"pages:{to}", kwargs=parts)}

        answer = idempotency.once_for(self._key(), write, went)
        self.is_repeated = idempotency.REPLAYED in answer.headers
        if self.is_repeated and not (self.is_script and to == "talk-room"):  # a script tries again by itself
            messages.info(self.request, str(SENT_BEFORE))
        return see_other(json.loads(answer.content)["to"])

    def tell(self, words: str, level: int = messages.SUCCESS) -> None:
        """Add a message to the next page, unless the form was a repetition."""
        if not self.is_repeated:
            messages.add_message(self.request, level, words)

    def _key(self) -> idempotency.Key | None:
        """Return the form's idempotency key: its own key and the input. Changed input is another form."""
        key = self.request.POST.get("once", "")
        typed = sorted((name, values) for name, values in self.request.POST.lists() if name not in forms.OWN_MATTERS)
        body = hashlib.sha256(json.dumps(typed).encode()).hexdigest()
        path = self.request.path
        if not OUR_KEY.fullmatch(key):
            return None
        return idempotency.Key(user=self.person.pk, method="POST", path=path, key=f"{key} {body}", body_hash=body)


def see_other(address: str) -> HttpResponseRedirect:
    """Redirect after a form, so that reloading sends nothing again."""
    answer = HttpResponseRedirect(address)
    answer.status_code = HTTPStatus.SEE_OTHER.value
    return answer
