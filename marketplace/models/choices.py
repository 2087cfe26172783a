"""Turns the vocabulary into what a database column wants."""

from enum import StrEnum
from typing import Any

from django.db import models


def word(words: type[models.TextChoices | StrEnum], **options: Any) -> "models.CharField[str, str]":
    """Make a column that holds one of `words`; words with labels give the column `get_…_display`."""
    choices = words.choices if issubclass(words, models.TextChoices) else [(each.value, each.value) for each in words]
    return models.CharField(max_length=32, choices=choices, **options)


def one_of(column: str, words: type[models.TextChoices | StrEnum], name: str) -> models.CheckConstraint:
    """Make the database refuse any other word."""
    return models.CheckConstraint(condition=models.Q(**{f"{column}__in": [each.value for each in words]}), name=name)
