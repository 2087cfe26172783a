"""Which addresses a server of ours may be sent to: not those that point inwards."""

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings


def points_inwards(url: str) -> bool:
    """Whether an address names this machine, a private network, or nothing that HTTPS reaches.

    A person gives it to us, and we would knock there: at a metadata service, say. Hosts in
    `PUSH_ALLOWED_HOSTS` (for tests) are let through.
    """
    parts = urlsplit(url)
    if parts.hostname in settings.PUSH_ALLOWED_HOSTS:
        return False
    if parts.scheme != "https" or not parts.hostname:
        return True
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        return True
    return not all(ipaddress.ip_address(address[4][0]).is_global for address in found)
