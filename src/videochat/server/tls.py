"""A self-signed certificate for the machine's own addresses, so that a phone on the same network gets a camera (browsers want https)."""

import contextlib
import ipaddress
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from videochat.server.record import write_private

VALID_DAYS: Final = 397
"""Browsers refuse much longer ones (Apple: 825 days at most, https://support.apple.com/103769)."""
RENEW_DAYS: Final = 30


class Certificate(Struct, frozen=True):
    """A certificate and its key on disk."""

    cert: Path
    key: Path
    fingerprint: str
    """SHA-256, as browsers show it: upper-case hex pairs with colons."""
    made: bool
    """Whether it has just been made, so that browsers will ask again."""


def local_addresses() -> list[str]:
    """The addresses under which other machines reach this one, the most likely first. None: no network."""
    found: list[str] = []
    # A datagram socket that is “connected” to a documentation address (RFC 5737, RFC 3849) sends nothing; the system only picks the
    # address it would send from.
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                found.append(probe.getsockname()[0])
        except OSError:
            continue  # no route in this family: no such address
    with contextlib.suppress(OSError):  # the machine's own name need not be resolvable
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)]
    unique = dict.fromkeys(address.partition("%")[0] for address in found)
    return [address for address in unique if not _useless(ipaddress.ip_address(address))]


def ensure_certificate(
    directory: Path, addresses: Sequence[str], hostname: str, now: datetime
) -> Certificate:
    """The certificate kept in ``directory``; a new one when there is none, it is about to expire, or it lacks a name or address.

    :param now: aware.
    :raises OSError: the directory cannot be written.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    cert_path, key_path = directory / "cert.pem", directory / "key.pem"
    wanted = _names(addresses, hostname)
    current = _read(cert_path, key_path)
    if (
        current is not None
        and wanted <= _names_of(current)
        and current.not_valid_after_utc - now > timedelta(days=RENEW_DAYS)
    ):
        return Certificate(cert_path, key_path, _fingerprint(current), made=False)
    key = ec.generate_private_key(ec.SECP256R1())
    cert = _make(key, wanted, now)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(key_path, pem)
    write_private(cert_path, cert.public_bytes(serialization.Encoding.PEM))
    return Certificate(cert_path, key_path, _fingerprint(cert), made=True)


def _useless(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_loopback or address.is_link_local or address.is_unspecified


def _names(addresses: Sequence[str], hostname: str) -> set[str]:
    names = {"localhost", "127.0.0.1", "::1", *(str(ipaddress.ip_address(address)) for address in addresses)}
    try:
        x509.DNSName(hostname)
    except ValueError:
        return names  # not ASCII: nobody types it anyway
    return names | {hostname} if hostname else names


def _make(key: ec.EllipticCurvePrivateKey, names: set[str], now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Video Chat (self-signed)")])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks of phones differ
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in sorted(names)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _names_of(cert: x509.Certificate) -> set[str]:
    try:
        names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {
        *names.get_values_for_type(x509.DNSName),
        *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
    }


def _read(cert_path: Path, key_path: Path) -> x509.Certificate | None:
    """The certificate, when it can be read and the key belongs to it."""
    try:
        cert = x509.load_pem_x509_certificate(cert_path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    except (FileNotFoundError, ValueError):
        return None
    return cert if key.public_key() == cert.public_key() else None


def _fingerprint(cert: x509.Certificate) -> str:
    return cert.fingerprint(hashes.SHA256()).hex(":").upper()


def utc_now() -> datetime:
    """The time for :func:`ensure_certificate`."""
    return datetime.now(UTC)
