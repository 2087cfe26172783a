"""How the places that a notice goes to are named, where it is kept which of them were too slow.

The nearest comes first: a mailbox or a browser, then the host that it shares with others. A mailbox
is named by a hash: the rows outlive the address that a person takes back.
"""

import hashlib
from urllib.parse import urlsplit

from notifications.models import PushSubscription


def of_mailbox(address: str) -> tuple[str, ...]:
    """Name a mailbox and its mail domain."""
    mailbox = address.strip().lower()
    domain = mailbox.rpartition("@")[2]
    return f"mailbox:{hashlib.sha256(mailbox.encode()).hexdigest()[:40]}", f"host:{domain}"


def of_browser(subscription: PushSubscription) -> tuple[str, ...]:
    """Name a browser and its push service."""
    return f"browser:{subscription.pk}", f"host:{urlsplit(subscription.endpoint).netloc.lower()}"
