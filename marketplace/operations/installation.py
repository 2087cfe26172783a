"""The prefix of this installation's keys in Redis: two installations on one Redis stay apart."""

import functools
import secrets

from marketplace.models import Installation


@functools.cache
def key_prefix() -> str:
    """Return the prefix of every key and channel. The first process of an installation makes it up.

    Read once a process. Raises `DatabaseError` while the database is away.
    """
    installation = Installation.objects.first()
    if installation is None:
        made = Installation(name=secrets.token_hex(8))
        Installation.objects.bulk_create([made], ignore_conflicts=True)  # of two at once, one is kept
        installation = Installation.objects.get()
    return f"renraku:{installation.name}:"
