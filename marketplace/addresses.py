"""E-mail addresses as they exist, which is more than the standard allows, and less than Unicode does."""

import re
import unicodedata
from contextlib import suppress

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from marketplace.characters import is_seen

DOT_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
WITH_DOTS_ANYWHERE = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+", re.ASCII)
"""Japanese carriers gave out local parts such as `taro..yamada.` (RFC 5321 wants them quoted)."""
LONGEST_LOCAL_PART, LONGEST_ADDRESS = 64, 254


def tidied(text: str) -> str:
    """Return the address as it is kept: full-width characters (＠, 。) as plain ones, no blanks around it."""
    return unicodedata.normalize("NFKC", text).replace("。", ".").strip()


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


def compared_address(address: str) -> str:
    """Return what two ways to write one address have in common: letter case, quotation marks and punycode aside."""
    local, _, domain = address.strip().strip("<>").rpartition("@")
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    with suppress(idna.IDNAError):  # else it is compared as it is written
        domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    return f"{local}@{domain}".lower() if domain else ""
