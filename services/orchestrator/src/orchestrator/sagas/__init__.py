"""The sagas that are shipped: the service runs every `Saga` that it finds in here."""

from orchestrator.sagas.copy_blob import copy_blob
from orchestrator.sagas.document_to_markdown import document_to_markdown
from orchestrator.sagas.embed_text import embed_text
from orchestrator.sagas.invoice_data_extraction import invoice_data_extraction
from orchestrator.sagas.json_to_parquet import json_to_parquet
from orchestrator.sagas.parquet_orc import parquet_orc
from orchestrator.sagas.secret_to_blob import secret_to_blob
from orchestrator.sagas.split_pdf import split_pdf
from orchestrator.sagas.text_analytics import text_analytics

__all__ = [
    "copy_blob",
    "document_to_markdown",
    "embed_text",
    "invoice_data_extraction",
    "json_to_parquet",
    "parquet_orc",
    "secret_to_blob",
    "split_pdf",
    "text_analytics",
]
