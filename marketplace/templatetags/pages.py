"""The tags and filters of the pages: `{% load pages %}`."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from marketplace import clock, formats
from marketplace.characters import isolated
from marketplace.pages import drafts, linked, times, words
from marketplace.pages.forms import Form
from marketplace.pages.live import passing
from marketplace.readers import languages

register = template.Library()
register.simple_tag(languages)  # Django's tag would translate their names, and nobody would find their own


@register.simple_tag(takes_context=True)
def when(context: template.Context, at: datetime | str | None) -> SafeString | str:
    """Draw a moment; a dash without one."""
    return "–" if at is None else times.moment(times.as_moment(at), _now(context))


@register.simple_tag
def deadline(at: datetime | str | None) -> SafeString | str:
    """Draw a deadline; a dash without one."""
    return "–" if at is None else times.deadline(times.as_moment(at))


@register.simple_tag(takes_context=True)
def remaining(context: template.Context, until: datetime | str) -> SafeString:
    """Draw what remains until a moment."""
    return times.remaining(times.as_moment(until), _now(context))


@register.simple_tag(takes_context=True)
def elapsed(context: template.Context, since: datetime | str) -> SafeString:
    """Draw how long ago a moment was."""
    return times.elapsed(times.as_moment(since), _now(context))


@register.simple_tag
def units() -> str:
    """Return the units of `formats.span`, for the clocks that run on in the browser."""
    return "|".join(str(unit) for _size, unit in formats.UNITS)


@register.simple_tag(takes_context=True)
def meter(context: template.Context, since: datetime, until: datetime) -> SafeString:
    """Draw how much of a span has gone by."""
    return times.meter(since, until, _now(context))


@register.simple_tag(takes_context=True)
def day(context: template.Context, on: date) -> SafeString:
    """Draw a date of the schedule."""
    on = date.fromisoformat(on) if isinstance(on, str) else on
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), formats.day(on, _today(context)))


@register.simple_tag(takes_context=True)
def around(context: template.Context, on: date) -> SafeString:
    """Draw the date of a milestone, which is approximate: 「11月24日(火)頃」."""
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), formats.around(on, _today(context)))


def _now(context: template.Context) -> datetime:
    now: datetime = context.get("now") or clock.now()
    return now


def _today(context: template.Context) -> date:
    return timezone.localtime(_now(context)).date()


@register.simple_tag
def stars(rating: int) -> SafeString:
    """Draw a review's stars."""
    spoken = _("{rating} of 5 stars").format(rating=rating)
    return format_html('<span class="stars" role="img" aria-label="{}">{}</span>', spoken, formats.stars(rating))


@register.simple_tag
def key() -> SafeString:
    """Make a form run once, however often it is sent."""
    return format_html('<input type="hidden" name="once" value="{}">', passing(uuid4().hex))


@register.simple_tag(takes_context=True)
def kept(context: template.Context, to: str = "", target: str = "#main") -> SafeString:
    """Write the attributes of a form whose words are never lost: without scripts it is sent as any form is.

    With them the page stays until the server has carried the form out, and a draft is kept in the browser.
    `to` is where it goes, else this page. What the answer shows takes the place of `target`.
    """
    request = context["request"]
    state = "typed" if request.method == "POST" else "fresh"
    part = format_html(' hx-select="{}"', target) if target == "#main" else ""
    return format_html(
        'method="post" action="{to}" data-kept="{state}" hx-post="{to}" hx-target="{target}"{part} hx-swap="outerHTML"',
        to=to or request.path,
        state=state,
        target=target,
        part=part,
    )


@register.simple_tag(takes_context=True)
def drafts_keys(context: template.Context) -> str:
    """Return the keys of the reader's drafts; nothing for anonymous readers."""
    request = context["request"]
    return drafts.keys_of(request.user) if request.user.is_authenticated else ""


@register.inclusion_tag("pages/parts/field.html")
def field(form: Form, name: str, label: str, **options: Any) -> dict[str, Any]:
    """Draw a field with its label, its `hint` and what is wrong with it.

    `kind` is an input's type, or `area` (with `rows`) or `select` (with `options`: value, text and the text's language,
    empty for the page's own).
    """
    bound = form.bound(name)
    needed = bound.required and not getattr(bound, "allow_blank", False)
    return {"kind": "text", **options, "field": bound, "needed": needed, "id": f"f-{name}", "label": label}


register.filter("isolated", isolated)
register.filter("linked", linked.linked)
register.filter("word", words.word)
register.filter("number", words.number)
register.filter("yen", formats.yen)
register.filter("percent", formats.rate)
register.filter("average", formats.rating)
register.filter("span", formats.span)
register.filter("window", formats.duration)
register.filter("figure", formats.figure)
register.filter("lacking", formats.shortfall)
register.filter("points", formats.points)
