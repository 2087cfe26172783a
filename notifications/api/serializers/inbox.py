"""Notices: the inbox, and the proof of notice."""

from functools import cached_property
from typing import Any

from rest_framework import serializers

from marketplace.http.fields import Moment, Word
from notifications import codes, wording
from notifications.actions import relevance
from notifications.models import Notification
from notifications.phrases import Said
from notifications.vocabulary import Channel, Kind, State
from notifications.wording import Reader


class _Inbox(serializers.ListSerializer[Notification]):
    """A page of notices: which of them are over is asked once for all."""

    def to_representation(self, data: Any) -> list[Any]:
        """Show them."""
        listed: list[Notification] = list(data)
        shared: Any = self._context  # the one that the children see
        shared["over"] = relevance.over_among(listed, self.context["now"])
        return super().to_representation(listed)


class NotificationShown(serializers.Serializer[Notification]):
    """A notice in the inbox, in the reader's language and time zone."""

    class Meta:
        """Shown together."""

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
        """Say whether it is history."""
        over = self.context.get("over")
        if over is None:
            over = relevance.over_among([notification], self.context["now"])
        return notification.pk in over

    def get_title(self, notification: Notification) -> str:
        """Say what happened."""
        return self._said(notification).title

    def get_body(self, notification: Notification) -> str:
        """Say what to do, until when, and what happens otherwise."""
        return self._said(notification).body

    def _said(self, notification: Notification) -> Said:
        over = self.get_is_over(notification)
        return wording.say(notification.words, codes.facts_of(notification), self._reader, over=over)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(language=self.context["language"], zone=self.context["zone"], now=self.context["now"])


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
