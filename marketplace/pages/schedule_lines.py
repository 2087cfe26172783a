"""The lines of the form in which a seller edits the schedule.

What stands has its id in the names of its boxes (`<id>.title`), a new line `new-1`, a suggested one
`suggested-1`: an error of the API's serializer stands beside the very box.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.utils.serializer_helpers import BoundField

from marketplace.actions.schedule import Line
from marketplace.characters import is_visible
from marketplace.http.problems import OF_THE_WHOLE, by_field
from marketplace.http.serializers.schedule import LONGEST_SCHEDULE, MilestoneWritten
from marketplace.models import Milestone
from marketplace.pages.forms import Form, NotUnderstood

SUGGESTED = (
    gettext_lazy("First draft"),
    gettext_lazy("Second draft"),
    gettext_lazy("Final draft"),
    gettext_lazy("Delivery date"),
)
"""Suggested milestones, without dates."""
EMPTY_AT_FIRST = 2
EMPTY_ON_ASKING = 4
NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|new-[0-9]{1,3}|suggested-[1-4])\.(\w+)")
FIELDS = MilestoneWritten().fields


@dataclass(kw_only=True)
class Row:
    """One line of the form, as it stands or as it was typed."""

    key: str
    title: str = ""
    due_on: str = ""
    done: bool = False
    removed: bool = False
    stands: Milestone | None = None
    """The milestone as it stands now."""
    gone: bool = False
    """It was in the schedule when the form was shown, and is no more."""
    added: bool = False
    """It came into the schedule after the form was shown."""
    errors: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, BoundField]:
        typed = {"title": self.title, "due_on": self.due_on}
        return {
            name: BoundField(FIELDS[name], value, self.errors.get(f"{self.key}.{name}", ()), f"{self.key}.")
            for name, value in typed.items()
        }

    @property
    def id(self) -> UUID | None:
        """The milestone's, None for a new line."""
        return None if self.key.startswith(("new-", "suggested-")) else UUID(self.key)

    @property
    def says_nothing(self) -> bool:
        """Whether this is an empty line, a suggestion that was left alone, or a new one taken back."""
        if self.id is not None:
            return False
        return self.removed or not (self.due_on.strip() or (is_visible(self.title) and not self._is_left_alone))

    @property
    def differs(self) -> bool:
        now = self.stands
        return now is not None and (self.title, self.due_on, self.done) != (
            now.title,
            now.due_on.isoformat(),
            now.done_at is not None,
        )

    @property
    def _is_left_alone(self) -> bool:
        name, _, number = self.key.partition("-")
        return name == "suggested" and self.title == str(SUGGESTED[int(number) - 1])

    def as_json(self) -> dict[str, Any]:
        """Return what the API would be sent. A date that was not given is left out: it is missing, not malformed."""
        given = {"title": self.title, "done": self.done}
        given |= {"due_on": self.due_on.strip()} if self.due_on.strip() else {}
        return given | ({"id": self.key} if self.id else {})


def read(data: QueryDict) -> list[Line]:
    """Return the schedule as the form wants it. Raises `NotUnderstood` with what is wrong beside each box."""
    rows = [row for row in typed(data) if not row.says_nothing]
    if not rows:
        nothing = _("Give at least one line a date.")
        raise NotUnderstood(Form(errors={OF_THE_WHOLE: (nothing,)}))
    kept = [row for row in rows if not row.removed]
    asked = [(row, MilestoneWritten(data=row.as_json())) for row in kept]
    wrong: dict[str, list[dict[str, str]]] = {}
    if len(kept) > LONGEST_SCHEDULE:
        too_many = ValidationError([ErrorDetail(str(LONGEST_SCHEDULE), code="max_items")])
        wrong = dict(by_field(too_many.get_full_details()))
    for row, each in asked:
        if not each.is_valid():
            wrong |= dict(by_field(ValidationError(each.errors).get_full_details(), row.key))
    if wrong:
        errors = {name: tuple(one["message"] for one in found) for name, found in wrong.items()}
        raise NotUnderstood(Form(errors=errors))
    return [Line(**each.validated_data) for _row, each in asked]


def typed(data: QueryDict) -> list[Row]:
    """Return the lines as they were sent, in their order."""
    rows: dict[str, Row] = {}
    for name in data:
        named = NAME.fullmatch(name)
        if named is None:
            continue
        row = rows.setdefault(named[1], Row(key=named[1]))
        match named[2]:
            case "title" | "due_on":
                setattr(row, named[2], data[name])
            case "done" | "removed":
                setattr(row, named[2], True)
    return list(rows.values())


def to_fill_in(standing: list[Milestone]) -> list[Row]:
    """Return the lines to begin with: what stands, or what is suggested, and some empty ones."""
    rows = [_as_it_stands(each) for each in standing]
    if not rows:
        rows = [Row(key=f"suggested-{place}", title=str(title)) for place, title in enumerate(SUGGESTED, 1)]
    return [*rows, *_empty(EMPTY_AT_FIRST, after=0)]


def again(data: QueryDict, standing: list[Milestone], form: Form) -> list[Row]:
    """Return the lines as they were typed, beside what stands now, so that sending them anew says what was meant."""
    rows, by_id = typed(data), {each.pk: each for each in standing}
    new = sum(row.key.startswith("new-") for row in rows)
    for row in rows:
        row.stands, row.errors = by_id.pop(row.id, None) if row.id else None, form.errors
        if row.id and row.stands is None:
            new += 1
            row.key, row.gone = f"new-{new}", True
    rows += [_as_it_stands(each, added=True) for each in by_id.values()]
    return [*rows, *_empty(EMPTY_ON_ASKING if "more" in data else 0, after=new)]


def _as_it_stands(milestone: Milestone, *, added: bool = False) -> Row:
    due_on, done = milestone.due_on.isoformat(), milestone.done_at is not None
    return Row(key=str(milestone.pk), title=milestone.title, due_on=due_on, done=done, stands=milestone, added=added)


def _empty(number: int, *, after: int) -> list[Row]:
    return [Row(key=f"new-{after + place}") for place in range(1, number + 1)]
