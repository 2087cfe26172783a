"""Talk rooms, and what is said in them."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import errors, visits
from marketplace.actions import talk
from marketplace.api.views.visited import VisitedEndpoint
from marketplace.http import idempotency
from marketplace.http.endpoint import Listing
from marketplace.http.pagination import KeysFirst, PageQuery
from marketplace.http.serializers.talk import MessageShown, MessageWritten, RoomShown, RoomVisited
from marketplace.models import Message, TalkRoom
from marketplace.reads.shown import rooms_as_shown
from marketplace.vocabulary import MessageKind


class RoomsView(Listing):
    @extend_schema(responses={200: RoomShown(many=True)}, parameters=[PageQuery], summary="Your talk rooms")
    def get(self, _request: Request) -> Response:
        """List your rooms on either side, newest first; staff see all. At most one sweep old."""
        every = TalkRoom.objects.newest_first()
        sides = (every,) if self.person.is_staff else every.sides_of(self.person)
        return self.page(KeysFirst(sides, lambda keys: rooms_as_shown(TalkRoom.objects.filter(pk__in=keys))), RoomShown)


class RoomView(VisitedEndpoint):
    @extend_schema(responses={200: RoomVisited}, summary="See a talk room")
    def get(self, _request: Request, room_id: UUID) -> Response:
        """Show a room with what each party may do; an overdue one is settled first."""
        return Response(self.room_shown(visits.see(self.person, pk=room_id)))


class MessagesView(Listing):
    keeps_answers = True

    @extend_schema(responses={200: MessageShown(many=True)}, parameters=[PageQuery], summary="Read messages")
    def get(self, _request: Request, room_id: UUID) -> Response:
        """List a room's messages, newest first."""
        room = TalkRoom.objects.visible_to(self.person).filter(pk=room_id).first()
        if room is None:
            raise errors.NotFound
        said = Message.objects.filter(room=room).order_by("-posted_at", "-id")
        return self.page(said, MessageShown, by_staff=self.person.is_staff and room.party_of(self.person) is None)

    @extend_schema(request=MessageWritten, responses={201: MessageShown}, summary="Say something")
    def post(self, request: Request, room_id: UUID) -> HttpResponse:
        """Post a message. Unless it is `automatic` it is contact, and the reply to a request against you."""
        given = self.given(MessageWritten)

        def post() -> Message:
            kind = MessageKind(given.get("kind", MessageKind.TEXT))
            return talk.post_message(room_id=room_id, author=self.person, body=given["body"], kind=kind)

        return idempotency.once(request, post, lambda posted: self.shown(MessageShown, posted))
