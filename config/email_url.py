"""Reads `EMAIL_URL`: how e-mail leaves; and how a mail provider logs in to report bounces."""

from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from config.environment import refuse, text

BACKENDS = {
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "smtp+tls": "django.core.mail.backends.smtp.EmailBackend",
    "smtp+ssl": "django.core.mail.backends.smtp.EmailBackend",
    "consolemail": "notifications.channels.console.Readable",
    "filemail": "django.core.mail.backends.filebased.EmailBackend",
}
PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}


@dataclass(frozen=True)
class MailServer:
    """How e-mail leaves, as Django's EMAIL_… settings want it."""

    backend: str
    host: str
    port: int
    user: str
    password: str
    use_tls: bool
    use_ssl: bool
    folder: str


def read(name: str, default: str) -> MailServer:
    """Read smtp://user:password@host:port, smtp+tls://…, smtp+ssl://…, consolemail:// or filemail:///folder."""
    parts = _parts(name, text(name, default))
    by_smtp = parts.scheme in PORTS
    if parts.scheme == "filemail" and (parts.netloc or not parts.path.strip("/")):
        raise refuse(name, "filemail names a folder, from the root on: filemail:///var/mail/renraku")
    if by_smtp and not parts.hostname:
        raise refuse(name, f"names no host; for example {parts.scheme}://user:password@host:port")
    if parts.scheme != "filemail" and parts.path.strip("/"):
        raise refuse(name, f"takes no path after the host; for example {parts.scheme}://{'host:25' if by_smtp else ''}")
    if bool(parts.username) != bool(parts.password):
        raise refuse(name, "needs user and password, or neither: smtp+tls://user:password@host:587")
    return MailServer(
        backend=BACKENDS[parts.scheme],
        host=parts.hostname or "",
        port=parts.port or PORTS.get(parts.scheme, 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=parts.scheme == "smtp+tls",
        use_ssl=parts.scheme == "smtp+ssl",
        folder=unquote(parts.path),
    )


def _parts(name: str, value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        known = parts.scheme in BACKENDS and parts.port != 0
    except ValueError:
        known = False
    if not known:
        every = ", ".join(f"{scheme}://" for scheme in BACKENDS)
        raise refuse(name, f"must begin with one of {every}; for example smtp+tls://user:password@host:587")
    if parts.query or parts.fragment:
        raise refuse(name, "takes no options; write ? and # in a password as %3F and %23")
    return parts


SHORTEST_PASSWORD = 20


def webhook_secret(name: str) -> str:
    """Read the `user:password` that another system sends by HTTP. Empty turns that off."""
    value = text(name)
    user, colon, password = value.partition(":")
    if value and not (user and colon and len(password) >= SHORTEST_PASSWORD and value.isascii()):
        raise refuse(
            name, f"must be user:password in ASCII, with a password of at least {SHORTEST_PASSWORD} characters"
        )
    return value
