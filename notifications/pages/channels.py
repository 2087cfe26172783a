"""The pages of channels: their state, tests with a code, browsers with push."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from marketplace import clock
from marketplace.pages.page import Page, see_other
from notifications import browser
from notifications.actions import channel_tests, reach, subscriptions
from notifications.actions.reach import Known
from notifications.api.serializers.wishes import BrowserSent, CodeSent, TestAsked
from notifications.models import ChannelTest, PushSubscription
from notifications.vocabulary import Channel


@dataclass(frozen=True, kw_only=True)
class Reached:
    code: Channel
    name: str
    known: Known
    waiting: ChannelTest | None
    """The test whose code can be entered."""


SERVICES = {
    "googleapis.com": "Chrome",
    "mozilla.com": "Firefox",
    "apple.com": "Safari",
    "windows.com": "Edge",
}
"""The push service identifies the browser: nothing else is stored."""


class _Channels(Page):
    template = "pages/settings/channels.html"

    def get(self, _request: HttpRequest, **_place: UUID) -> HttpResponse:
        waiting, known = channel_tests.waiting_of(self.person), reach.known_of(self.person)
        channels = [
            Reached(code=channel, name=str(Channel(channel).label), known=known[channel], waiting=waiting.get(channel))
            for channel in Channel
        ]
        subscribed = PushSubscription.objects.filter(person=self.person).order_by("-made_at", "-id")
        browsers = [(each, _browser(each.endpoint)) for each in subscribed]
        return self.shown(channels=channels, browsers=browsers, push_key=subscriptions.push_key())


class ChannelsPage(_Channels):
    asks = TestAsked

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Send a test. Raises `NothingToReach`, `TooManyTestsToday`."""
        channel = Channel(self.given()["channel"])
        return self.once(
            lambda: channel_tests.ask(person=self.person, channel=channel), "test", test_id=lambda test: str(test.pk)
        )


class TestPage(Page):
    __test__ = False  # no test of pytest's
    template = "pages/settings/test.html"
    asks = CodeSent

    def get(self, _request: HttpRequest, test_id: UUID) -> HttpResponse:
        now, test = clock.now(), channel_tests.own(person=self.person, test_id=test_id)
        return self.shown(
            test=test,
            channel=str(Channel(test.channel).label),
            takes_a_code=channel_tests.takes_a_code(test, now),
            ends_at=test.made_at + channel_tests.HOLDS_FOR,
            left=channel_tests.TRIES - test.tries,
            now=now,
        )

    def post(self, request: HttpRequest, test_id: UUID) -> HttpResponse:
        """Confirm the test with the six digits, as people type them: 「１２３ ４５６」 too.

        Not under the form's key: a wrong try must count, and what is carried out once is one transaction,
        which a refusal undoes. Raises `WrongCode`, `TooManyTries`, `TestExpired`.
        """
        typed = unicodedata.normalize("NFKC", request.POST.get("code", ""))
        code = self.given(code="".join(typed.split()))["code"]
        channel_tests.confirm(person=self.person, test_id=test_id, code=code)
        self.tell(_("Confirmed: notices arrive."))
        return see_other(reverse("pages:channels"))


class BrowsersPage(_Channels):
    """Subscribing this browser; a script fills in the form."""

    asks = BrowserSent

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Subscribe it. Raises `AddressPointsInwards`, `SubscriptionOfAnother`."""
        given = self.given()

        def subscribe() -> PushSubscription:
            return subscriptions.subscribe(person=self.person, endpoint=given["endpoint"], **given["keys"])

        subscribed = self.once(subscribe, "channels")
        browser.remember(subscribed, given["endpoint"])
        self.tell(_("This browser shows notices now."))
        return subscribed


class BrowserPage(_Channels):
    def post(self, _request: HttpRequest, subscription_id: UUID) -> HttpResponse:
        """Remove the subscription. Raises `NotFound`."""
        removed = self.once(
            lambda: subscriptions.unsubscribe(person=self.person, subscription_id=subscription_id), "channels"
        )
        self.tell(_("That browser is removed."))
        return removed


def _browser(endpoint: str) -> str:
    host = urlsplit(endpoint).hostname or ""
    return next((name for domain, name in SERVICES.items() if host.endswith(f".{domain}")), host)


urlpatterns = [
    path("settings/channels/", ChannelsPage.as_view(), name="channels"),
    path("settings/browsers/", BrowsersPage.as_view(), name="browsers"),
    path("settings/browsers/<uuid:subscription_id>/", BrowserPage.as_view(), name="browser"),
    path("settings/tests/<uuid:test_id>/", TestPage.as_view(), name="test"),
]
