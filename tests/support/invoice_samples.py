from typing import Any

import orjson

from samples.generate_invoices import FOLDER

EXPECTED: list[dict[str, Any]] = orjson.loads((FOLDER / "expected.json").read_bytes())["invoices"]
GOOD = [entry for entry in EXPECTED if "invoice" in entry]
BAD = [entry for entry in EXPECTED if "reasons" in entry]


def invoice_sample(name: str) -> bytes:
    return (FOLDER / name).read_bytes()
