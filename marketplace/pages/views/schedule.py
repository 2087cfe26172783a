"""「あらかじめ納品までのスケジュールを相手に共有」: the schedule with its history, and the form that edits it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from marketplace import clock
from marketplace.actions import schedule
from marketplace.http import etags
from marketplace.http.serializers.schedule import MilestoneWithHistory
from marketplace.models import Milestone
from marketplace.pages import schedule_history, schedule_lines
from marketplace.pages.page import Page
from marketplace.pages.views.room import InRoom
from marketplace.pages.work import as_planned
from marketplace.reads.schedule import removed_from, shared_in


class SchedulePage(InRoom):
    """The schedule. Both sides read it; the seller edits it while the room is open."""

    template = "pages/room/plan.html"
    not_done = _("This could not be shared.")

    def get(self, request: HttpRequest, room_id: UUID) -> HttpResponse:
        room, standing = self.room(room_id), shared_in(room_id)
        sent = request.method == "POST"
        rows = schedule_lines.again(request.POST, standing, self.form) if sent else schedule_lines.to_fill_in(standing)
        dated = [(each, [change.due_on for change in each.changes.all()]) for each in standing]
        return self.shown(
            **self.in_room(
                room,
                rows=rows,
                rows_sent=[row for row in rows if sent and not row.says_nothing],
                suggests=not standing,
                seen=etags.tag(self.stands(standing)),
                planned=[(each, schedule_history.of(each.milestone)) for each in as_planned(dated, room.visit.now)],
                removed=[(each, schedule_history.of(each)) for each in removed_from(room_id)],
            )
        )

    def post(self, request: HttpRequest, room_id: UUID) -> HttpResponse:
        """Share the schedule, or add lines to the form. Raises `Stale` if it changed meanwhile."""
        if "more" in request.POST:
            return self.get(request, room_id)
        lines = schedule_lines.read(request.POST)
        unchanged = etags.still_one_of({request.POST.get("seen", "")}, lambda: self.stands(shared_in(room_id)))
        return self.once(
            lambda: schedule.share(room_id=room_id, seller=self.person, lines=lines, check=unchanged),
            "talk-room",
            room_id=room_id,
        )

    def stands(self, milestones: list[Milestone]) -> Any:
        """Serialize the schedule without what changes by itself: becoming overdue is not a change."""
        shown = self.shows(MilestoneWithHistory, milestones, now=clock.now())
        return [{name: value for name, value in each.items() if name != "overdue"} for each in shown]


class DonePage(Page):
    def post(self, _request: HttpRequest, room_id: UUID, milestone_id: UUID) -> HttpResponse:
        return self.once(
            lambda: schedule.mark_done(room_id=room_id, seller=self.person, milestone_id=milestone_id),
            "talk-room",
            room_id=room_id,
        )


urlpatterns = [
    path("talk-rooms/<uuid:room_id>/schedule/", SchedulePage.as_view(), name="schedule"),
    path("talk-rooms/<uuid:room_id>/schedule/<uuid:milestone_id>/done/", DonePage.as_view(), name="milestone-done"),
]
