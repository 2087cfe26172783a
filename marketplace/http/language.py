"""Which language an answer is in: Accept-Language, else the person's own, else English."""

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework.request import Request

from marketplace.vocabulary import Language


def of(request: Request | HttpRequest) -> Language:
    """Return the language to answer in. Never authenticates: a failed log-in has a language too."""
    person = vars(request).get("_user")
    return asked_for(request) or Language(getattr(person, "language", "") or Language.ENGLISH)


def asked_for(request: Request | HttpRequest) -> Language | None:
    """Return the first language of Accept-Language that is ours, None without one."""
    wanted = parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:200].lower())
    tags = (tag.partition("-")[0] for tag, _quality in wanted)
    return next((Language(tag) for tag in tags if tag in set(Language)), None)
