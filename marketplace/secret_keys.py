"""What follows from SECRET_KEY, and what followed from the keys before it: a rotation breaks nothing."""

from django.conf import settings
from django.utils.crypto import salted_hmac


def digests(salt: str, value: str) -> list[str]:
    """Return the HMAC of a value under each key, SECRET_KEY's first, then those of SECRET_KEY_FALLBACKS, in hex."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [salted_hmac(salt, value, secret=key, algorithm="sha256").hexdigest() for key in keys]
