"""A button: who may press it, what it will do to each object, and the action that it calls."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions.steering import LONGEST_REASON
from marketplace.admin.columns import link
from marketplace.characters import is_visible
from marketplace.errors import ReasonNeeded, Refusal
from marketplace.models import User


class UncutField(forms.CharField):
    """Text that no browser cuts off silently: what is too long comes back whole, with by how much."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class ReasonForm(forms.Form):
    """Every button asks why; the reason is kept with the event."""

    reason = UncutField(
        max_length=LONGEST_REASON,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept with the event, for whoever asks later."),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
    )

    def clean_reason(self) -> str:
        """Refuse a reason in which nothing can be seen."""
        reason: str = self.cleaned_data["reason"]
        if not is_visible(reason):
            raise ValidationError(str(ReasonNeeded.message))
        return reason

    def arguments(self) -> dict[str, Any]:
        """Return what the action takes besides the reason: as filled in, else the initial values. Raises nothing."""
        return {}

    def fingerprint(self) -> str:
        """Return what the foreseen consequences depend on: if it changes, they are shown anew."""
        return ""


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    row: Any
    name: str
    """The object, linked."""
    lines: Sequence[str] = ()
    refusal: type[Refusal] | None = None
    seen: str = ""
    """Sent along with the form: the object's version when its consequences were shown."""


class Button:
    name: ClassVar[str]
    title: ClassVar[Any]
    done: ClassVar[Any]
    """The message of a success, before the names of the objects."""
    tone: ClassVar[str] = ""
    permission: ClassVar[str]
    form: ClassVar[type[ReasonForm]] = ReasonForm

    def rows(self, keys: Collection[UUID]) -> list[Any]:
        """Read the objects with what `foresee` needs, in a fixed number of statements."""
        raise NotImplementedError

    def label(self, row: Any) -> str:
        return str(row)

    def lines(self, row: Any, now: datetime, /, **arguments: Any) -> list[str]:
        raise NotImplementedError

    def refusal(self, row: Any, now: datetime | None = None, /) -> type[Refusal] | None:  # noqa: ARG002 - most need neither
        """Why the button would be refused; without `now`, deadlines that passed are not considered."""
        return None

    def applies_to(self, row: Any) -> bool:
        """Whether the button is worth showing on this object's page."""
        return self.refusal(row) is None

    def seen(self, row: Any) -> str:  # noqa: ARG002 - most objects have no version
        """Return the object's version, sent along with the form."""
        return ""

    def foresee(self, rows: Sequence[Any], now: datetime, /, **arguments: Any) -> list[Foreseen]:
        return [
            Foreseen(
                row=row,
                name=link(row, self.label(row)),
                lines=() if refusal else self.lines(row, now, **arguments),
                refusal=refusal,
                seen=self.seen(row),
            )
            for row in rows
            for refusal in [self.refusal(row, now)]
        ]

    def press(self, key: UUID, *, staff: User, reason: str, **arguments: Any) -> None:
        """Call the action, in a transaction of its own. Raises a `Refusal`.

        The arguments are those of the form, and `seen`.
        """
        raise NotImplementedError

    def question(self, number: int) -> str:
        return str(self.title) if number == 1 else _("{title}: {number}").format(title=self.title, number=number)
