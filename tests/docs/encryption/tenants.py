"""A codec of our own: each tenant has a key, and the instance id begins with the tenant."""

import os
from base64 import b64decode
from pathlib import Path

from durable.codecs import Encoded, PayloadContext
from durable.codecs.encryption import AesGcm


class TenantKeys:
    name = "tenant-keys"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def encode(self, data: bytes, context: PayloadContext) -> Encoded:
        tenant = context.instance_id.partition(":")[0]
        return Encoded(self._cipher(tenant).encode(data, context).data, tenant)

    def decode(self, data: bytes, parameter: str, context: PayloadContext) -> bytes:
        return self._cipher(parameter).decode(data, parameter, context)

    def _cipher(self, tenant: str) -> AesGcm:
        return AesGcm({tenant: b64decode((self._folder / tenant).read_bytes())})


def codec() -> TenantKeys:
    return TenantKeys(Path(os.environ["TENANT_KEYS"]))
