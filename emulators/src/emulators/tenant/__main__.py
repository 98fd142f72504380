"""`entra-emulator`, or `python -m emulators.tenant`: the tenant as a process of its own."""

import argparse
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

from emulators.certificates import CertificateError, certificates_in
from emulators.command import Stop, fail, greet, new_parser, port_number, run
from emulators.tenant.endpoint import TenantEndpoint
from emulators.tenant.tenant import TENANT_ID

_DESCRIPTION = """\
A tenant of Microsoft Entra ID for development and tests: it gives any token to anybody.

  entra-emulator                                           on this machine, by plain HTTP
  entra-emulator --host 0.0.0.0 --certificates FOLDER --authority https://tenant:8443
                                                           for others, who trust FOLDER/authority.pem

A token for a caller with two roles:

  curl -d grant_type=client_credentials -d client_id=publish,read -d scope=api://durable/.default \\
    http://127.0.0.1:8443/<tenant>/oauth2/v2.0/token
"""


def options() -> argparse.ArgumentParser:
    """The parser of `entra-emulator`."""
    parser = new_parser("entra-emulator", _DESCRIPTION)
    where = parser.add_argument_group("where it listens")
    where.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on")
    where.add_argument("--port", type=port_number, default=8443, help="port to listen on, 0 for a free one")
    where.add_argument(
        "--authority", metavar="URL", help="how others name it, if not by the address that it listens on"
    )
    where.add_argument("--certificates", type=Path, metavar="FOLDER", help="speak TLS; the certificates are made there")
    what = parser.add_argument_group("what it is")
    what.add_argument("--tenant", default=TENANT_ID, metavar="ID", help="the id of the tenant")
    return parser


def main() -> int:
    """Run until told to stop; gives the exit code."""
    arguments = options().parse_args()
    try:
        return run(lambda: _serve(arguments))
    except (OSError, CertificateError) as error:
        return fail(f"The tenant can't start on {arguments.host}:{arguments.port}: {error}")


async def _serve(arguments: argparse.Namespace) -> int:
    stop = Stop()
    async with _endpoint(arguments) as endpoint:
        authority = endpoint.authority
        greet("Entra ID emulator", [("Tenant", arguments.tenant), ("Authority", authority)], authority)
        return await stop.wait()


def _endpoint(arguments: argparse.Namespace) -> TenantEndpoint:
    authority = None if arguments.authority is None else str(arguments.authority).rstrip("/")
    return TenantEndpoint(
        arguments.tenant,
        host=arguments.host,
        port=arguments.port,
        tls=None if arguments.certificates is None else _tls(arguments.certificates, arguments.host, authority),
        authority=authority,
    )


def _tls(folder: Path, host: str, authority: str | None) -> ssl.SSLContext:
    name = urlsplit(authority or "").hostname
    return certificates_in(folder, [host, *([name] if name else [])]).server_context()


if __name__ == "__main__":
    sys.exit(main())
