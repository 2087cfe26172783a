"""The proxy's certificate: `python -m config.local.certificate FOLDER` makes one if there is none.

The proxy of the Compose file reads `fullchain.pem` and `privkey.pem`. Whoever has
a certificate puts it there, and it is left alone. Otherwise the proxy starts with
one that signs itself, for the hosts of `PUBLIC_URL` and `ALLOWED_HOSTS`: browsers
warn of it.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CHAIN, KEY = "fullchain.pem", "privkey.pem"
OURS = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Renraku, signed by itself")])
HOLDS = timedelta(days=397)
"""Browsers refuse certificates that are valid longer."""
RENEWED_BEFORE = timedelta(days=30)
A_DAY = timedelta(days=1)


def make(folder: Path, environment: Mapping[str, str]) -> str:
    """Make what is missing, or renew what was made here. Returns what was done. Raises `OSError`, `ValueError`."""
    chain, key = folder / CHAIN, folder / KEY
    names = hosts(environment)
    if chain.exists():
        key.open("rb").close()  # runs as the proxy's user: a key that cannot be read here would stop the proxy
        if _still_good(x509.load_pem_x509_certificate(chain.read_bytes()), names):
            return f"{chain} is there: nothing to do."
    secret = ec.generate_private_key(ec.SECP256R1())
    # Write the chain last: without it, an interrupted attempt starts again.
    chain.unlink(missing_ok=True)
    _write(key, _pem_of(secret), mode=0o600)
    _write(chain, _signed_by_itself(secret, names), mode=0o644)
    return f"Made {chain} for {', '.join(names)}, signed by itself. Replace it and {key.name} with your own."


def _still_good(found: x509.Certificate, names: list[str]) -> bool:
    """Whether to keep a certificate: any foreign one, and ours while it is valid for these names."""
    if found.subject != OURS:
        return True
    lists = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    holds = found.not_valid_after_utc - datetime.now(UTC) > RENEWED_BEFORE
    return holds and list(lists) == [_general_name(name) for name in names]


def hosts(environment: Mapping[str, str]) -> list[str]:
    """Return the host names that people use, PUBLIC_URL's first. `.example.com` becomes `*.example.com`."""
    listed = [each.strip() for each in environment.get("ALLOWED_HOSTS", "").split(",")]
    named = [urlsplit(environment.get("PUBLIC_URL", "")).hostname or "", *listed]
    written = [f"*{name}" if name.startswith(".") else name.strip("[]") for name in named if name not in {"", "*"}]
    return list(dict.fromkeys(written)) or ["localhost"]


def _signed_by_itself(secret: ec.EllipticCurvePrivateKey, names: list[str]) -> bytes:
    # Valid since yesterday, since clients' clocks differ.
    begins = datetime.now(UTC) - A_DAY
    made = (
        x509.CertificateBuilder()
        .subject_name(OURS)
        .issuer_name(OURS)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + HOLDS)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(secret.public_key()), critical=False)
        .sign(secret, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode() if not name.isascii() else name)


def _pem_of(secret: ec.EllipticCurvePrivateKey) -> bytes:
    return secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Write the whole file or none of it."""
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as output:
        output.write(content)
    draft.rename(path)


def main() -> None:
    """Make the files in the folder of the command line."""
    parser = argparse.ArgumentParser(prog="python -m config.local.certificate", description="Make a certificate.")
    parser.add_argument("folder", type=Path)
    try:
        done = make(parser.parse_args().folder, os.environ)
    except (OSError, ValueError) as wrong:
        sys.exit(f"the proxy has no certificate: {wrong}")
    print(done)


if __name__ == "__main__":
    main()
