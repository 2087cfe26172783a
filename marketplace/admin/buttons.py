"""A button: who may press it, what it says will happen to each object, and the action that it calls."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from marketplace.actions.steering import LONGEST_REASON
from marketplace.admin.words import label, said
from marketplace.characters import is_visible
from marketplace.errors import ReasonNeeded, Refusal
from marketplace.models import User


class Uncut(forms.CharField):
    """Text whose end no browser cuts off in silence: what is too long comes back whole, with by how much."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Leave the limit to the server."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class ReasonForm(forms.Form):
    """Every button asks why; the reason is kept with the event."""

    reason = Uncut(
        max_length=LONGEST_REASON,
        label=label("Reason", "理由"),
        help_text=label("Kept with the event, for whoever asks later.", "イベントとともに保存されます。"),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
    )

    def clean_reason(self) -> str:
        """Refuse a reason in which nothing can be seen."""
        reason: str = self.cleaned_data["reason"]
        if not is_visible(reason):
            raise ValidationError(ReasonNeeded.message)
        return reason

    def asked(self) -> dict[str, Any]:
        """Return what the action is given besides the reason; before anything was filled in, what the form begins with.

        Raises nothing: what was filled in wrongly is left out.
        """
        return {}

    def shown(self) -> str:
        """Return what the foreseen consequences rest on, so that a changed form is foreseen anew."""
        return ""


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What a button would do to one object, or why it would be refused."""

    row: Any
    name: str
    """The object, linked."""
    lines: Sequence[str] = ()
    refusal: type[Refusal] | None = None
    seen: str = field(default="")
    """Goes along with the form: what the object was when this was said."""


class Button:
    """One thing that staff may do."""

    name: ClassVar[str]
    title: ClassVar[Any]
    done: ClassVar[Any]
    """How a success is told, before the names of the objects."""
    tone: ClassVar[str] = ""
    permission: ClassVar[str]
    form: ClassVar[type[ReasonForm]] = ReasonForm

    def rows(self, keys: Collection[UUID]) -> list[Any]:
        """Read the objects with what `foresee` asks, in a fixed number of statements."""
        raise NotImplementedError

    def refusal(self, row: Any, now: datetime) -> type[Refusal] | None:
        """Return why the button would be refused, None when it would not."""
        raise NotImplementedError

    def applies_to(self, row: Any) -> bool:
        """Whether the button is worth showing on this object's page: asked without a clock."""
        raise NotImplementedError

    def foresee(self, rows: Sequence[Any], now: datetime, **asked: Any) -> list[Foreseen]:
        """Say what would happen to each."""
        raise NotImplementedError

    def press(self, key: UUID, *, staff: User, reason: str, seen: str, **asked: Any) -> None:
        """Do it, in a transaction of its own. Raises a `Refusal`."""
        raise NotImplementedError

    def question(self, number: int) -> str:
        """Ask whether to go on."""
        return str(self.title) if number == 1 else said(f"{self.title}: {number}", f"{self.title}: {number}件")
