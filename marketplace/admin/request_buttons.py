"""Hold, release, extend: the clock of a cancel request (R10)."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace import errors, rules
from marketplace.actions import steering
from marketplace.admin.buttons import Button, ReasonForm
from marketplace.admin.columns import short
from marketplace.formats import exact_moment, exact_span
from marketplace.models import CancelRequest, User
from marketplace.policy import LONGEST_DURATION
from marketplace.vocabulary import RequestStatus

UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}


class ExtensionForm(ReasonForm):
    field_order = ("amount", "unit", "reason")
    amount = forms.IntegerField(min_value=1, initial=24, label=gettext_lazy("Later by"))
    unit = forms.ChoiceField(
        choices=[
            ("minutes", gettext_lazy("minutes")),
            ("hours", gettext_lazy("hours")),
            ("days", gettext_lazy("days (of 24 hours)")),
        ],
        initial="hours",
        label=gettext_lazy("Unit"),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse more than a year, as the action would."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if {"amount", "unit"} <= set(given) and given["amount"] > LONGEST_DURATION // UNITS[given["unit"]]:
            self.add_error("amount", str(errors.ExtensionOutOfRange.message))
        return given

    def arguments(self) -> dict[str, timedelta]:
        if self.is_bound and self.is_valid():
            return {"by": self.cleaned_data["amount"] * UNITS[self.cleaned_data["unit"]]}
        return {"by": timedelta(hours=24)}

    def fingerprint(self) -> str:
        return str(int(self.arguments()["by"].total_seconds()))


class RequestButton(Button):
    permission = steering.MAY_STEER
    action: ClassVar[Callable[..., Any]]

    def rows(self, keys: Collection[UUID]) -> list[CancelRequest]:
        return list(CancelRequest.objects.filter(pk__in=keys).order_by("reply_deadline", "pk"))

    def label(self, row: CancelRequest) -> str:
        return _("request {pk}").format(pk=short(row.pk))

    def refusal(self, row: CancelRequest, now: datetime | None = None, /) -> type[errors.Refusal] | None:
        """Refuse what is closed, or overdue: its verdict stands already."""
        overdue = now is not None and rules.is_overdue(row.reply_deadline, now)
        return errors.RequestNotOpen if row.status != RequestStatus.AWAITING_REPLY or overdue else None

    def seen(self, row: CancelRequest) -> str:
        return str(row.generation)

    def press(self, key: UUID, *, staff: User, reason: str, **arguments: Any) -> None:
        """Call the action for the generation that the operator saw; 0 for what was not shown."""
        seen: str = arguments.pop("seen")
        generation = int(seen) if seen.isascii() and seen.isdecimal() else 0
        self.action(request_id=key, staff=staff, reason=reason, generation=generation, **arguments)


class Hold(RequestButton):
    name = "hold"
    action = staticmethod(steering.hold)
    title = gettext_lazy("Hold the request")
    done = gettext_lazy("Held")

    def refusal(self, row: CancelRequest, now: datetime | None = None, /) -> type[errors.Refusal] | None:
        return super().refusal(row, now) or (errors.RequestAlreadyHeld if row.held_at else None)

    def lines(self, row: CancelRequest, now: datetime, /, **_arguments: Any) -> list[str]:
        deadline = row.reply_deadline or now
        return [
            _("The deadline {at} will stop; {left} remain.").format(
                at=exact_moment(deadline), left=exact_span(deadline - now)
            ),
            _("The request stays open: a reply, its withdrawal or the end of the deal still closes it."),
        ]


class Release(RequestButton):
    name = "release"
    action = staticmethod(steering.release)
    title = gettext_lazy("Release the request")
    done = gettext_lazy("Released")

    def refusal(self, row: CancelRequest, now: datetime | None = None, /) -> type[errors.Refusal] | None:
        return super().refusal(row, now) or (None if row.held_at else errors.RequestNotHeld)

    def lines(self, row: CancelRequest, now: datetime, /, **_arguments: Any) -> list[str]:
        left = row.remaining_when_held or timedelta(0)
        return [
            _("The clock runs on with {left_shown} left: released now, the deadline is {at}.").format(
                left_shown=exact_span(left), at=exact_moment(now + left)
            ),
            _("Silence until then cancels the deal."),
        ]


class Extend(RequestButton):
    name = "extend"
    action = staticmethod(steering.extend)
    title = gettext_lazy("Extend the deadline")
    done = gettext_lazy("Extended")
    form: ClassVar[type[ReasonForm]] = ExtensionForm

    def lines(self, row: CancelRequest, now: datetime, /, **arguments: Any) -> list[str]:
        by: timedelta = arguments["by"]
        if row.remaining_when_held is not None:
            return [
                _("It stays held; what remains grows: {left} → {more}.").format(
                    left=exact_span(row.remaining_when_held), more=exact_span(row.remaining_when_held + by)
                )
            ]
        deadline = row.reply_deadline or now
        return [
            _("The deadline moves: {before} → {after}.").format(
                before=exact_moment(deadline), after=exact_moment(deadline + by)
            )
        ]
