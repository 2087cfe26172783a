"""What the last look at each invariant found: rows that contradict a rule. Nothing is mended here."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from marketplace.admin import panels
from marketplace.admin.columns import badge, exported, link, link_to
from marketplace.admin.filters import ChoiceFilter
from marketplace.admin.lists import FactsAdmin
from marketplace.admin.start import Part, Signal
from marketplace.formats import exact_moment, exact_span
from marketplace.models import CancelRequest, InvariantReport, Message, Seller, TalkRoom, Verdict
from marketplace.operations.invariants.asked import invariants
from marketplace.operations.invariants.invariant import Invariant

CHECKED_DAILY = timedelta(hours=26)
"""The rules are checked once a day: an older report missed its turn."""
PAGES = {f"marketplace_{each.__name__.lower()}": each for each in (CancelRequest, Message, Seller, TalkRoom, Verdict)}
"""Tables whose rows have a page of their own."""


@cache
def _rules() -> dict[str, Invariant]:
    return {invariant.name: invariant for invariant in invariants(settings.POLICY)}


def sentence(report: InvariantReport) -> str:
    """Return what must hold; a rule that no longer exists has only its name."""
    rule = _rules().get(report.name)
    return gettext(rule.sentence) if rule else report.name


def found_badge(report: InvariantReport) -> str:
    """Mark whether the rule holds."""
    number = report.violations
    if not number:
        return badge(_("holds"), "good")
    text = ngettext("{number} row contradicts", "{number} rows contradict", number)
    return badge(text.format(number=number), "bad")


class Contradicted(ChoiceFilter):
    title = gettext_lazy("found")
    parameter_name = "found"
    options = (("contradictions", gettext_lazy("contradictions")),)

    def kept(self, rows: Any, _chosen: Any) -> Any:
        return rows.filter(violations__gt=0)


@admin.register(InvariantReport)
class InvariantReportAdmin(FactsAdmin):
    list_display = ("name", "sentence", "found_badge", "checked_at")
    list_filter = (Contradicted,)
    ordering = ("pk",)
    search_help_text = gettext_lazy("Part of a rule's name")

    @exported("sentence", sentence)
    @admin.display(description=gettext_lazy("what must hold"))
    def sentence(self, row: InvariantReport) -> str:
        return sentence(row)

    @exported("violations", "violations")
    @admin.display(description=gettext_lazy("found"))
    def found_badge(self, row: InvariantReport) -> str:
        return found_badge(row)

    def found(self, rows: Any, term: str) -> Any:
        return rows.filter(pk__icontains=term.strip())

    def heading(self, row: InvariantReport) -> str:
        return _("Rule {pk}").format(pk=row.pk)

    def summary(self, row: InvariantReport) -> list[str]:
        advice = _("Look at these rows before anything is mended: `manage.py check_invariants` asks again.")
        return [sentence(row), advice] if row.violations else [sentence(row)]

    def panels(self, request: HttpRequest, row: InvariantReport) -> list[panels.Panel]:
        rule = _rules().get(row.name)
        table = rule.table if rule else ""
        model = PAGES.get(table)
        rows = [
            (link_to(model, each["id"], each["id"]) if model else each["id"], each["what"]) for each in row.examples
        ]
        found = panels.table(
            _("The first rows of {table}").format(table=table),
            (_("row"), _("what is wrong")),
            rows,
            empty=_("No row contradicts it."),
        )
        return [*super().panels(request, row), found]


def part(request: HttpRequest, now: datetime) -> Part:
    """Whether every rule holds, and those that do not."""
    if not request.user.has_perm("marketplace.view_invariantreport"):
        return Part()
    reports = list(InvariantReport.objects.order_by("pk"))
    against = [report for report in reports if report.violations]
    return Part(signals=[_signal(reports, against, now)], panels=[_listed(against)] if against else [])


def _signal(reports: list[InvariantReport], against: list[InvariantReport], now: datetime) -> Signal:
    name, address = _("Rules that rows contradict"), _address()
    if against:
        text = _("{against} of {reports} rules").format(against=len(against), reports=len(reports))
        return Signal(tone="bad", name=name, text=text, address=f"{address}?found=contradictions")
    if not reports:
        return Signal(tone="warn", name=name, text=_("not checked yet"), address=address)
    age = now - min(report.checked_at for report in reports)
    text = _("none of {reports}, checked {age} ago").format(reports=len(reports), age=exact_span(age))
    return Signal(tone="warn" if age > CHECKED_DAILY else "good", name=name, text=text, address=address)


def _listed(against: list[InvariantReport]) -> panels.Panel:
    rows = [
        (
            link(each, each.pk),
            format_html('<span class="sentence">{}</span>', sentence(each)),
            found_badge(each),
            exact_moment(each.checked_at),
        )
        for each in against
    ]
    heads = [_("rule"), _("what must hold"), _("found"), _("checked")]
    more = (_address(), _("See all rules"))
    return panels.table(_("Rows contradict a rule"), heads, rows, more=more)


def _address() -> str:
    return reverse("admin:marketplace_invariantreport_changelist")
