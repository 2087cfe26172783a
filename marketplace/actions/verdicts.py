"""The verdict: what follows, by itself, when a party stays silent past a deadline.

「24時間以内に出品者から返信がない場合」 the deal is cancelled with no staff (R4), with every
consequence in the transaction that cancels (R5). `actions.deadlines` alone calls this.
"""

from uuid import UUID

from django.conf import settings

from marketplace import clock, locks
from marketplace.actions import standing
from marketplace.actions import verdict_statements as statements
from marketplace.actions.contradictions import ContradictionError
from marketplace.vocabulary import WokenBy


def cancel_unanswered(requests: list[UUID], woken_by: WokenBy) -> int:
    """Cancel the deals of the requests that are still open and overdue. Their rooms are locked."""
    now = clock.now()  # after the locks (R7)
    moved = statements.end_requests(requests, now)
    written = statements.write_verdicts(moved, woken_by=woken_by, rating=_stars(), now=now) if moved else []
    if len(written) != len(moved):
        raise ContradictionError(f"of {len(moved)} overdue requests, some have a deal that is not in progress")
    _apply_seller_consequences(written)
    return len(written)


def cancel_never_contacted(deals: list[UUID], woken_by: WokenBy) -> int:
    """Cancel the deals whose seller never wrote within the first-contact limit (R13). Their rooms are locked.

    The same verdict without a request; one that is open ends with the deal.
    """
    now = clock.now()
    written = statements.write_verdicts_without_request(deals, woken_by=woken_by, rating=_stars(), now=now)
    _apply_seller_consequences(written)
    return len(written)


def _stars() -> int:
    return settings.POLICY.automatic_rating


def _apply_seller_consequences(verdicts: list[statements.Written]) -> None:
    """Every accepting service paused, figures and ranks (R5). Silent buyers cost a seller nothing."""
    at_fault = [verdict for verdict in verdicts if verdict.seller_at_fault]
    if not at_fault:
        return
    sellers = locks.sellers({verdict.seller for verdict in at_fault})
    now = clock.now()  # again: a purchase or another verdict may have held these locks until just now
    statements.pause_services([verdict.id for verdict in at_fault], now)
    standing.recompute_locked(sellers=sellers, now=now, are_listed=False)
