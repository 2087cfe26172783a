"""A preview of every notice."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import translation

from notifications import wording
from notifications.phrases import PHRASES
from notifications.wording import Wording


def preview_all(now: datetime) -> dict[str, dict[str, Wording]]:
    """Return each phrase in every language by its code, with facts of a deal that could be."""
    facts = _could_be(now)
    previews: dict[str, dict[str, Wording]] = {phrase: {} for phrase in PHRASES}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for phrase, wordings in previews.items():
                wordings[code] = wording.render(phrase, facts, now)
    return previews


def _could_be(now: datetime) -> dict[str, Any]:
    deadline = (now + timedelta(hours=3)).isoformat()
    preview = {
        "deadline": deadline,
        "at_fault": "seller",
        "refund_yen": 12_000,
        "services_paused": 6,
        "stars": 1,
        "completion": [0.91, 0.88],
        "rank": ["gold", "silver"],
    }
    return {
        "counterpart": "hanako",
        "service": "ロゴデザイン",
        "price": 12_000,
        "refund": 12_000,
        "preview": preview,
        "followed": preview,
        "deadline": deadline,
        "new_deadline": deadline,
        "effective_at": deadline,
        "silent_since": (now - timedelta(days=3)).isoformat(),
        "owed_since": (now - timedelta(days=2)).isoformat(),
        "reason": "…",
        "rating": 5,
        "milestone": "初稿",
        "due_on": (now + timedelta(days=1)).date().isoformat(),
        "count": 2,
        "lines": "- …\n- …",
        "code": "123456",
    }
