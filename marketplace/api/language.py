"""Which language an answer is in: Accept-Language, else the person's own, else English."""

from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework.request import Request

from marketplace.vocabulary import Language


def of(request: Request) -> Language:
    """Return the language to answer in. Never authenticates: a failed log-in has a language too."""
    wanted = parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:200].lower())
    for tag, _quality in wanted:
        primary = tag.partition("-")[0]
        if primary in set(Language):
            return Language(primary)
    person = vars(request).get("_user")
    return Language(getattr(person, "language", "") or Language.ENGLISH)
