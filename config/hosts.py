"""Reads host names, origins, the site's own address, and the sender's."""

import re
from collections.abc import Collection
from email.utils import getaddresses
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from config.environment import ascii_host, refuse, text, words

LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"{LABEL}(\.{LABEL})*")
EXAMPLE = "market.example"
SOMEBODY = f"Support <support@{EXAMPLE}>"


def hosts(name: str, default: Collection[str]) -> list[str]:
    """Read the host names to serve, separated by commas. `.market.example` includes its subdomains."""
    given = [_pattern(name, word) for word in words(name, ",".join(default))]
    if not given:
        raise refuse(name, f"names no host; for example {EXAMPLE}")
    return given


def _pattern(name: str, word: str) -> str:
    if "://" in word or "/" in word:
        raise refuse(name, f"takes host names without scheme and path, such as {EXAMPLE}, not {word!r}")
    if word == "*":
        raise refuse(name, f"must name the hosts, such as {EXAMPLE}: with * a forged Host header would be believed")
    if word.startswith("*."):
        raise refuse(name, f"takes {word[1:]!r} for every host below it, not {word!r}")
    if re.fullmatch(r"(\[.*\]|[^:]*):[0-9]*", word):
        raise refuse(name, f"takes host names without port, such as {EXAMPLE}, not {word!r}")
    host = _host(word.removeprefix("."))
    if host is None or (word.startswith(".") and host.startswith("[")):
        raise refuse(name, f"takes host names such as {EXAMPLE} or [::1], not {word!r}")
    return f".{host}" if word.startswith(".") else host


def inner_hosts(name: str) -> list[str]:
    """Read the hosts that a push may go to although they are inside, as `urlsplit().hostname` returns them."""
    return [_inner_host(name, word) for word in words(name, "")]


def _inner_host(name: str, word: str) -> str:
    host = _host(word)
    if host is None:
        raise refuse(name, f"takes host names without scheme and port, such as push.{EXAMPLE}, not {word!r}")
    return host.strip("[]")


def origins(name: str) -> list[str]:
    """Read origins, separated by commas: scheme, host, and a port unless it is the scheme's default."""
    return [_origin(name, word) for word in words(name, "")]


def _origin(name: str, word: str) -> str:
    example = f"https://{EXAMPLE}"
    if "://" not in word:
        raise refuse(name, f"takes origins with their scheme, such as {example}, not {word!r}")
    parts = _parts(word)
    if parts is None:
        raise refuse(name, f"takes origins such as {example}, not {word!r}")
    if parts.path or "?" in word or "#" in word:
        raise refuse(name, f"takes origins without a path, such as {example}, not {word!r}")
    wild = parts.netloc.startswith("*.")
    host = _host(str(parts.hostname).removeprefix("*.") if wild else parts.hostname)
    if host is None:
        raise refuse(name, f"takes origins such as {example}, not {word!r}")
    return f"{parts.scheme}://{'*.' if wild else ''}{host}{_port(parts)}"


def site(name: str, default: str, served: Collection[str]) -> str:
    """Read the site's own address: scheme and host, without a slash at the end.

    The reader's own machine is refused if other hosts are `served` too.
    """
    value = text(name, default).rstrip("/")
    parts = _parts(value)
    host = _host(parts.hostname) if parts else None
    if parts is None or host is None:
        raise refuse(name, f"must be an address such as https://{EXAMPLE}, not {value!r}")
    if parts.path or "?" in value or "#" in value:
        raise refuse(name, f"must be scheme and host alone, such as https://{EXAMPLE}, not {value!r}")
    foreign = [each for each in served if not is_loopback(each)]
    if foreign and is_loopback(host):
        raise refuse(
            name,
            f"leads to the reader's own machine, not to {foreign[0]} of ALLOWED_HOSTS: links in notices begin with it;"
            f" for example https://{foreign[0].removeprefix('.')}, not {value!r}",
        )
    return value if value.isascii() else f"{parts.scheme}://{host}{_port(parts)}"  # headers take nothing else


def sender(name: str, default: str) -> str:
    """Read an e-mail address, `name@host` or `Name <name@host>`. Returns its host in ASCII."""
    value = text(name, default)
    if not value:
        return ""
    addresses = [address for _, address in getaddresses([value])]
    if len(addresses) != 1 or not value.isprintable() or not _is_address(addresses[0]):
        raise refuse(name, f"must be one e-mail address such as {default or SOMEBODY}, not {value!r}")
    user, _, host = addresses[0].rpartition("@")
    in_ascii = ascii_host(host)
    if in_ascii is None:
        raise refuse(name, f"must be one e-mail address such as {default or SOMEBODY}, not {value!r}")
    return f"{user}@{in_ascii}".join(value.rsplit(addresses[0], 1))


def _is_address(address: str) -> bool:
    """Whether this is an e-mail address. A host without a dot is allowed: a company's own."""
    host = address.rpartition("@")[2]
    try:
        EmailValidator(allowlist=[host] if NAME.fullmatch(host.lower()) else [])(address)
    except ValidationError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether a host is the reader's own machine."""
    bare = host.strip("[].").lower()
    try:
        address = ip_address(bare)
    except ValueError:
        return bare == "localhost" or bare.endswith(".localhost")
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified


def _parts(address: str) -> SplitResult | None:
    """Split a URL. None if it is none, or names a user."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    whole = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc and port != 0
    return parts if whole and not re.search(r"\s", address) and not parts.netloc.endswith(":") else None


def _port(parts: SplitResult) -> str:
    """Return `:8443`, or nothing for the scheme's default port, which browsers leave out."""
    return f":{parts.port}" if parts.port not in {None, {"http": 80, "https": 443}[parts.scheme]} else ""


def _host(host: str | None) -> str | None:
    """Return a host as in the Host header: lower case, punycode, IPv6 in brackets. None if it is none."""
    given = (host or "").lower()
    if given.startswith("[") and given.endswith("]") and ":" in given:
        given = given[1:-1]
    if "%" in given:  # a zone of IPv6 has a meaning on one machine only
        return None
    try:
        address = ip_address(given)
    except ValueError:
        pass
    else:
        return f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    ascii_only = ascii_host(given)
    return (
        ascii_only if ascii_only and NAME.fullmatch(ascii_only) and not re.fullmatch(r"[0-9.]+", ascii_only) else None
    )
