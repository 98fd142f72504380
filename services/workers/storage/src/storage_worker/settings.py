"""The settings of the storage worker beside those of every worker."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from durable.settings import MAIN_STORE, Environment, is_place, other_stores, shown
from storage_worker.providers.embedded_links import KEY_BYTES_MIN

Provider = Literal["azure", "embedded"]


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """What the storage worker is told by its environment.

    Attributes:
        tables_provider: who keeps the tables.
        tables_url: at Azure `https://…`.
        tables_file: where the embedded provider keeps them.
        stores: the address of each store by name.
        client_id: which identity to use; empty for the only one.
        link_base: what signed URLs of local stores begin with.
        link_key: what they are signed by; `None` for a key that lives as long as this process.
    """

    tables_provider: Provider
    tables_url: str
    tables_file: Path
    stores: Mapping[str, str]
    client_id: str
    link_base: str
    link_key: bytes | None = field(repr=False)


def storage_settings(environment: Environment) -> StorageSettings:
    """Read `TABLES_…` and `SIGNED_URL_…`; faults are kept in the environment."""
    store, url = environment.text("OBJECT_STORE_URL", ""), environment.text("TABLES_URL", "")
    default = "azure" if (url or store).startswith(("https://", "az://")) else "embedded"
    provider = environment.choice("TABLES_PROVIDER", default, ("azure", "embedded"))
    host, port = environment.text("HOST", "127.0.0.1"), environment.number("PORT", 8080, least=0, most=65535)
    return StorageSettings(
        tables_provider="azure" if provider == "azure" else "embedded",
        tables_url=_account_url(environment, url, store) if provider == "azure" else "",
        tables_file=_file(environment, url, store) if provider == "embedded" else Path(),
        stores={**other_stores(environment), MAIN_STORE: store},
        client_id=environment.text("AZURE_CLIENT_ID", ""),
        link_base=environment.text("SIGNED_URL_BASE", f"http://{host}:{port}"),
        link_key=_key(environment),
    )


def _account_url(environment: Environment, url: str, store: str) -> str:
    parts = urlsplit(store)
    if not url and parts.scheme == "az":
        return f"https://{parts.netloc}.table.core.windows.net"
    if not is_place(url, "https"):
        expected = "expected https://account.table.core.windows.net, without a signature or a key"
        environment.fault("TABLES_URL", expected, shown(url) if url else "none")
    return url


def _file(environment: Environment, url: str, store: str) -> Path:
    parts = urlsplit(url or store)
    if parts.scheme != "file" or parts.netloc:
        environment.fault("TABLES_URL", "expected file:///path, or a local OBJECT_STORE_URL to lie beside", repr(url))
    path = Path(unquote(parts.path))
    return path if url else path.parent / "tables.sqlite"


def _key(environment: Environment) -> bytes | None:
    text = environment.text("SIGNED_URL_KEY", "")
    if not text:
        return None
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) < KEY_BYTES_MIN:
        environment.fault("SIGNED_URL_KEY", f"expected at least {KEY_BYTES_MIN} bytes in base64", "something else")
        return None
    return key
