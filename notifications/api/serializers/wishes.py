"""Notification settings (通知設定), browsers, tests, the calendar's address."""

from typing import Any

from rest_framework import serializers

from marketplace.http.fields import Flag, Moment, Text, Word
from notifications.actions.preferences import Changes, QuietHours, Wished
from notifications.api.fields import Milliseconds, PublicKey, Secret, SixDigits, Strict, TimeOfDay
from notifications.models import ChannelTest, PushSubscription
from notifications.vocabulary import SWITCHABLE, Channel, Kind


class Channels(Strict):
    """On which channels a kind is told."""

    def get_fields(self) -> dict[str, Any]:
        return {channel.value: Flag(required=False) for channel in Channel}


class Kinds(Strict):
    """The switches of each kind."""

    def get_fields(self) -> dict[str, Any]:
        return {kind.value: Channels(required=False) for kind in SWITCHABLE}


class Hours(Strict):
    """From (inclusive) to (exclusive), over midnight where `to` is earlier; equal ends are no quiet hours."""

    def get_fields(self) -> dict[str, Any]:
        """Name both ends: one of them is a word of Python's."""
        return {"from": TimeOfDay(), "to": TimeOfDay()}


class Preferences(serializers.Serializer[Any]):
    """What you wish to be told, how and when. Times are of your time zone."""

    kinds = Kinds(required=False)
    quiet_hours = Hours(
        required=False, allow_null=True, help_text="E-mail and push wait until they end; what is critical does not."
    )
    digest_at = TimeOfDay(required=False, allow_null=True, help_text="When you are told daily what is unhandled.")


def shown(wished: Wished) -> dict[str, Any]:
    """Return the wishes as `Preferences` shows them."""
    hours = wished.quiet_hours
    return {
        "kinds": {kind.value: {channel.value: on for channel, on in row.items()} for kind, row in wished.kinds.items()},
        "quiet_hours": {"from": hours.start, "to": hours.end} if hours else None,
        "digest_at": wished.digest_at,
    }


def changes(given: dict[str, Any]) -> Changes:
    """Return what a body asks to change."""
    kinds = {
        Kind(kind): {Channel(channel): on for channel, on in row.items()}
        for kind, row in given.get("kinds", {}).items()
    }
    hours: dict[str, Any] = {name: given[name] for name in ("quiet_hours", "digest_at") if name in given}
    if hours.get("quiet_hours"):
        hours["quiet_hours"] = QuietHours(start=hours["quiet_hours"]["from"], end=hours["quiet_hours"]["to"])
    return Changes(kinds=kinds, hours=hours)


class PushKey(serializers.Serializer[Any]):
    """The server's public key, as `applicationServerKey` takes it; null where push is not set up."""

    key = serializers.CharField(allow_null=True)


class BrowserKeys(Strict):
    """How to encrypt for this browser alone."""

    p256dh = PublicKey()
    auth = Secret()


class BrowserSent(serializers.Serializer[Any]):
    """A browser's `PushSubscription.toJSON()`, as it is."""

    endpoint = Text(max_length=1000, help_text="HTTPS, and on the internet.")
    keys = BrowserKeys()
    expirationTime = Milliseconds(  # noqa: N815 - the browser's word
        required=False, allow_null=True, help_text="Not looked at: a subscription that is gone says so when it is used."
    )


class BrowserShown(serializers.Serializer[PushSubscription]):
    """A browser that you subscribed."""

    id = serializers.UUIDField()
    endpoint = serializers.CharField()
    made_at = Moment()


class TestAsked(serializers.Serializer[Any]):
    """Which channel to try."""

    __test__ = False  # no test of pytest's
    channel = Word(Channel)


class TestShown(serializers.Serializer[ChannelTest]):
    """A test notice. The code is in the notice alone."""

    __test__ = False
    id = serializers.UUIDField()
    channel = Word(Channel)
    address = serializers.CharField(help_text="Where an e-mail went; empty for the other channels.")
    made_at = Moment()
    confirmed_at = Moment(allow_null=True)


class CodeSent(serializers.Serializer[Any]):
    """The six digits that arrived."""

    code = SixDigits(help_text="At most 5 tries, within 24 hours.")


class FeedAddress(serializers.Serializer[Any]):
    """The secret address of your calendar; null when you have none."""

    url = serializers.CharField(allow_null=True)
