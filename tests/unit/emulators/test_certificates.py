import asyncio
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from emulators.certificates import CertificateError, Certificates, certificates_in


async def greeted(certificates: Certificates, name: str) -> bytes:
    """What a client that trusts the authority reads from a server that shows the certificate."""

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=certificates.server_context())
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=certificates.client_context(), server_hostname=name
        )
        said = await reader.read()
        writer.close()
        return said


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "bus.local"])
async def test_a_client_that_trusts_the_authority_may_use_any_of_the_names(tmp_path: Path, name: str) -> None:
    assert await greeted(certificates_in(tmp_path, ["bus.local"]), name) == b"hello"


async def test_a_name_that_was_not_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await greeted(certificates_in(tmp_path), "bus.local")


def test_the_next_start_finds_the_same_certificates(tmp_path: Path) -> None:
    first = certificates_in(tmp_path / "new" / "folder")
    before = [path.read_bytes() for path in (first.authority, first.certificate, first.key)]

    again = certificates_in(tmp_path / "new" / "folder")

    assert [path.read_bytes() for path in (again.authority, again.certificate, again.key)] == before


def test_a_new_name_gives_a_new_server_certificate_of_the_same_authority(tmp_path: Path) -> None:
    first = certificates_in(tmp_path)
    authority, server = first.authority.read_bytes(), first.certificate.read_bytes()

    certificates_in(tmp_path, ["bus.local"])

    assert first.authority.read_bytes() == authority
    assert first.certificate.read_bytes() != server


def test_the_private_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    certificates_in(tmp_path)

    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.key")} == {0o600}


def test_the_authority_signs_servers_and_no_other_authority(tmp_path: Path) -> None:
    authority = x509.load_pem_x509_certificate(certificates_in(tmp_path).authority.read_bytes())

    constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints)

    assert constraints.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)


def test_a_folder_that_holds_something_else_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_text("no certificate")
    (tmp_path / "authority.key").write_text("no key")

    with pytest.raises(CertificateError, match=str(tmp_path)):
        certificates_in(tmp_path)
