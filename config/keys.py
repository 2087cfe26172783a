"""Reads the keys that sign: SECRET_KEY, its fallbacks, and the private key of Web Push."""

import base64
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from config.environment import ascii_host, refuse, required, text, words

SHORTEST_KEY = 50
FEWEST_CHARACTERS = 5
"""Distinct ones, as Django's check security.W009 wants."""
GENERATE = """python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"""

KEY_BYTES = 32
NOT_PUBLIC = {"localhost", "local", "localdomain", "internal", "invalid", "test", "lan", "home.arpa"}
"""Endings of host names that do not resolve on the internet (RFC 2606, 6762, 8375)."""


def secret(name: str) -> str:
    """Read a key that signs. No error message repeats it."""
    return _strong(name, required(name, f"what this prints: {GENERATE}"), "")


def secrets(name: str) -> list[str]:
    """Read former keys, separated by commas: what they signed stays valid."""
    keys = words(name, "")
    return [_strong(name, key, f" (the {_place(i)} of {len(keys)})") for i, key in enumerate(keys)]


def _place(index: int) -> str:
    return {0: "first", 1: "second", 2: "third"}.get(index, f"{index + 1}th")


def _strong(name: str, key: str, which: str) -> str:
    """Refuse a key that can be guessed: with it, anybody can forge sessions."""
    if len(key) < SHORTEST_KEY:
        raise refuse(name, f"must be at least {SHORTEST_KEY} characters long, not {len(key)}{which}; try {GENERATE}")
    if len(set(key)) < FEWEST_CHARACTERS:
        raise refuse(name, f"repeats less than {FEWEST_CHARACTERS} different characters{which}; try {GENERATE}")
    if key.startswith("django-insecure-"):
        raise refuse(name, f"begins with django-insecure-, which was meant for trying{which}; try {GENERATE}")
    return key


def vapid_key(name: str) -> str:
    """Read the private key that `manage.py make_vapid_keys` prints (RFC 8292: P-256). Empty turns push off."""
    value = text(name).rstrip("=")
    if value and not _is_private_key(value):
        raise refuse(name, "is no key; `python3 manage.py make_vapid_keys` makes one")
    return value


def _is_private_key(value: str) -> bool:
    try:
        key = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
        ec.derive_private_key(int.from_bytes(key, "big"), ec.SECP256R1())
    except ValueError:
        return False
    return len(key) == KEY_BYTES


def contact(name: str, default: str, *, needed_by: str = "") -> str:
    """Read how push services can reach the operator: mailto:name@host or https://host/page.

    `needed_by` names a setting that needs a public contact: Apple's service answers 403 to every push that
    names localhost.
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
    """Whether the host of a contact can be a public name: with a dot, no IP address, no name for internal use."""
    host = contact.rpartition("@")[2] if contact.startswith("mailto:") else str(urlsplit(contact).hostname)
    name = host.lower().rstrip(".")
    try:
        ip_address(name)
    except ValueError:
        return "." in name and not any(name == ending or name.endswith(f".{ending}") for ending in NOT_PUBLIC)
    return False
