"""The certificate for the machine's own addresses."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from videochat.server.tls import RENEW_DAYS, VALID_DAYS, Certificate, ensure_certificate, local_addresses

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def ensure(directory: Path, *addresses: str, hostname: str = "box", now: datetime = NOW) -> Certificate:
    return ensure_certificate(directory / "tls", addresses, hostname, now)


def load(certificate: Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate.cert.read_bytes())


def names(certificate: Certificate) -> set[str]:
    extension = load(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in extension}


def test_names_every_way_to_reach_the_machine(tmp_path: Path) -> None:
    certificate = ensure(tmp_path, "192.0.2.7", "2001:db8::7")
    assert names(certificate) == {"localhost", "127.0.0.1", "::1", "box", "192.0.2.7", "2001:db8::7"}
    assert certificate.made


def test_is_what_browsers_take(tmp_path: Path) -> None:
    cert = load(ensure(tmp_path))
    assert cert.not_valid_after_utc - NOW == timedelta(days=VALID_DAYS)
    assert cert.not_valid_before_utc < NOW
    usage = cert.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_server_can_use_it(tmp_path: Path) -> None:
    certificate = ensure(tmp_path)
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate.cert, certificate.key)


def test_files_are_private(tmp_path: Path) -> None:
    certificate = ensure(tmp_path)
    assert stat.S_IMODE(certificate.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(certificate.key.parent.stat().st_mode) == 0o700
    assert {path.name for path in certificate.key.parent.iterdir()} == {"cert.pem", "key.pem"}


def test_is_kept(tmp_path: Path) -> None:
    first = ensure(tmp_path, "192.0.2.7")
    second = ensure(tmp_path, "192.0.2.7", now=NOW + timedelta(days=VALID_DAYS - RENEW_DAYS - 1))
    assert second.fingerprint == first.fingerprint
    assert not second.made


def test_fewer_addresses_are_no_reason_for_a_new_one(tmp_path: Path) -> None:
    first = ensure(tmp_path, "192.0.2.7", "192.0.2.8")
    assert ensure(tmp_path, "192.0.2.7").fingerprint == first.fingerprint


@pytest.mark.parametrize(
    ("addresses", "hostname", "later"),
    [
        (("192.0.2.8",), "box", timedelta()),
        (("192.0.2.7",), "other", timedelta()),
        (("192.0.2.7",), "box", timedelta(days=VALID_DAYS - RENEW_DAYS)),
        (("192.0.2.7",), "box", timedelta(days=VALID_DAYS + 1)),
    ],
    ids=["address", "name", "near its end", "past its end"],
)
def test_is_renewed(tmp_path: Path, addresses: tuple[str, ...], hostname: str, later: timedelta) -> None:
    first = ensure(tmp_path, "192.0.2.7")
    second = ensure(tmp_path, *addresses, hostname=hostname, now=NOW + later)
    assert second.made
    assert second.fingerprint != first.fingerprint
    assert set(addresses) <= names(second)


@pytest.mark.parametrize("damage", ["cert.pem", "key.pem"])
@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_damaged_files_are_replaced(tmp_path: Path, damage: str, content: bytes | None) -> None:
    first = ensure(tmp_path)
    path = tmp_path / "tls" / damage
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    second = ensure(tmp_path)
    assert second.made
    assert second.fingerprint != first.fingerprint


def test_key_of_another_certificate_is_replaced(tmp_path: Path) -> None:
    ensure(tmp_path)
    other = ensure(tmp_path / "other")
    (tmp_path / "tls" / "key.pem").write_bytes(other.key.read_bytes())
    assert ensure(tmp_path).made


def test_host_name_that_no_certificate_can_hold(tmp_path: Path) -> None:
    assert names(ensure(tmp_path, hostname="büro")) == {"localhost", "127.0.0.1", "::1"}
    assert ensure(tmp_path / "b", hostname="").made


def test_fingerprint_is_written_as_browsers_do(tmp_path: Path) -> None:
    parts = ensure(tmp_path).fingerprint.split(":")
    assert len(parts) == 32
    assert all(len(part) == 2 and part == part.upper() for part in parts)


def test_local_addresses_are_useful_ones() -> None:
    for address in local_addresses():
        assert not address.startswith(("127.", "169.254.", "fe80", "::1"))
