"""The talk room."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from marketplace import errors, events, visits
from marketplace.actions import cancel_requests, talk
from marketplace.http.serializers.cancel_requests import CancelRequestPlaced
from marketplace.http.serializers.talk import MessageShown, MessageWritten
from marketplace.models import Message
from marketplace.pages import live
from marketplace.pages.ended import Ended
from marketplace.pages.live import Live
from marketplace.pages.page import SENT, Page, see_other
from marketplace.pages.room import Room
from marketplace.pages.silence import Silence
from marketplace.pages.story import Story
from marketplace.pages.turn import Turn
from marketplace.pages.work import Work
from marketplace.vocabulary import MessageKind, RequestStatus

LIVE_PARTS = {part: f"pages/room/{part}.html" for part in ("conversation", "turn", "state", "announce", "closed")}


class InRoom(Page):
    def room(self, room_id: UUID) -> Room:
        """Visit the room: an overdue one is settled first. Raises `NotFound`."""
        return Room(visits.see(self.person, pk=room_id), self.person)

    def in_room(self, room: Room, **context: Any) -> dict[str, Any]:
        head = {"turn": Turn(room), "ended": Ended(room)}
        shown = {"silence": Silence(room), "work": Work(room), "story": Story(room)}
        return {"room": room, **head, **shown, "now": room.visit.now, **context}


class RoomPage(InRoom):
    template = "pages/room/room.html"
    asks = MessageWritten

    def get(self, request: HttpRequest, room_id: UUID) -> HttpResponse:
        """Show the room. It carries the tag of its live part, which then has to come again only when it changes.

        `?progress` begins a progress report.
        """
        if self.is_script:  # what was sent is refused, and stands in the box all the same
            return self.again(room_id)
        if "progress" in request.GET:
            self.begin_with(kind=MessageKind.PROGRESS_REPORT)
        context = self.whole(room_id)
        events.room_seen.send(RoomPage, person=self.person, room_id=room_id)
        return self.shown(**context, live=self.live(context).parts)

    def post(self, _request: HttpRequest, room_id: UUID) -> HttpResponse:
        given = self.given()
        kind = MessageKind(given.get("kind", MessageKind.TEXT))
        posted = self.once(
            lambda: talk.post_message(room_id=room_id, author=self.person, body=given["body"], kind=kind),
            "talk-room",
            room_id=room_id,
        )
        if not self.is_script:
            return see_other(f"{posted.url}#composer")
        answer = self.again(room_id)
        answer.headers["HX-Trigger"] = SENT
        return answer

    def again(self, room_id: UUID) -> HttpResponse:
        """Render the parts that a message changes; the text box keeps its content."""
        context = self.whole(room_id)
        context["live"] = self.live(context).parts
        answer = render(self.request, "pages/room/again.html", self.context(**context), status=self.status)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def whole(self, room_id: UUID) -> dict[str, Any]:
        room = self.room(room_id)
        said, links = self.page_of(Message.objects.filter(room=room_id).order_by("-posted_at", "-id"))
        by_staff = room.visit.by_staff(self.person)
        messages = self.shows(MessageShown, said, by_staff=by_staff)[::-1]
        return self.in_room(room, lines=messages, links=links)

    def live(self, context: dict[str, Any]) -> Live:
        return live.draw(self.request, LIVE_PARTS, self.context(**context))


class LivePart(RoomPage):
    """The live part of a room, polled every few seconds; 304 if nothing changed."""

    http_method_names = ["get", "head", "options"]

    def get(self, _request: HttpRequest, room_id: UUID) -> HttpResponse:
        drawn = self.live(self.whole(room_id))
        shown = render(self.request, "pages/room/live.html", {"live": drawn.parts})
        answer = self.unless_seen(shown, drawn.tag)
        if answer.status_code == HTTPStatus.OK:
            events.room_seen.send(RoomPage, person=self.person, room_id=room_id)
        return answer


class AskPage(InRoom):
    template = "pages/room/ask.html"
    asks = CancelRequestPlaced

    def get(self, _request: HttpRequest, room_id: UUID) -> HttpResponse:
        """Show the preview, or the missing conditions. Raises `NotYoursToDo` for staff."""
        room = self.room(room_id)
        if room.yours is None:
            raise errors.NotYoursToDo
        seen = room.if_asked_now() if room.yours.is_possible else None
        return self.shown(**self.in_room(room, asking=room.yours, seen=seen))

    def post(self, _request: HttpRequest, room_id: UUID) -> HttpResponse:
        reason = self.given().get("reason", "")
        return self.once(
            lambda: cancel_requests.place(room_id=room_id, requester=self.person, reason=reason),
            "talk-room",
            room_id=room_id,
        )


class WithdrawPage(InRoom):
    template = "pages/room/withdraw.html"
    not_done = _("This could not be withdrawn.")

    def get(self, _request: HttpRequest, request_id: UUID) -> HttpResponse:
        """Ask for confirmation. Raises `NotYoursToDo` for everybody but the requester."""
        room = Room(visits.see(self.person, cancel_requests=request_id), self.person)
        request = room.visit.request(request_id)
        if request.requester != room.you:
            raise errors.NotYoursToDo
        is_open = request.status == RequestStatus.AWAITING_REPLY
        return self.shown(**self.in_room(room, placed=request, is_open=is_open))

    def post(self, _request: HttpRequest, request_id: UUID) -> HttpResponse:
        return self.once(
            lambda: cancel_requests.withdraw(request_id=request_id, person=self.person),
            "talk-room",
            room_id=lambda withdrawn: withdrawn.room_id,
        )


urlpatterns = [
    path("talk-rooms/<uuid:room_id>/", RoomPage.as_view(), name="talk-room"),
    path("talk-rooms/<uuid:room_id>/live/", LivePart.as_view(), name="live"),
    path("talk-rooms/<uuid:room_id>/cancel-request/", AskPage.as_view(), name="ask"),
    path("cancel-requests/<uuid:request_id>/withdraw/", WithdrawPage.as_view(), name="withdraw"),
]
