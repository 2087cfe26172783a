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
from marketplace.vocabulary import AtFault, EventKind, RequestStatus

STATES = (("overdue", _("overdue")), ("put_off", _("put off after an error")), ("held", _("held")))
"""How an open request stands when its clock does not just run."""


class ChoiceFilter(SimpleListFilter):
    options: ClassVar[Iterable[tuple[str, Any]]] = ()

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.options)

    def queryset(self, _request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = self.value()
        return self.kept(queryset, chosen) if chosen in {code for code, _label in self.options} else queryset

    def kept(self, rows: "QuerySet[Any]", chosen: Any) -> "QuerySet[Any]":
        return rows.filter(**{str(self.parameter_name): chosen})


def one_of(column: str, title: Any, options: Iterable[tuple[str, Any]]) -> type[ChoiceFilter]:
    """Make the filter of a column that holds one of a few words."""
    return type("OneOf", (ChoiceFilter,), {"title": title, "parameter_name": column, "options": tuple(options)})


class RequestState(ChoiceFilter):
    """Open requests by how their clock stands; closed ones by what became of them."""

    title = _("state")
    parameter_name = "state"
    options = (*STATES, *RequestStatus.choices)

    def kept(self, rows: "QuerySet[Any]", chosen: Any) -> "QuerySet[Any]":
        """Overdue and held requests are found by the index of open ones."""
        if chosen in set(RequestStatus):
            return rows.filter(status=chosen)
        still_open = rows.filter(status=RequestStatus.AWAITING_REPLY)
        if chosen == "held":
            return still_open.filter(reply_deadline=None)
        overdue = still_open.filter(reply_deadline__lt=clock.now())
        return overdue.filter(settle_failures__gt=0) if chosen == "put_off" else overdue


class Acknowledged(ChoiceFilter):
    title = _("acknowledgement")
    parameter_name = "acknowledged"
    options = (("no", _("not acknowledged yet")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        return rows.filter(at_fault=AtFault.SELLER, acknowledged_at=None)


class WorthALook(ChoiceFilter):
    """The few kinds of event that operators look for; the others are read in a room's or a seller's story."""

    title = _("occasion")
    parameter_name = "kind"
    options = tuple(
        (kind.value, kind.label)
        for kind in (
            EventKind.REPLY_REFUSED_LATE,
            EventKind.SETTLEMENT_PUT_OFF,
            EventKind.VERDICT_REVERSED,
            EventKind.REQUEST_HELD,
            EventKind.REQUEST_RELEASED,
            EventKind.REQUEST_EXTENDED,
            EventKind.MESSAGE_HIDDEN,
            EventKind.REVIEW_HIDDEN,
            EventKind.SERVICE_TAKEN_DOWN,
            EventKind.SERVICE_PUT_BACK,
            EventKind.ACCESS_ENDED,
            EventKind.ACCOUNT_CHANGED,
            EventKind.LIST_EXPORTED,
            EventKind.NOTICE_SENT_AGAIN,
            EventKind.RETRY_ASKED,
            EventKind.RESTORED_FROM_BACKUP,
        )
    )


class DoneByStaff(ChoiceFilter):
    """Everything that staff did, over all rooms and people, along the short index of it."""

    title = _("kind of actor")
    parameter_name = "staff"
    options = (("yes", _("staff")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        return rows.filter(BY_STAFF).exclude(kind=EventKind.SELLER_RESUMED, data__reason__isnull=True)


class Paused(ChoiceFilter):
    """Sellers whom a verdict keeps from accepting."""

    title = _("paused")
    parameter_name = "paused"
    options = (("yes", _("by an open verdict")),)

    def kept(self, rows: "QuerySet[Any]", _chosen: Any) -> "QuerySet[Any]":
        """Keep those with a verdict that is not acknowledged, by the short index of these."""
        waiting = Verdict.objects.unacknowledged().order_by().values("seller_id").distinct()
        return rows.filter(pk__in=waiting)
