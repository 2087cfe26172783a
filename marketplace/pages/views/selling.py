"""A seller's own services: list, create, edit, publish, pause, resume."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import Serializer

from marketplace import errors
from marketplace.actions import selling
from marketplace.http.serializers.services import ServiceWritten
from marketplace.models import Service
from marketplace.pages import offer
from marketplace.pages.own import Own, seller_of, services_of
from marketplace.pages.page import Nothing, Page

SAVED = _("“{title}” is saved.")
SAVED_AS_DRAFT = _("“{title}” is saved as a draft.")
PUBLISHED = _("“{title}” is published.")


class SellingPage(Page):
    """出品サービス: the seller's own, with the state that others see."""

    template = "pages/selling/list.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        services, links = self.page_of(services_of(self.person))
        return self.shown(seller=seller_of(self.person), own=[Own(each) for each in services], links=links)


class NewServicePage(Page):
    """A new service. The first one makes its owner a seller."""

    template = "pages/selling/service.html"
    not_done = _("This could not be saved.")
    asks = ServiceWritten

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.shown(seller=seller_of(self.person))

    def post(self, request: HttpRequest) -> HttpResponse:
        given = {"description": "", **self.given()}

        def create() -> Service:
            made = selling.create(owner=self.person, **given)
            return selling.publish(service_id=made.pk, owner=self.person) if "publish" in request.POST else made

        created = self.once(create, "selling")
        done = PUBLISHED if "publish" in request.POST else SAVED_AS_DRAFT
        self.tell(str(done).format(title=given["title"]))
        return created


class OwnServicePage(Page):
    template = "pages/selling/service.html"
    not_done = _("This could not be saved.")
    asks: ClassVar[type[Serializer[Any]]] = ServiceWritten

    def get(self, _request: HttpRequest, service_id: UUID) -> HttpResponse:
        """Show the form as typed, and saved values where they differ."""
        own = self.own(service_id)
        stands = offer.terms(own.service)
        typed = {name: value for name, value in self.form.values.items() if name in stands}
        self.form = replace(self.form, fields=ServiceWritten().fields, values=stands | typed)
        changed = self.status == HTTPStatus.PRECONDITION_FAILED
        return self.shown(own=own, seen=offer.tag(own.service), stands_now=stands if changed else None)

    def post(self, request: HttpRequest, service_id: UUID) -> HttpResponse:
        stands, given = offer.terms(self.own(service_id).service), self.given()
        changes = {name: value for name, value in given.items() if value != stands[name]}
        check = offer.still(service_id, request.POST.get("seen", ""))
        saved = self.once(
            lambda: selling.change(service_id=service_id, owner=self.person, check=check, **changes), "selling"
        )
        self.tell(str(SAVED).format(title=given["title"]))
        return saved

    def own(self, service_id: UUID) -> Own:
        """Return the service. Raises `NotFound` unless the user owns it."""
        service = services_of(self.person).filter(pk=service_id).first()
        if service is None:
            raise errors.NotFound
        return Own(service)


class _Move(OwnServicePage):
    """A button of a service's owner. A refusal has its own page."""

    asks = Nothing
    move: ClassVar[Callable[..., Service]]
    done: ClassVar[Any]

    def post(self, _request: HttpRequest, service_id: UUID) -> HttpResponse:
        title = self.own(service_id).service.title
        moved = self.once(lambda: self.move(service_id=service_id, owner=self.person), "selling")
        self.tell(str(self.done).format(title=title))
        return moved


class PublishPage(_Move):
    move = staticmethod(selling.publish)
    not_done = _("This could not be published.")
    done = PUBLISHED


class PausePage(_Move):
    """受付休止中."""

    move = staticmethod(selling.pause)
    not_done = _("This could not be paused.")
    done = _("“{title}” is paused.")


class ResumePage(_Move):
    """受付中."""

    move = staticmethod(selling.resume)
    not_done = _("This could not be resumed.")
    done = _("“{title}” accepts purchases again.")


urlpatterns = [
    path("selling/", SellingPage.as_view(), name="selling"),
    path("selling/new/", NewServicePage.as_view(), name="new-service"),
    path("selling/<uuid:service_id>/", OwnServicePage.as_view(), name="edit-service"),
    path("selling/<uuid:service_id>/publish/", PublishPage.as_view(), name="publish-service"),
    path("selling/<uuid:service_id>/pause/", PausePage.as_view(), name="pause-service"),
    path("selling/<uuid:service_id>/resume/", ResumePage.as_view(), name="resume-service"),
]
