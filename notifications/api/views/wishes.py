"""Notification settings (通知設定), browsers, tests of a channel."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.http import idempotency
from marketplace.http.endpoint import Endpoint, Listing
from marketplace.http.pagination import PageQuery
from notifications import browser
from notifications.actions import calendar, channel_tests, preferences, subscriptions
from notifications.api.serializers import wishes
from notifications.api.serializers.wishes import (
    BrowserSent,
    BrowserShown,
    CodeSent,
    FeedAddress,
    Preferences,
    PushKey,
    TestAsked,
    TestShown,
)
from notifications.models import ChannelTest, PushSubscription
from notifications.vocabulary import Channel


class PreferencesView(Endpoint):
    @extend_schema(responses={200: Preferences}, summary="What you are told, and how")
    def get(self, _request: Request) -> Response:
        """Show every switch, the quiet hours and the hour of the digest."""
        return Response(self.shown(Preferences, wishes.shown(preferences.read_wishes(self.person))))

    @extend_schema(request=Preferences, responses={200: Preferences}, summary="Change what you are told")
    def put(self, _request: Request) -> Response:
        """Move switches and hours. What is left out stays as it is; in-app stays on for what is critical."""
        changes = wishes.changes(self.given(Preferences))
        wished = preferences.change(person=self.person, changes=changes)
        return Response(self.shown(Preferences, wishes.shown(wished)))


class PushKeyView(Endpoint):
    @extend_schema(responses={200: PushKey}, summary="The key for Web Push")
    def get(self, _request: Request) -> Response:
        """Show the server's public key (VAPID)."""
        return Response(self.shown(PushKey, {"key": subscriptions.push_key()}))


class BrowsersView(Listing):
    keeps_answers = True

    @extend_schema(responses={200: BrowserShown(many=True)}, parameters=[PageQuery], summary="Your browsers")
    def get(self, _request: Request) -> Response:
        """List the browsers that you subscribed, newest first."""
        own = PushSubscription.objects.filter(person=self.person).order_by("-made_at", "-id")
        return self.page(own, BrowserShown)

    @extend_schema(request=BrowserSent, responses={201: BrowserShown}, summary="Subscribe a browser")
    def post(self, request: Request) -> HttpResponse:
        """Subscribe a browser to Web Push; the same one again is renewed. Of more than 20, the oldest go."""
        given = self.given(BrowserSent)

        def subscribe() -> PushSubscription:
            digest = request.auth.digest if isinstance(request.auth, AuthToken) else None
            return subscriptions.subscribe(
                person=self.person, endpoint=given["endpoint"], **given["keys"], token_digest=digest
            )

        answer = idempotency.once(request, subscribe, self._show)
        if request.auth is None:
            browser.remember(answer, given["endpoint"])
        return answer

    def _show(self, made: PushSubscription) -> Any:
        return self.shown(BrowserShown, made)


class BrowserView(Endpoint):
    @extend_schema(responses={204: None}, summary="Take a browser back")
    def delete(self, _request: Request, subscription_id: UUID) -> HttpResponse:
        """Push nothing to this browser any more."""
        subscriptions.unsubscribe(person=self.person, subscription_id=subscription_id)
        return HttpResponse(status=204)


class TestsView(Endpoint):
    __test__ = False  # no test of pytest's
    keeps_answers = True

    @extend_schema(request=TestAsked, responses={201: TestShown}, summary="Send me a test")
    def post(self, request: Request) -> HttpResponse:
        """Send a test notice with a code, whatever the switches and the hour; at most 10 a day and channel."""
        channel = Channel(self.given(TestAsked)["channel"])
        return idempotency.once(request, lambda: channel_tests.ask(person=self.person, channel=channel), self._show)

    def _show(self, test: ChannelTest) -> Any:
        return self.shown(TestShown, test)


class ConfirmView(Endpoint):
    @extend_schema(request=CodeSent, responses={200: TestShown}, summary="Confirm that a test arrived")
    def post(self, _request: Request, test_id: UUID) -> Response:
        """Say the code that arrived. For e-mail this confirms the address that the test went to."""
        code = self.given(CodeSent)["code"]
        return Response(self.shown(TestShown, channel_tests.confirm(person=self.person, test_id=test_id, code=code)))


class FeedAddressView(Endpoint):
    @extend_schema(responses={200: FeedAddress}, summary="Your calendar's address")
    def get(self, _request: Request) -> Response:
        """Show the secret address of your calendar."""
        return Response(self.shown(FeedAddress, {"url": calendar.feed_url(self.person)}))

    @extend_schema(request=None, responses={201: FeedAddress}, summary="Make a calendar")
    def post(self, _request: Request) -> Response:
        """Make a calendar of your milestones and deadlines, unless you have one; whoever has its address sees it."""
        return Response(self.shown(FeedAddress, {"url": calendar.create_feed(person=self.person)}), status=201)

    @extend_schema(responses={204: None}, summary="Revoke your calendar")
    def delete(self, _request: Request) -> HttpResponse:
        """Revoke the address: it answers 404 from now on."""
        calendar.revoke(person=self.person)
        return HttpResponse(status=204)
