"""The proxy's certificate: made where there is none, renewed while it is ours, and left alone where it is yours."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from config.local import certificate
from config.local.project import ROOT

MARKET = {"PUBLIC_URL": "https://market.example:444/", "ALLOWED_HOSTS": "market.example, .shops.example,[::1],10.0.0.7"}


def chain_in(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / "fullchain.pem").read_bytes())


def hosts_in(folder: Path) -> list[str]:
    names = chain_in(folder).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def test_it_names_the_hosts_that_people_use_and_fits_its_key(tmp_path: Path) -> None:
    made = certificate.make(tmp_path, MARKET)
    assert "market.example" in made
    assert hosts_in(tmp_path) == ["market.example", "*.shops.example", "::1", "10.0.0.7"]
    key = load_pem_private_key((tmp_path / "privkey.pem").read_bytes(), None)
    assert chain_in(tmp_path).public_key() == key.public_key()
    assert (tmp_path / "privkey.pem").stat().st_mode & 0o077 == 0
    assert (tmp_path / "fullchain.pem").stat().st_mode & 0o004


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, ["localhost"]),
        ({"ALLOWED_HOSTS": "*"}, ["localhost"]),
        ({"PUBLIC_URL": "https://例え.jp"}, ["xn--r8jz45g.jp"]),
        ({"PUBLIC_URL": "https://[2001:db8::1]:8443"}, ["2001:db8::1"]),
    ],
)
def test_any_host_can_be_named(tmp_path: Path, settings: dict[str, str], named: list[str]) -> None:
    certificate.make(tmp_path, settings)
    assert hosts_in(tmp_path) == named


def test_ours_stays_while_it_holds_and_fits_and_is_made_anew_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate.make(tmp_path, MARKET)
    first = chain_in(tmp_path)
    assert "nothing to do" in certificate.make(tmp_path, MARKET)
    assert chain_in(tmp_path) == first
    certificate.make(tmp_path, {"PUBLIC_URL": "https://other.example"})
    assert hosts_in(tmp_path) == ["other.example"]
    monkeypatch.setattr(certificate, "HOLDS", timedelta(days=20))
    certificate.make(tmp_path, MARKET)
    second = chain_in(tmp_path)
    certificate.make(tmp_path, MARKET)
    assert chain_in(tmp_path) != second


def test_yours_is_left_alone_whatever_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        yours = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "yours")])
        elsewhere.setattr(certificate, "OURS", yours)
        certificate.make(tmp_path, {"PUBLIC_URL": "https://yours.example"})
    before = [(tmp_path / name).read_bytes() for name in ("fullchain.pem", "privkey.pem")]
    assert "nothing to do" in certificate.make(tmp_path, MARKET)
    assert [(tmp_path / name).read_bytes() for name in ("fullchain.pem", "privkey.pem")] == before


def test_an_interrupted_attempt_is_made_good(tmp_path: Path) -> None:
    (tmp_path / "privkey.pem").write_text("half")
    (tmp_path / ".fullchain.pem").write_text("half")
    certificate.make(tmp_path, MARKET)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fullchain.pem", "privkey.pem"]


@pytest.mark.parametrize("present", [["fullchain.pem"], ["fullchain.pem", "privkey.pem"], []])
def test_what_is_missing_or_wrong_is_said_in_one_line(tmp_path: Path, present: list[str]) -> None:
    folder = tmp_path if present else tmp_path / "nowhere"
    for name in present:
        (folder / name).write_text("not a certificate")
    command = [sys.executable, "-m", "config.local.certificate", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("the proxy has no certificate: ")
    assert str(folder) in line or len(present) == 2
