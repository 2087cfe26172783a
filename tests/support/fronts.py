"""What may stand before a server: TLS with certificates of our own, and a Unix socket.

authority = Authority(folder)
with front(6379, tls=authority.certificate("localhost")) as port: …
"""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.local.ports import HOME

A_DAY = dt.timedelta(days=1)
SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
OF_AN_AUTHORITY = (x509.BasicConstraints(ca=True, path_length=None), SIGNS_CERTIFICATES)
"""What RFC 5280 wants of an authority's certificate, both critical. Python 3.13 and newer insist on it."""


class Authority:
    """A certificate authority that nobody knows but who is given `path`."""

    def __init__(self, folder: Path, name: str = "an authority") -> None:
        """Make its key and its certificate."""
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._signed(self.name, self.key, *OF_AN_AUTHORITY)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, *hosts: str) -> ssl.SSLContext:
        """Return what a server that is called so needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        named = [_general_name(host) for host in hosts]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        certificate = self._signed(subject, key, x509.SubjectAlternativeName(named))
        path = self.folder / f"{hosts[0]}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - A_DAY)
            .not_valid_after(now + A_DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=extension in OF_AN_AUTHORITY)
        return builder.sign(self.key, hashes.SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@contextmanager
def front(behind: int, *, tls: ssl.SSLContext | None = None, path: Path | None = None) -> Iterator[int]:
    """Pass on what comes by TLS, or by the Unix socket at `path`, to the local port `behind`. Yields a TCP port."""
    listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    listener.bind(str(path) if path else (HOME, 0))
    listener.listen()
    threading.Thread(target=_accept, args=(listener, behind, tls), daemon=True).start()
    try:
        yield 0 if path else listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes up who accepts
        listener.close()


def _accept(listener: socket.socket, behind: int, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # closed: the test is over
            return
        threading.Thread(target=_serve, args=(client, behind, tls), daemon=True).start()


def _serve(client: socket.socket, behind: int, tls: ssl.SSLContext | None) -> None:
    with client, suppress(OSError):  # a client that refuses our certificate hangs up
        opened = tls.wrap_socket(client, server_side=True) if tls else client
        with opened, socket.create_connection((HOME, behind)) as server:
            back = threading.Thread(target=_pass_on, args=(server, opened), daemon=True)
            back.start()
            _pass_on(opened, server)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
