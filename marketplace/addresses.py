"""E-mail addresses as they exist, which is more than the standard allows, and less than Unicode does."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from marketplace.characters import is_seen

DOT_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
WITH_DOTS_ANYWHERE = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+", re.ASCII)
"""Japanese carriers gave out local parts such as `taro..yamada.` (RFC 5321 wants them quoted)."""
LONGEST_LOCAL_PART, LONGEST_ADDRESS = 64, 254


def tidied(text: str) -> str:
    """Return the address as it is kept: full-width characters (＠) as plain ones, no blanks around it."""
    return unicodedata.normalize("NFKC", text).strip()


def check_address(address: str) -> None:
    """Raise `ValidationError` for what is no address: blanks, controls and invisible characters stand in none."""
    local, _, domain = address.rpartition("@")
    if not all(map(is_seen, address)) or len(local) > LONGEST_LOCAL_PART or len(address) > LONGEST_ADDRESS:
        raise ValidationError(EmailValidator.message, code="invalid")
    EmailValidator()(f"x@{domain}" if WITH_DOTS_ANYWHERE.fullmatch(local) else address)


def for_mail(address: str) -> str:
    """Return the address as mail headers and SMTP take it: a local part with odd dots in quotation marks."""
    local, _, domain = address.rpartition("@")
    if DOT_ATOM.fullmatch(local) or not WITH_DOTS_ANYWHERE.fullmatch(local):
        return address
    return f'"{local}"@{domain}'
