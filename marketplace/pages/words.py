"""The words that pages have for codes of the vocabulary, and what tells one deal from another."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.vocabulary import VERDICTS, AtFault, CancelCause, DealStatus, Party, Rank, RequestStatus, ServiceStatus

LABELS: dict[str, Any] = {
    str(each.value): each.label
    for words in (AtFault, CancelCause, DealStatus, Party, Rank, RequestStatus, ServiceStatus)
    for each in words
} | {
    "progress_report": gettext_lazy("Progress report"),
    "schedule_change": gettext_lazy("Schedule"),
    "delivery": pgettext_lazy("kind of message", "Delivery"),
    "send_back": gettext_lazy("Sent back"),
    "automatic": gettext_lazy("Automatic reply"),
}
"""By code, as rows and the API's answers hold it. Kinds of message are shorter here than in the vocabulary."""


def word(code: Any) -> str:
    """Return the label of a code; a dash for none."""
    return str(LABELS.get(code) or code or "–")


def number(pk: UUID) -> str:
    """Return the number that tells deals of one service apart: `#1F9C2A47`, the beginning of the room's id."""
    return f"#{str(pk)[:8].upper()}"


def verdict_name(at_fault: str) -> str:
    """Name a cancellation as the help page does: by whose silence it was. A reversed one is nobody's: no name."""
    return "" if at_fault == AtFault.NOBODY else str(VERDICTS[AtFault(at_fault)])
