"""Hold, release, extend: the clock of a cancel request (R10)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django import forms

from marketplace import errors, rules
from marketplace.actions import steering
from marketplace.admin.buttons import Button, Foreseen, ReasonForm
from marketplace.admin.columns import link
from marketplace.admin.words import label, moment, said, span
from marketplace.models import CancelRequest, User
from marketplace.policy import LONGEST_DURATION
from marketplace.vocabulary import RequestStatus

UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}


class ExtensionForm(ReasonForm):
    """By how much, and why."""

    field_order = ("amount", "unit", "reason")
    amount = forms.IntegerField(min_value=1, initial=24, label=label("Later by", "延長する時間"))
    unit = forms.ChoiceField(
        choices=[
            ("minutes", label("minutes", "分")),
            ("hours", label("hours", "時間")),
            ("days", label("days (of 24 hours)", "日 (24時間単位)")),
        ],
        initial="hours",
        label=label("Unit", "単位"),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse more than a year, as the action would."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if {"amount", "unit"} <= set(given) and given["amount"] > LONGEST_DURATION // UNITS[given["unit"]]:
            self.add_error("amount", errors.ExtensionOutOfRange.message)
        return given

    def asked(self) -> dict[str, timedelta]:
        """Return `by`: what was filled in, else what the form begins with."""
        if self.is_bound and self.is_valid():
            return {"by": self.cleaned_data["amount"] * UNITS[self.cleaned_data["unit"]]}
        return {"by": timedelta(hours=24)}

    def shown(self) -> str:
        """Return the time in seconds."""
        return str(int(self.asked()["by"].total_seconds()))


class SteeringButton(Button):
    """A button on an open request."""

    permission = steering.MAY_STEER

    def rows(self, keys: Collection[UUID]) -> list[CancelRequest]:
        """Read the requests."""
        return list(CancelRequest.objects.filter(pk__in=keys).order_by("reply_deadline", "pk"))

    def refusal(self, row: CancelRequest, now: datetime) -> type[errors.Refusal] | None:
        """Refuse what is closed, or overdue: its verdict stands already."""
        if row.status != RequestStatus.AWAITING_REPLY or rules.is_overdue(row.reply_deadline, now):
            return errors.RequestNotOpen
        return None

    def applies_to(self, row: CancelRequest) -> bool:
        """Show it on open requests."""
        return row.status == RequestStatus.AWAITING_REPLY

    def foresee(self, rows: Sequence[CancelRequest], now: datetime, **asked: Any) -> list[Foreseen]:
        """Say where each deadline goes."""
        return [self._foresee(row, now, **asked) for row in rows]

    def _foresee(self, row: CancelRequest, now: datetime, **asked: Any) -> Foreseen:
        refusal = self.refusal(row, now)
        return Foreseen(
            row=row,
            name=link(row, said(f"request {str(row.pk)[:8]}", f"リクエスト {str(row.pk)[:8]}")),
            lines=self.lines(row, now, **asked) if refusal is None else (),
            refusal=refusal,
            seen=str(row.generation),
        )

    def lines(self, row: CancelRequest, now: datetime, **asked: Any) -> list[str]:
        """Say what will happen."""
        raise NotImplementedError


class Hold(SteeringButton):
    """Stop the clock."""

    name = "hold"
    title = label("Hold the request", "リクエストを保留する")
    done = label("Held", "保留しました")

    def applies_to(self, row: CancelRequest) -> bool:
        """Show it while the clock runs."""
        return super().applies_to(row) and row.held_at is None

    def refusal(self, row: CancelRequest, now: datetime) -> type[errors.Refusal] | None:
        """Refuse what is held already."""
        return super().refusal(row, now) or (errors.RequestAlreadyHeld if row.held_at else None)

    def lines(self, row: CancelRequest, now: datetime, **_asked: Any) -> list[str]:
        """Say what remains."""
        deadline = row.reply_deadline or now
        at, left = moment(deadline), span(deadline - now)
        return [
            said(f"The deadline {at} will stop; {left} remain.", f"期限 {at} が停止します。残りは {left} です。"),
            said(
                "The request stays open: a reply, its withdrawal or the end of the deal still closes it.",
                "リクエストは有効なままです。返信、取り下げ、取引の終了があれば閉じられます。",
            ),
        ]

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:
        """Hold it."""
        steering.hold(request_id=key, staff=staff, reason=reason, generation=generation(seen))


class Release(SteeringButton):
    """Let the clock run on."""

    name = "release"
    title = label("Release the request", "リクエストの保留を解除する")
    done = label("Released", "保留を解除しました")

    def applies_to(self, row: CancelRequest) -> bool:
        """Show it while the clock stands."""
        return super().applies_to(row) and row.held_at is not None

    def refusal(self, row: CancelRequest, now: datetime) -> type[errors.Refusal] | None:
        """Refuse what is not held."""
        return super().refusal(row, now) or (None if row.held_at else errors.RequestNotHeld)

    def lines(self, row: CancelRequest, now: datetime, **_asked: Any) -> list[str]:
        """Say when it would fall due."""
        left = row.remaining_when_held or timedelta(0)
        at, left_shown = moment(now + left), span(left)
        return [
            said(
                f"The clock runs on with {left_shown} left: released now, the deadline is {at}.",
                f"残り {left_shown} で再開します。いま解除すると期限は {at} です。",
            ),
            said("Silence until then cancels the deal.", "それまでに返信がなければ、取引はキャンセルされます。"),
        ]

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **_asked: Any) -> None:
        """Release it."""
        steering.release(request_id=key, staff=staff, reason=reason, generation=generation(seen))


class Extend(SteeringButton):
    """Give the respondent more time."""

    name = "extend"
    title = label("Extend the deadline", "期限を延長する")
    done = label("Extended", "延長しました")
    form: ClassVar[type[ReasonForm]] = ExtensionForm

    def lines(self, row: CancelRequest, now: datetime, **asked: Any) -> list[str]:
        """Say from when to when."""
        by: timedelta = asked["by"]
        if row.remaining_when_held is not None:
            left, more = span(row.remaining_when_held), span(row.remaining_when_held + by)
            return [
                said(
                    f"It stays held; what remains grows: {left} → {more}.",
                    f"保留のまま、残りが延びます: {left} → {more}",
                )
            ]
        deadline = row.reply_deadline or now
        return [
            said(
                f"The deadline moves: {moment(deadline)} → {moment(deadline + by)}.",
                f"期限が延びます: {moment(deadline)} → {moment(deadline + by)}",
            )
        ]

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **asked: Any) -> None:
        """Extend it."""
        steering.extend(request_id=key, by=asked["by"], staff=staff, reason=reason, generation=generation(seen))


def generation(seen: str) -> int:
    """Return the generation that the operator saw; what was not seen is no generation at all."""
    return int(seen) if seen.isascii() and seen.isdecimal() else 0
