"""What a browser seals a person's drafts with: the words stay in it, and nobody else who uses it can read them.

The keys are derived, so that no row keeps them: a person who logs in again finds the words of the session that ended.
"""

import base64

from marketplace.models import User
from marketplace.secret_keys import digests

NAMED, SEALED = "renraku.drafts.name", "renraku.drafts.seal"


def keys_of(person: User) -> str:
    """Return `name.key` (AES-GCM, base64) for each secret: the first encrypts, all decrypt."""
    names, keys = (digests(salt, str(person.pk)) for salt in (NAMED, SEALED))
    sealed_with = (base64.b64encode(bytes.fromhex(key)).decode() for key in keys)
    return " ".join(f"{name[:16]}.{key}" for name, key in zip(names, sealed_with, strict=True))
