import re
from base64 import b64encode
from pathlib import Path

import pytest

from durable.codecs import PayloadContext
from durable.codecs.chosen import codecs_from
from durable.errors import PayloadUnreadable
from tests.docs.encryption.add_key import add_key

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "how-to" / "encrypt-payloads.md").read_text()
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ORDER = PayloadContext("acme:order-7")
DATA = b"x" * 2000


@pytest.mark.parametrize("name", ["add_key", "tenants"])
def test_the_page_shows_the_files_that_are_run_here(name: str) -> None:
    assert (HERE / "encryption" / f"{name}.py").read_text() in BLOCK.findall(PAGE)


def test_the_keys_rotate_as_the_page_says(tmp_path: Path) -> None:
    file = tmp_path / "payload-keys.json"
    add_key(file, "2025-03", "last")
    old = codecs_from("gzip,aesgcm", str(file))
    add_key(file, "2026-11", "last")
    both = codecs_from("gzip,aesgcm", str(file))
    add_key(file, "2026-11", "first")
    new = codecs_from("gzip,aesgcm", str(file))

    before, while_adding, after = (codecs.encode(DATA, ORDER) for codecs in (old, both, new))

    assert [labels[-1] for _, labels in (before, while_adding, after)] == [
        "aesgcm:2025-03",
        "aesgcm:2025-03",
        "aesgcm:2026-11",
    ]
    for data, labels in (before, while_adding, after):
        assert both.decode(data, labels, ORDER) == new.decode(data, labels, ORDER) == DATA
    with pytest.raises(PayloadUnreadable, match="expected one of the keys 2025-03; found key '2026-11'"):
        old.decode(*after, ORDER)


def test_the_codec_of_the_page_has_a_key_for_each_tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANT_KEYS", str(tmp_path))
    (tmp_path / "acme").write_bytes(b64encode(b"a" * 32))
    codecs = codecs_from("gzip,tests.docs.encryption.tenants:codec", "")

    data, labels = codecs.encode(DATA, ORDER)

    assert labels == ("gzip", "tenant-keys:acme")
    assert codecs.decode(data, labels, ORDER) == DATA
    with pytest.raises(FileNotFoundError):
        codecs.encode(DATA, PayloadContext("other:1"))
