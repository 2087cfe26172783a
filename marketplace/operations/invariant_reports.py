"""Looks for rows that contradict a rule, writes down what was found, and says it in the log."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import transaction

from marketplace import clock
from marketplace.models import InvariantReport
from marketplace.operations.invariants.asked import Answer, answers, invariants

logger = structlog.get_logger(__name__)

EXAMPLES = 10
"""How many rows of one rule stand in the report and in the log."""


def check(limit: int = EXAMPLES) -> Iterator[Answer]:
    """Ask every invariant, keep each answer as it comes, and yield it with at most `limit` rows named.

    A rule that is no longer asked loses its report.
    """
    _forget_what_is_not_asked()
    for answer in answers(settings.POLICY, ZoneInfo(settings.TIME_ZONE), clock.now(), limit):
        _keep(answer)
        yield answer


def look_at_all() -> int:
    """Do so for the log and the metrics alone. Returns how many rows contradict a rule."""
    found = list(check())
    against = sum(answer.number for answer in found)
    logger.info("looked for rows that contradict a rule", rules=len(found), rows=against)
    return against


def is_one_unchecked() -> bool:
    """Whether a rule was never checked: after the first start, or an upgrade that brought one."""
    names = {invariant.name for invariant in invariants(settings.POLICY)}
    return not names <= set(InvariantReport.objects.values_list("name", flat=True))


def _keep(answer: Answer) -> None:
    """Write the answer down. Without one the last report stays, and the metrics show how old it is."""
    if answer.failure:
        logger.error("a rule could not be checked", rule=answer.invariant.name, error=answer.failure)
        return
    name, rows = answer.invariant.name, [row._asdict() for row in answer.rows[:EXAMPLES]]
    InvariantReport.objects.update_or_create(
        name=name, defaults={"violations": answer.number, "examples": rows, "checked_at": clock.now()}
    )
    if answer.number:
        logger.error("rows contradict a rule", rule=name, table=answer.invariant.table, number=answer.number, rows=rows)


def _forget_what_is_not_asked() -> None:
    names = [invariant.name for invariant in invariants(settings.POLICY)]
    with transaction.atomic():
        InvariantReport.objects.exclude(name__in=names).delete()
