"""TLS for the endpoints: an authority of this machine's own, and a server certificate that it signed.

1. Everything is made once and kept in a folder; the next start finds what a client trusts already.
2. Only the server certificate is ever made anew: when it ends soon, or lacks a name that is asked for.
3. Private keys are readable for their owner alone. They protect nothing but local endpoints.
4. Several processes may share a folder: they take turns.
"""

import fcntl
import ipaddress
import os
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")

_AUTHORITY_DAYS = 3650
# Clients of some systems refuse server certificates that last longer than 398 days.
_SERVER_DAYS = 397
_RENEWED_BEFORE = timedelta(days=30)
_LEEWAY = timedelta(hours=1)

_Key = ec.EllipticCurvePrivateKey


class CertificateError(Exception):
    """The folder of certificates can't be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Paths of PEM files: the authority that clients trust, the server's certificate and its private key."""

    authority: Path
    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """What a listener needs; TLS 1.2 or newer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        """What a client needs that trusts this authority and no other."""
        return ssl.create_default_context(cafile=str(self.authority))


def certificates_in(folder: Path, names: Sequence[str] = ()) -> Certificates:
    """The certificates of a folder, made if they are missing; raises `CertificateError`.

    The server certificate is good for `localhost`, 127.0.0.1, ::1 and for `names` (host names or addresses).
    """
    found = Certificates(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    wanted = tuple(dict.fromkeys((*LOCAL_NAMES, *names)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _turn(folder):
            authority, authority_key = _authority(found.authority, folder / "authority.key")
            if not _serves(found, authority, wanted):
                _make_server(found, authority, authority_key, wanted)
    except (OSError, ValueError) as cause:
        raise CertificateError(
            f"certificates {folder}: can't be used: {cause}. "
            "Name a folder that can be written, or remove the files in it."
        ) from cause
    return found


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _authority(certificate_path: Path, key_path: Path) -> tuple[x509.Certificate, _Key]:
    """The authority of the folder, or a new one."""
    if certificate_path.exists() and key_path.exists():
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        return certificate, _read_key(key_path)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("Local endpoints: certificate authority of this machine")
    certificate = (
        _draft(name, name, key.public_key(), _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_path, key)
    _write(certificate_path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return certificate, key


def _make_server(paths: Certificates, authority: x509.Certificate, signer: _Key, names: tuple[str, ...]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_id = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _draft(_named(names[0]), authority.subject, key.public_key(), _SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write_key(paths.key, key)
    _write(paths.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _draft(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _LEEWAY)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _serves(paths: Certificates, authority: x509.Certificate, names: tuple[str, ...]) -> bool:
    """Whether the server certificate is there, was signed by the authority, lasts and has all names."""
    if not (paths.certificate.exists() and paths.key.exists()):
        return False
    certificate = x509.load_pem_x509_certificate(paths.certificate.read_bytes())
    if certificate.issuer != authority.subject or certificate.public_key() != _read_key(paths.key).public_key():
        return False
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = certificate.not_valid_after_utc - _RENEWED_BEFORE > datetime.now(UTC)
    return lasts and {_alternative(name) for name in names} <= set(alternatives)


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _read_key(path: Path) -> _Key:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} is not a key of an elliptic curve")  # noqa: TRY004  # The content is wrong, not a type.
    return key


def _write_key(path: Path, key: _Key) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(path, pem, 0o600)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write the whole file or none of it."""
    draft = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    draft.replace(path)
