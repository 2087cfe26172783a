"""The inbox, and the proof of notice."""

from uuid import UUID

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import clock, errors
from marketplace.http.endpoint import Endpoint, Listing
from marketplace.http.pagination import PageQuery
from marketplace.models import CancelRequest, TalkRoom
from marketplace.readers import read_by
from notifications.actions import inbox
from notifications.api.serializers.inbox import NoticeShown, NotificationShown
from notifications.models import Notification
from notifications.stories import proof_of_notice
from notifications.vocabulary import Channel

NOTICES_AT_MOST = 200
"""A request has a few steps on three channels; this is more than any can have."""


class InboxView(Listing):
    @extend_schema(responses={200: NotificationShown(many=True)}, parameters=[PageQuery], summary="Your notices")
    def get(self, _request: Request) -> Response:
        """List what you were told, newest first."""
        told = Notification.objects.filter(person=self.person, channel=Channel.INAPP).order_by("-made_at", "-id")
        with read_by(self.person, default=get_language()):
            return self.page(told, NotificationShown, now=clock.now())


class ReadView(Endpoint):
    @extend_schema(request=None, responses={200: NotificationShown}, summary="Mark a notice as read")
    def post(self, _request: Request, notification_id: UUID) -> Response:
        """Write when you first read it. Nothing that waits for you is handled by that."""
        read = inbox.read(person=self.person, notification_id=notification_id)
        with read_by(self.person, default=get_language()):
            return Response(self.shown(NotificationShown, read, now=clock.now()))


class NoticesView(Endpoint):
    pagination_class = None

    @extend_schema(responses={200: NoticeShown(many=True)}, summary="Which notices of a request were sent")
    def get(self, _request: Request, request_id: UUID) -> Response:
        """List which notices of this request its respondent was sent, how, when, and what became of them."""
        asked = CancelRequest.objects.filter(pk=request_id).first()
        room = TalkRoom.objects.visible_to(self.person).filter(pk=asked.room_id).first() if asked else None
        if asked is None or room is None:
            raise errors.NotFound
        told = proof_of_notice(asked, room)
        in_full = self.person.is_staff or room.party_of(self.person) == asked.respondent
        return Response(self.shown(NoticeShown, told[:NOTICES_AT_MOST], many=True, in_full=in_full))
