"""What the last look at each invariant found: rows that contradict a rule. Nothing is mended here."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from marketplace.admin import panels
from marketplace.admin.columns import Column, badge, link, link_to
from marketplace.admin.filters import Choice
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.rules_in_words import sentence, table_of
from marketplace.admin.start import Part, Signal
from marketplace.admin.words import label, moment, said, span
from marketplace.models import CancelRequest, InvariantReport, Message, Seller, TalkRoom, Verdict

CHECKED_DAILY = timedelta(hours=26)
"""The rules are looked after once a day: a report that is older than this missed its turn."""
PAGES = {
    "marketplace_cancelrequest": CancelRequest,
    "marketplace_message": Message,
    "marketplace_seller": Seller,
    "marketplace_talkroom": TalkRoom,
    "marketplace_verdict": Verdict,
}
"""Tables whose rows have a page of their own."""


def _found(report: InvariantReport) -> str:
    if not report.violations:
        return badge(said("holds", "問題なし"), "good")
    number = report.violations
    rows = "1 row contradicts" if number == 1 else f"{number} rows contradict"
    return badge(said(rows, f"矛盾 {number}件"), "bad")


COLUMNS = (
    Column(name="name", title=label("rule", "ルール"), value=lambda row: row.pk, show=lambda row: link(row, row.pk)),
    Column(name="sentence", title=label("what must hold", "満たすべきこと"), value=lambda row: sentence(row.pk)),
    Column(name="violations", title=label("found", "結果"), value=lambda row: row.violations, show=_found),
    Column(name="checked_at", title=label("checked", "確認日時"), value=lambda row: row.checked_at),
)


class Contradicted(Choice):
    """Only what does not hold."""

    title = label("found", "結果")
    parameter_name = "found"
    words = (("contradictions", label("contradictions", "矛盾あり")),)

    def kept(self, rows: Any, _chosen: Any) -> Any:
        """Keep the rules that some row contradicts."""
        return rows.filter(violations__gt=0)


@admin.register(InvariantReport)
class InvariantReportAdmin(FactsAdmin):
    """By name: there are some thirty."""

    columns = COLUMNS
    list_filter = (Contradicted,)
    ordering = ("pk",)
    search_help_text = label("Part of a rule's name", "ルール名の一部")

    def found(self, rows: Any, term: str) -> Any:
        """Keep the rules whose name has this in it."""
        return rows.filter(pk__icontains=term.strip())

    def heading(self, row: InvariantReport) -> str:
        """Name the rule."""
        return said(f"Rule {row.pk}", f"ルール {row.pk}")

    def summary(self, row: InvariantReport) -> list[str]:
        """Say what must hold, and whether it does."""
        return [sentence(row.pk), *_advice(row)]

    def panels(self, request: HttpRequest, row: InvariantReport) -> list[panels.Panel]:
        """Show the first rows that contradict, linked where they have a page."""
        table = table_of(row.pk)
        rows = [(_named(table, each["id"]), each["what"]) for each in row.examples]
        found = panels.table(
            said(f"The first rows of {table}", f"{table} の最初の行"),
            (said("row", "行"), said("what is wrong", "矛盾の内容")),
            rows,
            empty=said("No row contradicts it.", "矛盾する行はありません。"),
        )
        return [*super().panels(request, row), found]


def _advice(report: InvariantReport) -> list[str]:
    if not report.violations:
        return []
    return [
        said(
            "Look at these rows before anything is mended: `manage.py check_invariants` asks again.",
            "修正する前に該当する行を確認してください。`manage.py check_invariants` で再確認できます。",
        )
    ]


def _named(table: str, key: str) -> Any:
    return link_to(PAGES[table], key, key) if table in PAGES else key


def part(request: HttpRequest, now: datetime) -> Part:
    """Tell whether every rule holds, and list those that do not."""
    if not request.user.has_perm("marketplace.view_invariantreport"):
        return Part()
    reports = list(InvariantReport.objects.order_by("pk"))
    against = [report for report in reports if report.violations]
    return Part(signals=[_signal(reports, against, now)], panels=[_listed(against)] if against else [])


def _signal(reports: list[InvariantReport], against: list[InvariantReport], now: datetime) -> Signal:
    name, address = said("Rules that rows contradict", "データの整合性"), _address()
    if against:
        told = said(f"{len(against)} of {len(reports)} rules", f"{len(reports)}件中{len(against)}件のルールに矛盾")
        return Signal(tone="bad", name=name, says=told, address=f"{address}?found=contradictions")
    if not reports:
        return Signal(tone="warn", name=name, says=said("not checked yet", "まだ確認されていません"), address=address)
    age = now - min(report.checked_at for report in reports)
    told = said(f"none of {len(reports)}, checked {span(age)} ago", f"{len(reports)}件すべて問題なし ({span(age)} 前)")
    return Signal(tone="warn" if age > CHECKED_DAILY else "good", name=name, says=told, address=address)


def _listed(against: list[InvariantReport]) -> panels.Panel:
    rows = [
        (
            link(each, each.pk),
            format_html('<span class="sentence">{}</span>', sentence(each.pk)),
            _found(each),
            moment(each.checked_at),
        )
        for each in against
    ]
    heads = [str(column.title) for column in COLUMNS]
    more = (_address(), said("See all rules", "すべてのルールを見る"))
    return panels.table(said("Rows contradict a rule", "ルールに矛盾するデータ"), heads, rows, more=more)


def _address() -> str:
    return reverse("admin:marketplace_invariantreport_changelist")
