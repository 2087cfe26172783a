"""The daily digest of what is unhandled; nothing is said when nothing is."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from marketplace import clock
from marketplace.models import User
from marketplace.vocabulary import Language
from notifications import locks, quiet, todos
from notifications.actions.telling import Notice, tell
from notifications.vocabulary import Kind

AT_ONCE = 200
SHOWN = 10
"""How many to-dos the digest names."""


@transaction.atomic
def tick() -> int:
    """Write the digests that are due, and set the next ones. Returns how many people were looked at."""
    now = clock.now()
    due = locks.due_digests(now, AT_ONCE)
    people = User.objects.in_bulk([wishes.person_id for wishes in due])
    notices = []
    for wishes in due:
        person = people[wishes.person_id]
        zone = ZoneInfo(person.time_zone or settings.TIME_ZONE)
        waiting = todos.of(person, now)
        if waiting:
            language = Language(person.language or Language.JAPANESE)
            lines = "\n".join(f"- {todos.said(each, language)}" for each in waiting[:SHOWN])
            occasion = f"digest:{person.pk}:{wishes.next_digest_at:%Y-%m-%d}"
            facts = {"count": len(waiting), "lines": lines}
            notices.append(Notice(occasion=occasion, person=person, kind=Kind.DIGEST, words="digest", facts=facts))
        if wishes.digest_at is not None:
            wishes.next_digest_at = quiet.next_time(wishes.digest_at, zone, now)
            wishes.save(update_fields=["next_digest_at"])
    tell(notices, now)
    return len(due)
