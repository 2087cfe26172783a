"""Checks every rule on all rows, stores the result and logs it."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings

from marketplace import clock
from marketplace.models import InvariantReport
from marketplace.operations.invariants.asked import Answer, answers, invariants

logger = structlog.get_logger(__name__)

EXAMPLES = 10
"""Rows of one rule that a report and a log line name."""


def check(limit: int = EXAMPLES) -> Iterator[Answer]:
    """Check every invariant, store each answer, and yield it with at most `limit` rows named.

    Reports of rules that no longer exist are deleted.
    """
    InvariantReport.objects.exclude(name__in=_names()).delete()
    for answer in answers(settings.POLICY, ZoneInfo(settings.TIME_ZONE), clock.now(), limit):
        _keep(answer)
        yield answer


def check_all() -> int:
    """Check every invariant for the log and the metrics. Returns how many rows contradict a rule."""
    found = list(check())
    against = sum(answer.number for answer in found)
    logger.info("checked the invariants", rules=len(found), rows=against)
    return against


def is_one_unchecked() -> bool:
    """Whether a rule was never checked: after the first start, or an upgrade that brought one."""
    return not _names() <= set(InvariantReport.objects.values_list("name", flat=True))


def _names() -> set[str]:
    return {invariant.name for invariant in invariants(settings.POLICY)}


def _keep(answer: Answer) -> None:
    """Store the answer. After a failure the last report stays, and the metrics show its age."""
    if answer.failure:
        logger.error("a rule could not be checked", rule=answer.invariant.name, error=answer.failure)
        return
    name, rows = answer.invariant.name, [row._asdict() for row in answer.rows[:EXAMPLES]]
    InvariantReport.objects.update_or_create(
        name=name, defaults={"violations": answer.number, "examples": rows, "checked_at": clock.now()}
    )
    if answer.number:
        logger.error("rows contradict a rule", rule=name, table=answer.invariant.table, number=answer.number, rows=rows)
