"""What operators read of channels, states and kinds, and a preview of every wording."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from marketplace.admin.words import said
from marketplace.vocabulary import Language
from notifications import wording
from notifications.phrases import KINDS, WORDS, Said
from notifications.vocabulary import Channel, Kind, State
from notifications.wording import Reader

CHANNELS = {
    Channel.INAPP: ("in-app", "アプリ内"),
    Channel.EMAIL: ("e-mail", "メール"),
    Channel.PUSH: ("push", "プッシュ"),
}
STATES = {
    State.WAITING: ("waiting", "送信待ち"),
    State.SENT: ("sent", "送信済み"),
    State.FAILED: ("failed", "送信失敗"),
    State.DROPPED: ("dropped: pointless by then", "送信せず（不要となったため）"),
}


def channel(code: str) -> str:
    """Name a channel."""
    return said(*CHANNELS[Channel(code)])


def state(code: str) -> str:
    """Name a state."""
    return said(*STATES[State(code)])


def kind(code: str) -> str:
    """Name a kind."""
    return said(*KINDS[Kind(code)])


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One notice in both languages."""

    name: str
    english: Said
    japanese: Said


def every_wording(now: datetime) -> list[Wording]:
    """Say everything that can be said, of a deal that could be."""
    facts, zone = _could_be(now), ZoneInfo(settings.TIME_ZONE)
    return [
        Wording(
            name=name,
            english=wording.say(name, facts, Reader(language=Language.ENGLISH, zone=zone, now=now)),
            japanese=wording.say(name, facts, Reader(language=Language.JAPANESE, zone=zone, now=now)),
        )
        for name in WORDS
    ]


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
