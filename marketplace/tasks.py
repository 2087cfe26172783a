"""What Celery runs: each task only looks at the rows, so early, late, twice or never changes nothing."""

from uuid import UUID

from celery import shared_task

from marketplace.actions import deadlines, standing
from marketplace.alarms import WakeUp
from marketplace.operations import housekeeping, invariant_reports, tallies
from marketplace.vocabulary import DeadlineKind


@shared_task(name="marketplace.wake_up")
def wake_up(row: str, generation: int, rings: int = 0, kind: str = DeadlineKind.REPLY) -> None:
    """Look at the row whose deadline this was set for. Messages from before other kinds were reply deadlines."""
    deadlines.wake_up(WakeUp(DeadlineKind(kind), UUID(row), generation), rings=rings)


@shared_task(name="marketplace.sweep")
def sweep(kind: str = DeadlineKind.REPLY) -> None:
    """Find what no wake-up found, and ring for what falls due soon."""
    deadlines.sweep(DeadlineKind(kind))


@shared_task(name="marketplace.move_windows")
def move_windows() -> None:
    """Recount the sellers from whose window something fell."""
    standing.recompute_where_the_window_moved()


@shared_task(name="marketplace.forget")
def forget() -> None:
    """Delete expired rows."""
    housekeeping.delete_expired()


@shared_task(name="marketplace.fold_tallies")
def fold_tallies() -> None:
    """Fold what was settled into the tallies that the metrics count."""
    tallies.fold()


@shared_task(name="marketplace.check_invariants", soft_time_limit=45 * 60, time_limit=50 * 60)
def check_invariants() -> None:
    """Check every rule on all rows. Large tables take minutes; after an hour Redis would deliver the task again."""
    invariant_reports.check_all()
