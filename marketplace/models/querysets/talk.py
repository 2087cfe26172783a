"""Rooms by who may see them, requests by what their deadline says."""

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import JSONObject

from marketplace.vocabulary import RequestStatus

LAST_LINE = ("sender", "kind", "line", "body", "posted_at", "hidden_at")


class TalkRoomQuerySet(models.QuerySet[Any]):
    """Talk rooms."""

    def of(self, person: Any) -> Self:
        """Keep the rooms that this person is a party of."""
        return self.filter(Q(buyer=person) | Q(seller=person))

    def running_for(self, person: Any) -> Self:
        """Keep the rooms of this person's deals, on either side, that have not ended.

        By the index of who bought or sold and when it ended: it costs what runs, however much has ended.
        """
        deals = apps.get_model("marketplace", "Deal").objects.filter(ended_at=None)
        bought, sold = deals.filter(buyer=person), deals.filter(seller__user=person)
        return self.filter(deal__in=bought.values("pk").union(sold.values("pk"), all=True))

    def ended_for(self, person: Any) -> Self:
        """Keep the rooms of this person's deals, on either side, that have ended."""
        return self.of(person).filter(deal__ended_at__isnull=False)

    def newest_first(self) -> Self:
        """Order by when they opened."""
        return self.order_by("-opened_at", "-id")

    def visible_to(self, person: Any) -> Self:
        """Keep what this person may see: staff see every room."""
        return self if person.is_staff else self.of(person)

    def with_what_is_shown(self) -> Self:
        """Read the deal, its verdict and review, and both parties along, and the latest request as `latest_requests`.

        The open request, if there is one, is the latest. Two statements, for one room or a page.
        """
        requests = apps.get_model("marketplace", "CancelRequest")
        latest = requests.objects.order_by("room", "-placed_at").distinct("room")
        shown = self.select_related("deal__service", "deal__verdict", "deal__review", "deal__seller__user", "buyer")
        return shown.prefetch_related(Prefetch("cancel_requests", queryset=latest, to_attr="latest_requests"))

    def with_last_line(self) -> Self:
        """Read along the line that was posted last, whoever's it is, as `last_line`: its columns, `LAST_LINE`."""
        lines = apps.get_model("marketplace", "Message").objects.filter(room=OuterRef("pk"))
        newest = lines.order_by("-posted_at", "-id").values(columns=JSONObject(**{name: name for name in LAST_LINE}))[
            :1
        ]
        return self.annotate(last_line=Subquery(newest))


class CancelRequestQuerySet(models.QuerySet[Any]):
    """Cancel requests. In time and overdue are disjoint questions with one `now`."""

    def open(self) -> Self:
        """Keep those still awaiting a reply."""
        return self.filter(status=RequestStatus.AWAITING_REPLY)

    def in_time(self, now: datetime) -> Self:
        """Keep the open ones that a reply at `now` revokes; one that is held has no deadline (R10)."""
        return self.open().filter(Q(reply_deadline__gte=now) | Q(reply_deadline=None))

    def overdue(self, now: datetime) -> Self:
        """Keep the open ones whose deadline has passed at `now`."""
        return self.open().filter(reply_deadline__lt=now)
