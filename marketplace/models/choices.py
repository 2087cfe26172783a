"""Turns the vocabulary into what a database column wants."""

from enum import StrEnum
from typing import Any

from django.db import models


def word(words: type[StrEnum], **options: Any) -> "models.CharField[str, str]":
    """Make a column that holds one of `words`."""
    return models.CharField(max_length=32, choices=[(each.value, each.value) for each in words], **options)


def one_of(column: str, words: type[StrEnum], name: str) -> models.CheckConstraint:
    """Make the database refuse any other word."""
    return models.CheckConstraint(condition=models.Q(**{f"{column}__in": [each.value for each in words]}), name=name)
