"""Reads the keys that sign: SECRET_KEY, the ones before it, and the one of Web Push."""

import base64
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from config.environment import ascii_host, refuse, required, text, words

SHORTEST_KEY = 50
FEWEST_CHARACTERS = 5
"""Different ones; Django's check security.W009 asks the same."""
GENERATE = """python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"""

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Private keys of VAPID are whole numbers below it (RFC 8292: ES256, on the curve P-256)."""
NOT_PUBLIC = {"localhost", "local", "localdomain", "internal", "invalid", "test", "lan", "home.arpa"}
"""Endings of names that nobody outside can reach (RFC 2606, 6762, 8375)."""


def secret(name: str) -> str:
    """Read a key that signs. It never stands in the message."""
    return _strong(name, required(name, f"what this prints: {GENERATE}"), "")


def secrets(name: str) -> list[str]:
    """Read keys that signed before, separated by commas: what they signed stays valid."""
    keys = words(name, "")
    return [_strong(name, key, f" (the {_place(i)} of {len(keys)})") for i, key in enumerate(keys)]


def _place(index: int) -> str:
    return {0: "first", 1: "second", 2: "third"}.get(index, f"{index + 1}th")


def _strong(name: str, key: str, which: str) -> str:
    """Refuse a key that can be guessed: whoever has it can sign in everybody's name."""
    if len(key) < SHORTEST_KEY:
        raise refuse(name, f"must be at least {SHORTEST_KEY} characters long, not {len(key)}{which}; try {GENERATE}")
    if len(set(key)) < FEWEST_CHARACTERS:
        raise refuse(name, f"repeats less than {FEWEST_CHARACTERS} different characters{which}; try {GENERATE}")
    if key.startswith("django-insecure-"):
        raise refuse(name, f"begins with django-insecure-, which was meant for trying{which}; try {GENERATE}")
    return key


def vapid_key(name: str) -> str:
    """Read the private key that `manage.py make_vapid_keys` prints; unset and empty: push is off."""
    value = text(name).rstrip("=")
    if not value:
        return ""
    try:
        key = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) != 32 or not 0 < int.from_bytes(key, "big") < P256_ORDER:  # noqa: PLR2004 - 256 bits
        raise refuse(name, "is no key; `python3 manage.py make_vapid_keys` makes one")
    return value


def contact(name: str, default: str, *, needed_by: str = "") -> str:
    """Read how push services may reach the operator: mailto:name@host or https://host/page.

    `needed_by` names a setting that is set and has no use without a contact that can be reached: Apple's
    service answers 403 to every push that names localhost.
    """
    value = text(name, default)
    asked = re.fullmatch(r"(mailto:[^@\s]+@|https://)([\w.-]+)(.*)", value)
    if asked:
        value = f"{asked[1]}{ascii_host(asked[2]) or ''}{asked[3]}"
    if not re.fullmatch(r"mailto:[^@\s]+@[\w.-]+|https://[\w.-]+(:[0-9]+)?(/\S*)?", value):
        raise refuse(name, f"must be such as mailto:push@market.example or https://market.example/, not {value!r}")
    if needed_by and not is_reachable(value):
        raise refuse(
            name,
            f"must be an address at which push services can reach you, such as mailto:push@market.example, "
            f"since {needed_by} is set; not {value!r}",
        )
    return value


def is_reachable(contact: str) -> bool:
    """Whether a contact leads to a name of the Internet: one with a dot, no machine's address, no name for inside."""
    host = contact.rpartition("@")[2] if contact.startswith("mailto:") else str(urlsplit(contact).hostname)
    name = host.lower().rstrip(".")
    try:
        ip_address(name)
    except ValueError:
        return "." in name and not any(name == ending or name.endswith(f".{ending}") for ending in NOT_PUBLIC)
    return False
