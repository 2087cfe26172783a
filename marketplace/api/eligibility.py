"""Whether a cancel request may be placed, and what is missing: the rules' own answer, in words."""

from datetime import datetime
from typing import Any

from django.conf import settings

from marketplace import rules
from marketplace.rules import Talk
from marketplace.vocabulary import Party


def of(talk: Talk, requester: Party, now: datetime) -> dict[str, Any]:
    """Return each condition of R1 and R8, whether it is met, and from when waiting alone is enough."""
    conditions = [
        {
            "code": condition.refusal.code,
            "met": condition.met,
            "since": condition.since,
            "message": str(condition.refusal.message),
        }
        for condition in rules.conditions(settings.POLICY, talk, requester, now)
    ]
    return outlook(talk, requester, now) | {"conditions": conditions}


def outlook(talk: Talk, requester: Party, now: datetime) -> dict[str, Any]:
    """Return whether a request may be placed, and from when."""
    return {
        "eligible": rules.refusal(settings.POLICY, talk, requester, now) is None,
        "eligible_at": rules.eligible_at(settings.POLICY, talk, requester, now),
        "owed_since": talk.owed_since if talk.owes_the_next_word is requester.counterpart else None,
    }
