"""To-dos."""

from typing import Any

from rest_framework import serializers

from marketplace.http.fields import Moment, Word
from notifications.todos import Todo, TodoKind


class TodoShown(serializers.Serializer[Todo]):
    """One thing that waits for you. It is handled by the act, not by looking."""

    key = serializers.CharField(help_text="`kind:object id`: the same as long as it is the same thing.")
    kind = Word(TodoKind)
    room = serializers.UUIDField(allow_null=True)
    due_at = Moment(allow_null=True, help_text="Until when it can be done before something happens by itself.")
    since = Moment()
    text = serializers.CharField(help_text="One line, in the reader's language.")


class Badge(serializers.Serializer[Any]):
    """The red number (赤丸の数字)."""

    unhandled = serializers.IntegerField()
