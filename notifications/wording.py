"""Puts the facts of a notice into its phrase (`phrases`), in the active language and time zone.

Facts are what was gathered when the notice was written. Moments are ISO 8601 in UTC, and are shown as an
absolute time and what remains of it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from marketplace import formats
from marketplace.characters import isolated_lines
from marketplace.vocabulary import REASONS, AtFault, Rank
from notifications.phrases import BODY_WHEN_OVER, BUYER_WAS_SILENT, PHRASES, Phrase

MOMENTS = ("deadline", "effective_at", "silent_since", "owed_since")


class Wording(NamedTuple):
    """A notice as its reader sees it."""

    title: str
    body: str


def render(phrase: str, facts: Mapping[str, Any], now: datetime, *, is_over: bool = False) -> Wording:
    """Format a notice, in the past tense if it `is_over`. Raises `KeyError` for a missing fact."""
    formatted = _formatted(facts, now)
    body = BODY_WHEN_OVER if is_over else _body(phrase, facts)
    title = " ".join(_title(PHRASES[phrase], facts, now, is_over=is_over).format(**formatted).split())
    return Wording(title, body.format(**formatted).strip())


def _body(phrase: str, facts: Mapping[str, Any]) -> Any:
    """Facts of older notices do not name the party at fault: what followed shows it."""
    followed = facts.get("followed") or {}
    at_fault = facts.get("at_fault") or (AtFault.BUYER if followed.get("buyer_cancellations") else AtFault.SELLER)
    body = PHRASES[phrase].body
    return BUYER_WAS_SILENT.get(phrase, body) if at_fault == AtFault.BUYER else body


def _title(phrase: Phrase, facts: Mapping[str, Any], now: datetime, *, is_over: bool) -> Any:
    if phrase.title_after_deadline is not None and _is_past(facts, now):
        return phrase.title_after_deadline
    if phrase.title_when_over is not None and is_over:
        return phrase.title_when_over
    return phrase.title


def _formatted(facts: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    formatted = {name: isolated_lines(each) if isinstance(each, str) else each for name, each in facts.items()}
    formatted |= format_times(facts, now)
    if facts.get("reason") in REASONS:
        formatted["reason"] = str(REASONS[facts["reason"]])
    for name in ("price", "refund"):
        if facts.get(name) is not None:
            formatted[name] = formats.yen(facts[name])
    if "preview" in facts:
        formatted["consequence"] = consequence(facts["preview"])
    if "followed" in facts:
        formatted["what_followed"] = what_followed(facts["followed"])
    if "rating" in facts:
        formatted["stars"] = formats.stars(facts["rating"])
    return formatted


def format_times(facts: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """Return the facts that are times, and `remaining`, `until`."""
    moments = {name: datetime.fromisoformat(facts[name]) for name in MOMENTS if facts.get(name)}
    formatted = {name: formats.deadline(at) for name, at in moments.items()}
    if "deadline" in moments:
        formatted["remaining"] = formats.span(moments["deadline"] - now)
        formatted["until"] = formats.deadline_ahead(moments["deadline"], now)
    if "due_on" in facts:
        formatted["due_on"] = formats.day(date.fromisoformat(facts["due_on"]))
    if "new_deadline" in facts:
        formatted["new_deadline"] = _new_deadline(facts["new_deadline"])
    return formatted


def _is_past(facts: Mapping[str, Any], now: datetime) -> bool:
    """Whether the deadline has passed: notices stay in the inbox, and nothing remains of it then."""
    return bool(facts.get("deadline")) and datetime.fromisoformat(facts["deadline"]) < now


def _new_deadline(deadline: str | None) -> str:
    if not deadline:  # it is held
        return ""
    return _("The new deadline is {at}.").format(at=formats.deadline(datetime.fromisoformat(deadline)))


def consequence(preview: Mapping[str, Any] | None) -> str:
    """Return what happens if nothing is said until the deadline, as a sentence."""
    if not preview:
        return ""
    changes = [pgettext("what a silence does", "cancelled"), *_changes(preview)]
    at = formats.deadline(datetime.fromisoformat(preview["deadline"]))
    return _("If nothing is said until {at}: {changes}.").format(at=at, changes=_joined(changes))


def what_followed(preview: Mapping[str, Any] | None) -> str:
    """Return what the verdict did, as a sentence."""
    changes = _changes(preview) if preview else []
    return _("What followed: {changes}.").format(changes=_joined(changes)) if changes else ""


def _joined(changes: list[str]) -> str:
    return pgettext("between the things that a silence does", ", ").join(changes)


def _changes(preview: Mapping[str, Any]) -> list[str]:
    """Return each thing that changes: `6 services paused`, `★1`, `rank Gold → Silver`."""
    changes = []
    if number := preview.get("services_paused"):
        changes.append(ngettext("{number} service paused", "{number} services paused", number).format(number=number))
    if preview.get("stars"):
        changes.append(_("★{stars}").format(stars=preview["stars"]))
    if preview.get("completion"):
        before, after = (formats.rate(each) for each in preview["completion"])
        changes.append(_("completion {before} → {after}").format(before=before, after=after))
    if preview.get("rank") and preview["rank"][0] != preview["rank"][1]:
        before, after = (str(Rank(each).label) for each in preview["rank"])
        changes.append(_("rank {before} → {after}").format(before=before, after=after))
    if preview.get("buyer_cancellations"):
        before, after = preview["buyer_cancellations"]
        changes.append(
            _("your record of cancellations for silence {before} → {after}").format(before=before, after=after)
        )
    if preview.get("refund_yen"):
        changes.append(_("{amount} back to the buyer").format(amount=formats.yen(preview["refund_yen"])))
    return changes
