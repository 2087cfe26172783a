"""Notices: the inbox, and the proof of notice."""

from typing import Any

from rest_framework import serializers

from marketplace.http.fields import Moment, Word
from notifications import codes, wording
from notifications.actions import relevance
from notifications.models import Notification
from notifications.vocabulary import Channel, Kind, State
from notifications.wording import Wording


class _Inbox(serializers.ListSerializer[Notification]):
    """A page of notices: which of them are over is asked once for all."""

    def to_representation(self, data: Any) -> list[Any]:
        listed: list[Notification] = list(data)
        shared: Any = self._context  # the one that the children see
        shared["over"] = relevance.over_among(listed, self.context["now"])
        return super().to_representation(listed)


class NotificationShown(serializers.Serializer[Notification]):
    """A notice in the inbox, in the reader's language and time zone."""

    class Meta:
        list_serializer_class = _Inbox

    id = serializers.UUIDField()
    kind = Word(Kind)
    title = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()
    room = serializers.UUIDField(source="room_id", allow_null=True)
    made_at = Moment()
    read_at = Moment(allow_null=True)
    is_over = serializers.SerializerMethodField(
        help_text="What it asked for is done or past: title and body say so, and nothing is left to do."
    )

    def get_is_over(self, notification: Notification) -> bool:
        over = self.context.get("over")
        if over is None:
            over = relevance.over_among([notification], self.context["now"])
        return notification.pk in over

    def get_title(self, notification: Notification) -> str:
        return self._wording(notification).title

    def get_body(self, notification: Notification) -> str:
        return self._wording(notification).body

    def _wording(self, notification: Notification) -> Wording:
        facts, is_over = codes.facts_of(notification), self.get_is_over(notification)
        return wording.render(notification.words, facts, self.context["now"], is_over=is_over)


class NoticeShown(serializers.Serializer[Notification]):
    """A notice of a cancel request that the respondent was sent: the proof of notice."""

    channel = Word(Channel)
    kind = Word(Kind)
    sent_at = Moment(allow_null=True)
    state = Word(State)
    error = serializers.SerializerMethodField(
        help_text="Why it did not arrive; empty when it did. In the other end's own words for the respondent and "
        "staff; for the requester `refused` or `not_taken`, since those words may hold an address."
    )

    def get_error(self, notice: Notification) -> str:
        """Say why, without the respondent's address to anybody whom it does not concern."""
        if self.context["in_full"] or not notice.last_error:
            return notice.last_error
        return "refused" if notice.refused_for_good else "not_taken"
