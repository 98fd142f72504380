from pathlib import Path

from durable.codecs.chosen import keys_from
from secrets_worker.sealing import Seal


def opened(file: Path, keys: str) -> str:
    """Give the value of a sealed secret; `keys` is what SECRETS_SEAL_KEYS says."""
    value, _ = Seal(keys_from(keys)).open(file.read_bytes())
    return value
