"""How pages say times, sums and the words of the vocabulary, in the reader's language and time zone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace import formats
from marketplace.admin.words import WORDS, is_japanese
from marketplace.vocabulary import AtFault, Language
from notifications import wording

KINDS_OF_MESSAGE = {
    "progress_report": gettext_lazy("Progress report"),
    "schedule_change": gettext_lazy("Schedule"),
    "delivery": pgettext_lazy("kind of message", "Delivery"),
    "send_back": gettext_lazy("Sent back"),
    "automatic": gettext_lazy("Automatic reply"),
}


def language() -> Language:
    """Return the reader's language."""
    return Language.JAPANESE if is_japanese() else Language.ENGLISH


def word(code: Any) -> str:
    """Say a word of the vocabulary."""
    return str(KINDS_OF_MESSAGE.get(code) or WORDS.get(code) or code or "–")


def as_moment(at: datetime | str) -> datetime:
    """Read a moment; the API's are text."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def here(at: datetime) -> datetime:
    """Return a moment in the reader's time zone."""
    return at.astimezone(timezone.get_current_timezone())


said_moment = formats.moment
exact = formats.exact_moment
deadline = formats.deadline
said_day = formats.day
span = formats.span
yen = formats.yen
percent = formats.rate
average = formats.rating
window = formats.duration
figure = formats.figure
lacking = formats.shortfall
points = formats.points


def number(pk: UUID) -> str:
    """Tell a deal from others of the same service: `#1F9C2A47`, the beginning of its room's id, as in the address."""
    return f"#{str(pk)[:8].upper()}"


def verdict_name(at_fault: str) -> str:
    """Name a cancellation as the help page does: by whose silence it was. A reversed one is nobody's: no name."""
    return "" if at_fault == AtFault.NOBODY else wording.VERDICTS[AtFault(at_fault)][is_japanese()]
