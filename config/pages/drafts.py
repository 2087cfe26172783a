"""What a browser seals a person's drafts with: the words stay in it, and nobody else who uses it can read them.

The key is derived, so that no row keeps it: whoever logs in again finds the words of the session that ended.
"""

import base64

from django.utils.crypto import salted_hmac

from marketplace.models import User

NAMED, SEALED = "renraku.drafts.name", "renraku.drafts.seal"


def key_of(person: User) -> str:
    """Return `name.key`: under which name a browser keeps this person's drafts, and the AES-GCM key (base64)."""
    name = salted_hmac(NAMED, str(person.pk)).hexdigest()[:16]
    sealed = salted_hmac(SEALED, str(person.pk), algorithm="sha256").digest()
    return f"{name}.{base64.b64encode(sealed).decode()}"
