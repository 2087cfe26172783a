"""The types of JSON values, strict: text is text, a number a number. Limits stand in the schema.

An error's text is its limit alone, and of a text that is too long by how much;
`problems` has the sentence for the code, in each language.
"""

import re
from datetime import UTC, date
from enum import StrEnum
from typing import Any
from zoneinfo import available_timezones

from django.db.models import TextChoices
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.addresses import LONGEST_ADDRESS, check_address, tidied
from marketplace.characters import control_characters, is_visible

WRITTEN_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
WRITTEN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


class Verbatim(serializers.CharField):
    """Text of any characters, not trimmed: a password, which is shown nowhere, so nothing in it must be seen."""

    default_error_messages = {"max_length": "{max_length}"}

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """Refuse other types; DRF would turn numbers into text."""
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:  # in characters, as people count
            over = len(data) - self.max_length
            raise serializers.ValidationError(f"{self.max_length} {over}", code="max_length")
        return super().to_internal_value(data)


class Text(Verbatim):
    """Text as it was written, not trimmed. What is sent must show something (R6); `allow_blank` allows none at all.

    Where text is an extra (`unseen_is_none`), what shows nothing is read as none.
    """

    default_error_messages = {"unknown_time_zone": ""}

    def __init__(self, *, unseen_is_none: bool = False, **options: Any) -> None:
        self.unseen_is_none = unseen_is_none
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str) and data and not is_visible(data):
            if not self.unseen_is_none:
                self.fail("blank")
            data = "\0" if "\0" in data else ""  # NUL is refused for itself, by DRF
        return super().to_internal_value(data)


class Title(Text):
    """Text that stands on one line, in subjects and lists: no controls, and nothing that turns its direction."""

    default_error_messages = {"control_characters": "{found}"}

    def to_internal_value(self, data: Any) -> str:
        title = super().to_internal_value(data)
        found = control_characters(title)
        if found:
            self.fail("control_characters", found=", ".join(found))
        return title


class Email(Text):
    """An e-mail address, or none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_ADDRESS, allow_blank=True, validators=[check_address], **options)

    def to_internal_value(self, data: Any) -> str:
        """Read full-width characters as plain ones, and leave out blanks around the address."""
        return super().to_internal_value(tidied(data) if isinstance(data, str) else data)


class TimeZone(Text):
    """The name of a time zone, such as Asia/Tokyo; empty for the marketplace's."""

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name and name not in available_timezones():
            self.fail("unknown_time_zone")
        return name


class Whole(serializers.IntegerField):
    """A whole number; DRF would read text too."""

    default_error_messages = {"max_value": "{max_value}", "min_value": "{min_value}"}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float) or data != data // 1:
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    """True or false; DRF would read words and numbers too."""

    default_error_messages = {"invalid": ""}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Word(serializers.ChoiceField):
    def __init__(
        self, words: type[TextChoices | StrEnum] | tuple[str, ...], *, name: str | None = None, **options: Any
    ) -> None:
        self.words = tuple(map(str, words))
        self.name = words.__name__ if isinstance(words, type) else name
        super().__init__(choices=[(each, each) for each in self.words], **options)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or (data not in self.words and not (data == "" and self.allow_blank)):
            self.fail("invalid_choice")
        return data

    def to_representation(self, value: Any) -> Any:
        """Return the word; none is null."""
        return str(value) if value else None

    def fail(self, key: str, **facts: Any) -> Any:
        if key == "invalid_choice":
            raise serializers.ValidationError(", ".join(self.words), code=key)
        super().fail(key, **facts)


class IsSet(serializers.BooleanField):
    """Whether a column that may be null has a value."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def get_attribute(self, instance: Any) -> bool:
        return super().get_attribute(instance) is not None


class Id(serializers.UUIDField):
    """A UUID, written as text."""

    default_error_messages = {"invalid": ""}

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is not written so; DRF would take any whole number for one, and braces."""
        if not isinstance(data, str) or not WRITTEN_ID.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A time: ISO 8601, UTC, with microseconds and Z."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M:%S.%fZ", default_timezone=UTC, **options)


@extend_schema_field({"type": "string", "format": "date", "pattern": "^(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$"})
class Day(serializers.DateField):
    """A date: YYYY-MM-DD, within the centuries that people plan in: the calendar's own ends have no day beyond."""

    default_error_messages = {"invalid": "", "datetime": "", "max_value": "{limit}", "min_value": "{limit}"}

    def to_internal_value(self, data: Any) -> date:
        """Refuse what is not written so; Python would read weeks and other forms too."""
        if not isinstance(data, str) or not WRITTEN_DAY.fullmatch(data):
            self.fail("invalid")
        day: date = super().to_internal_value(data)
        if day < FIRST_DAY:
            self.fail("min_value", limit=FIRST_DAY)
        if day > LAST_DAY:
            self.fail("max_value", limit=LAST_DAY)
        return day


class Rounded(serializers.FloatField):
    """A number to four decimals, null when there is none."""

    def to_representation(self, value: Any) -> float:  # type: ignore[override]  # the stubs allow text only
        return round(float(value), 4)


class Figure(Rounded):
    """A number that is counted, or one that is measured."""

    def to_representation(self, value: Any) -> float:  # type: ignore[override]  # the same
        """Leave a count as it is."""
        return value if isinstance(value, int) else super().to_representation(value)
