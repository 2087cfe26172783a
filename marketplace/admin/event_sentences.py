"""Each kind of event in plain words, with its figures. Every fact may be missing: old events have fewer."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.formats import NONE, exact_moment, exact_span, lateness, yen
from marketplace.http import standing
from marketplace.models import Event
from marketplace.vocabulary import AtFault, CancelCause, DeadlineKind, EventKind, Matter, MessageKind, Party

Data = Mapping[str, Any]
Sentence = Callable[[Data], str]

THE_PARTIES = {Party.BUYER: gettext_lazy("the buyer"), Party.SELLER: gettext_lazy("the seller")}


def the_party(code: str | None) -> str:
    """Name a party within a sentence."""
    return str(THE_PARTIES[Party(code)]) if code in Party.values else _("somebody")


def _label(words: type[TextChoices], code: str | None) -> str:
    return str(words(code).label) if code in words.values else code or NONE


def _moment(data: Data, key: str) -> str:
    return exact_moment(datetime.fromisoformat(data[key]) if data.get(key) else None)


def _span(data: Data, key: str) -> timedelta:
    return timedelta(seconds=float(data.get(key) or 0))


def _number(data: Data, key: str) -> int:
    """Return a number, or how many there are of a list."""
    value = data.get(key) or 0
    return len(value) if isinstance(value, list) else int(value)


def _message(data: Data) -> str:
    kind = _label(MessageKind, data.get("message_kind", MessageKind.TEXT))
    return _("{kind} of {party}").format(kind=kind, party=the_party(data.get("party")))


def _schedule_changed(data: Data) -> str:
    text = _("changed the schedule: {added} added, {changed} changed, {removed} removed")
    return text.format(**{key: _number(data, key) for key in ("added", "changed", "removed")})


def _placed(data: Data) -> str:
    text = _("cancel request of {party}: without a reply until {until} the deal is cancelled")
    return text.format(party=the_party(data.get("requester")), until=_moment(data, "reply_deadline"))


def _clock_moved(kind: EventKind) -> Sentence:
    def sentence(data: Data) -> str:
        by = f" +{exact_span(_span(data, 'by_seconds'))}" if data.get("by_seconds") else ""
        if data.get("reply_deadline"):
            at = _moment(data, "reply_deadline")
            return _("{what}{by}; the deadline is {deadline}").format(what=kind.label, by=by, deadline=at)
        left = exact_span(_span(data, "remaining_seconds"))
        return _("{what}{by}; {left} remain while it is held").format(what=kind.label, by=by, left=left)

    return sentence


def _refused_late(data: Data) -> str:
    text = _("near miss: {message} refused, {late} after the deadline; its writer had waited {waited} for the room")
    late, waited = lateness(_span(data, "late_by_seconds")), lateness(_span(data, "waited_for_lock_seconds"))
    return text.format(message=_message(data), late=late, waited=waited)


def _cancelled(data: Data) -> str:
    if data.get("at_fault") == AtFault.BUYER:
        text = _("cancelled by the buyer's silence ({cause}); refund {refund}")
    else:
        text = _("cancelled by the seller's silence ({cause}); refund {refund}")
    return text.format(cause=_label(CancelCause, data.get("cause")), refund=yen(_number(data, "refund_yen")))


def _completed(data: Data) -> str:
    if data.get("approved_by") == "window":
        text = _("completed, by itself: the approval window ran out; {price}")
    else:
        text = _("completed, approved by the buyer; {price}")
    return text.format(price=yen(_number(data, "price_yen")))


def _reversed(data: Data) -> str:
    text = _("verdict reversed (was at fault: {was}); reviews hidden: {reviews}, pauses lifted: {pauses}")
    return text.format(
        was=_label(AtFault, data.get("was_at_fault")),
        reviews=_number(data, "reviews_hidden"),
        pauses=_number(data, "pauses_lifted"),
    )


def _standing(data: Data) -> str:
    return _("standing: {changes}").format(changes="; ".join(standing.changes(data)))


def _put_off(data: Data) -> str:
    kind = _label(DeadlineKind, data.get("deadline_kind", DeadlineKind.REPLY))
    return _("could not be settled and was put off ({kind}): {error}").format(kind=kind, error=data.get("error"))


def _resumed(data: Data) -> str:
    text = _("resumed: verdicts acknowledged: {verdicts}, services named: {services}")
    return text.format(verdicts=_number(data, "verdicts"), services=_number(data, "services"))


def _restored(data: Data) -> str:
    text = _("restored from a backup; every running deadline got {lost} more; notices dropped: {dropped}")
    return text.format(lost=exact_span(_span(data, "lost_seconds")), dropped=_number(data, "dropped"))


def _account_changed(data: Data) -> str:
    text = {"created": _("made the account {named}"), "deleted": _("deleted the account {named}")}.get(
        data.get("act", ""), _("changed the account {named}: {what}")
    )
    return text.format(
        named=data.get("account") or NONE, what=", ".join(str(each) for each in data.get("changed") or ())
    )


SENTENCES: dict[EventKind, Sentence] = {
    EventKind.SERVICE_CHANGED: lambda data: _("changed a service: {fields}").format(
        fields=", ".join(data.get("changed") or ())
    ),
    EventKind.DEAL_PURCHASED: lambda data: _("bought for {price}").format(price=yen(_number(data, "price"))),
    EventKind.MESSAGE_POSTED: _message,
    EventKind.SCHEDULE_CHANGED: _schedule_changed,
    EventKind.REQUEST_PLACED: _placed,
    EventKind.REQUEST_HELD: _clock_moved(EventKind.REQUEST_HELD),
    EventKind.REQUEST_RELEASED: _clock_moved(EventKind.REQUEST_RELEASED),
    EventKind.REQUEST_EXTENDED: _clock_moved(EventKind.REQUEST_EXTENDED),
    EventKind.REPLY_REFUSED_LATE: _refused_late,
    EventKind.DEAL_DELIVERED: lambda data: _("delivered; to be approved or sent back until {until}").format(
        until=_moment(data, "approval_deadline")
    ),
    EventKind.DEAL_COMPLETED: _completed,
    EventKind.DEAL_CANCELLED: _cancelled,
    EventKind.VERDICT_REVERSED: _reversed,
    EventKind.REVIEW_WRITTEN: lambda data: _("reviewed with ★{rating}").format(rating=data.get("rating")),
    EventKind.STANDING_CHANGED: _standing,
    EventKind.SELLER_RESUMED: _resumed,
    EventKind.SETTLEMENT_PUT_OFF: _put_off,
    EventKind.RETRY_ASKED: lambda data: _("had tried again at once: {work} {row}").format(
        work=_label(Matter, data.get("matter")), row=data.get("row") or ""
    ),
    EventKind.RESTORED_FROM_BACKUP: _restored,
    EventKind.NOTICE_SENT_AGAIN: lambda data: _("sent a notice again by {channel} ({kind})").format(
        channel=data.get("channel"), kind=data.get("notice_kind")
    ),
    EventKind.ACCOUNT_CHANGED: _account_changed,
    EventKind.LIST_EXPORTED: lambda data: _("saved a list as CSV: {name} {query}").format(
        name=data.get("list"), query=data.get("asked") or ""
    ),
    EventKind.SERVICE_TAKEN_DOWN: lambda data: _("took a service down: {title}").format(title=data.get("title")),
    EventKind.SERVICE_PUT_BACK: lambda data: _("put a service back: {title}").format(title=data.get("title")),
    EventKind.REVIEW_HIDDEN: lambda data: _("hid a review of ★{rating}").format(rating=data.get("rating")),
}


def sentence(event: Event) -> str:
    """Return what happened; the label of a kind that has no facts."""
    kind = EventKind(event.kind)
    return SENTENCES[kind](event.data) if kind in SENTENCES else str(kind.label)
