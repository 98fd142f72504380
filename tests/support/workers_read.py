"""The workers, with what reads the settings of theirs alone; none if nothing does."""

from collections.abc import Callable, Mapping

from documents_worker.handlers import worker as documents
from durable.settings import Environment
from durable.worker.registration import Worker
from durable.worker.run import WorkerParts
from http_worker.handlers import worker as http
from language_worker.handlers import worker as language
from secrets_worker.handlers import worker as secrets
from secrets_worker.parts import parts_from
from storage_worker.handlers import worker as storage
from storage_worker.parts import storage_parts
from tabular_worker.handlers import worker as tabular

WORKERS: Mapping[str, tuple[Worker, Callable[[Environment], WorkerParts] | None]] = {
    "documents": (documents, None),
    "http": (http, None),
    "language": (language, None),
    "secrets": (secrets, parts_from),
    "storage": (storage, storage_parts),
    "tabular": (tabular, None),
}
