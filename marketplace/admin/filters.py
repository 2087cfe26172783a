"""Filters of the lists: each is answered by an index."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace import clock
from marketplace.models import Verdict
from marketplace.models.events import BY_STAFF
from marketplace.vocabulary import AtFault, EventKind, Rank, RequestStatus


class ChoiceFilter(SimpleListFilter):
    """One of a few choices."""

    options: ClassVar[Iterable[tuple[str, Any]]] = ()

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.options)

    def queryset(self, _request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = self.value()
        return self.kept(queryset, chosen) if chosen in {code for code, _label in self.options} else queryset

    def kept(self, rows: "QuerySet[Any]", chosen: Any) -> "QuerySet[Any]":
        """Keep the rows of the chosen one."""
        return rows.filter(**{str(self.parameter_name): chosen})


class RequestState(ChoiceFilter):
    """Open requests by how their clock stands; closed ones by what became of them."""

    title = _("state")
    parameter_name = "state"
    options = (
        ("held", _("held")),
        ("overdue", _("overdue")),
        ("put_off", _("put off after an error")),
        *RequestStatus.choices,
    )

    def kept(self, rows: "QuerySet[Any]", chosen: Any) -> "QuerySet[Any]":
        """Overdue and held requests are found by the index of open ones."""
        if chosen in set(RequestStatus):
            return rows.filter(status=chosen)
        still_open = rows.filter(status=RequestStatus.AWAITING_REPLY)
        if chosen == "held":
            return still_open.filter(reply_deadline=None)
        overdue = still_open.filter(reply_deadline__lt=clock.now())
        return overdue.filter(settle_failures__gt=0) if chosen == "put_off" else overdue


class Fault(ChoiceFilter):
    title = _("at fault")
    parameter_name = "at_fault"
    options = tuple(AtFault.choices)


class Acknowledged(ChoiceFilter):
    """Verdicts that their seller has still to acknowledge."""

    title = _("acknowledgement")
    parameter_name = "acknowledged"
    options = (("no", _("not acknowledged yet")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        return rows.filter(at_fault=AtFault.SELLER, acknowledged_at=None)


class WorthALook(ChoiceFilter):
    """The few kinds of event that operators look for; the others are read in a room's or a seller's story."""

    title = _("occasion")
    parameter_name = "kind"
    options = (
        (EventKind.REPLY_REFUSED_LATE.value, _("near misses (late replies)")),
        (EventKind.SETTLEMENT_PUT_OFF.value, _("put off after an error")),
        (EventKind.VERDICT_REVERSED.value, _("reversals")),
        (EventKind.REQUEST_HELD.value, _("held requests")),
        (EventKind.REQUEST_RELEASED.value, _("released")),
        (EventKind.REQUEST_EXTENDED.value, _("extended")),
        (EventKind.MESSAGE_HIDDEN.value, _("hidden messages")),
        (EventKind.REVIEW_HIDDEN.value, _("hidden reviews")),
        (EventKind.SERVICE_TAKEN_DOWN.value, _("services taken down")),
        (EventKind.SERVICE_PUT_BACK.value, _("services put back")),
        (EventKind.ACCESS_ENDED.value, _("log-ins ended by staff")),
        (EventKind.ACCOUNT_CHANGED.value, _("changes to accounts")),
        (EventKind.LIST_EXPORTED.value, _("lists saved as CSV")),
        (EventKind.NOTICE_SENT_AGAIN.value, _("notices sent again")),
        (EventKind.RETRY_ASKED.value, _("tried again by staff")),
        (EventKind.RESTORED_FROM_BACKUP.value, _("restored from a backup")),
    )


class DoneByStaff(ChoiceFilter):
    """Everything that staff did, over all rooms and people, along the short index of it."""

    title = _("kind of actor")
    parameter_name = "staff"
    options = (("yes", _("staff")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        return rows.filter(BY_STAFF).exclude(kind=EventKind.SELLER_RESUMED, data__reason__isnull=True)


class RankFilter(ChoiceFilter):
    title = _("rank")
    parameter_name = "rank"
    options = tuple(reversed(Rank.choices))


class Paused(ChoiceFilter):
    """Sellers whom a verdict keeps from accepting."""

    title = _("paused")
    parameter_name = "paused"
    options = (("yes", _("by an open verdict")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        """Keep those with a verdict that is not acknowledged, by the short index of these."""
        waiting = Verdict.objects.unacknowledged().order_by().values("seller_id").distinct()
        return rows.filter(pk__in=waiting)
