"""CSV of the lists: what is shown, row by row, safe in a spreadsheet."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from django.http import StreamingHttpResponse
from django.urls import reverse

from marketplace.actions import deadlines
from marketplace.admin import export
from marketplace.admin.lists import FactsAdmin
from marketplace.models import CancelRequest, Message, Verdict
from marketplace.vocabulary import Party, WokenBy
from tests.conftest import Clock
from tests.support.factories import days, hours, open_request, overdue_room, person, room, seller
from tests.support.operating import Desk, supervisor, support

pytestmark = pytest.mark.django_db
TOKYO = ZoneInfo("Asia/Tokyo")


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    body = answer.getvalue()
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def exported(desk: Desk, model: str, query: str = "") -> list[dict[str, str]]:
    return rows_of(desk.get(f"{reverse(f'admin:marketplace_{model}_export')}{query}"))


def test_each_list_gives_the_columns_that_it_shows_and_no_other(frozen: Clock) -> None:
    of = seller()
    overdue = overdue_room(of=of)
    deadlines.settle_room(overdue.pk, woken_by=WokenBy.SWEEP)
    desk = Desk(support())
    for model in ("cancelrequest", "verdict", "event", "seller", "talkroom", "message"):
        shown = desk.get(reverse(f"admin:marketplace_{model}_changelist")).context["cl"]
        modeladmin = admin.site.get_model_admin(shown.model)
        assert isinstance(modeladmin, FactsAdmin)
        rows = exported(desk, model)
        assert rows, model
        assert [list(row) for row in rows] == [list(modeladmin.csv_columns)] * len(rows)
        assert len(modeladmin.csv_columns) == len(shown.list_display) - 1, "all but the ticks"
    verdict = Verdict.objects.get()
    [row] = exported(desk, "verdict")
    assert row | {"deal": ""} == {
        "id": str(verdict.pk),
        "deal": "",
        "buyer": overdue.buyer.username,
        "seller": of.user.username,
        "cause": "no_contact",
        "at_fault": "seller",
        "effective_at": "2026-03-02T11:59:59+09:00",
        "recorded_at": "2026-03-02T12:00:00+09:00",
        "woken_by": "sweep",
        "acknowledged_at": "",
        "reversed_at": "",
    }


def test_all_that_match_the_filter_or_the_selected_ones_are_exported(frozen: Clock) -> None:
    asked = [open_request(room(silent_for=days(5), now=frozen.at), deadline=frozen.at + hours(1)) for _ in range(3)]
    ended = open_request(room(silent_for=days(5), now=frozen.at), deadline=frozen.at + hours(1))
    CancelRequest.objects.filter(pk=ended.pk).update(status="withdrawn", ended_at=frozen.at)
    desk = Desk(support())
    assert {row["id"] for row in exported(desk, "cancelrequest", "?state=awaiting_reply")} == {
        str(each.pk) for each in asked
    }
    assert [row["id"] for row in exported(desk, "cancelrequest", f"?q={ended.pk}")] == [str(ended.pk)]
    selected = {"action": "export_selected", "_selected_action": [asked[0].pk, ended.pk]}
    answer = desk.http.post(reverse("admin:marketplace_cancelrequest_changelist"), selected)
    assert {row["id"] for row in rows_of(answer)} == {str(asked[0].pk), str(ended.pk)}
    due = rows_of(desk.get(f"{reverse('admin:due')}?csv=1"))
    assert [(row["kind"], row["state"], row["remains_seconds"]) for row in due] == [("reply", "running", "3600")] * 3


def test_text_that_begins_like_a_formula_is_made_plain_text(frozen: Clock) -> None:
    said = room(silent_for=days(5), now=frozen.at)
    for body in ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "  =1", "=cmd|' /C calc'!A0", 'plain, "quoted"\nlines'):
        Message.objects.create(room=said, sender=Party.BUYER, kind="text", body=body, posted_at=frozen.at)
    bodies = {row["body"] for row in exported(Desk(supervisor()), "message")}
    assert bodies == {
        "…", "'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "'  =1", "'=cmd|' /C calc'!A0",
        'plain, "quoted"\nlines',
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (-5, -5),
        (Decimal("-2650.00"), Decimal("-2650.00")),
        (True, True),
        ("=1", "'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("日本語", "日本語"),
        (datetime(2026, 3, 2, 3, tzinfo=UTC), "2026-03-02T12:00:00+09:00"),
    ],
)
def test_a_cell_keeps_numbers_as_numbers_and_times_in_the_zone(value: object, written: object) -> None:
    assert export.cell(value, TOKYO) == written


def test_an_export_takes_no_more_memory_for_many_rows_than_for_few() -> None:
    columns = {"id": lambda row: row, "text": lambda _: "x" * 200}

    def most(number: int) -> int:
        lines: Iterator[str] = export.lines(columns, iter(range(number)), TOKYO, "en")
        tracemalloc.start()
        assert sum(1 for _ in lines) == number + 1
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    assert most(20_000) < most(200) + 50_000


def test_who_may_not_look_gets_no_file(frozen: Clock) -> None:
    stranger = Desk(person("staff", is_staff=True))
    for model in ("cancelrequest", "verdict", "event", "seller"):
        assert stranger.get(reverse(f"admin:marketplace_{model}_export")).status_code == 403
    assert stranger.get(f"{reverse('admin:due')}?csv=1").status_code == 403
