"""「あらかじめ納品までのスケジュールを相手に共有」: the schedule of a room."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ListSerializer

from marketplace import clock, errors
from marketplace.actions import schedule
from marketplace.actions.schedule import Line
from marketplace.http import etags
from marketplace.http.endpoint import Endpoint
from marketplace.http.serializers.schedule import LONGEST_SCHEDULE, MilestoneWithHistory, MilestoneWritten
from marketplace.models import Milestone, TalkRoom
from marketplace.reads.schedule import shared_in


class ScheduleView(Endpoint):
    heeds_if_match = {"PUT"}

    @extend_schema(responses={200: MilestoneWithHistory(many=True)}, summary="Read the schedule")
    def get(self, _request: Request, room_id: UUID) -> Response:
        """List the milestones by date, each with what it said before, and whether it is overdue."""
        if not TalkRoom.objects.visible_to(self.person).filter(pk=room_id).exists():
            raise errors.NotFound
        return Response(self._show(shared_in(room_id)))

    @extend_schema(
        request=ListSerializer(child=MilestoneWritten(), max_length=LONGEST_SCHEDULE),
        responses={200: MilestoneWithHistory(many=True)},
        summary="Share the schedule, or change it",
    )
    def put(self, request: Request, room_id: UUID) -> Response:
        """Make the schedule say this. A change is the seller's contact; what says the same already is none."""
        lines = [Line(**each) for each in self.given_lines(MilestoneWritten, at_most=LONGEST_SCHEDULE)]
        check = etags.still(request, lambda: self._show(shared_in(room_id)))
        shown = self._show(schedule.share(room_id=room_id, seller=self.person, lines=lines, check=check))
        return Response(shown, headers={"ETag": etags.tag(shown)})

    def _show(self, milestones: list[Milestone]) -> Any:
        return self.shown(MilestoneWithHistory, milestones, many=True, now=clock.now())
