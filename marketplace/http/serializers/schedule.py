"""The schedule that a seller shares."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from rest_framework import serializers

from marketplace import rules
from marketplace.http.fields import Day, Flag, Id, IsSet, Moment, Title
from marketplace.models import Milestone, MilestoneChange

LONGEST_SCHEDULE = 50
"""Milestones."""


class MilestoneWritten(serializers.Serializer[Any]):
    """One line of the schedule. Without `id` it is new; a milestone that is left out is removed."""

    id = Id(required=False)
    title = Title(max_length=100)
    due_on = Day(help_text="About when (頃), in the marketplace's time zone.")
    done = Flag(required=False)


class MilestoneShown(serializers.Serializer[Milestone]):
    """One line of the schedule. The day itself still counts: it is overdue from the next one on."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    due_on = Day()
    done = IsSet(source="done_at", help_text="Whether it is done.")
    done_at = Moment(allow_null=True)
    overdue = serializers.SerializerMethodField(help_text="Its day has gone by, and it is not done.")

    def get_overdue(self, milestone: Milestone) -> bool:
        zone = ZoneInfo(settings.TIME_ZONE)
        return rules.is_milestone_overdue(milestone.due_on, milestone.done_at, self.context["now"], zone)


class MilestoneBefore(serializers.Serializer[MilestoneChange]):
    """What a milestone said until `changed_at`."""

    title = serializers.CharField()
    due_on = Day()
    done = IsSet(source="done_at", help_text="Whether it was done then.")
    changed_at = Moment()


class MilestoneWithHistory(MilestoneShown):
    """One line of the schedule, with what it said before, oldest first."""

    history = MilestoneBefore(source="changes", many=True)
