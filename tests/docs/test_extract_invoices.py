import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from contracts.documents import CONVERT_TO_MARKDOWN, ConvertDocument, ConvertedDocument
from contracts.invoices import EXTRACT_INVOICE, Invoice, InvoiceReceived, InvoiceRecord
from contracts.language import Tokens
from contracts.storage import DELETE_LOCATIONS, FIND_OBJECT, WRITE_TEXT
from contracts.tables import DELETE_ENTITY, WRITE_ENTITY, EntityKey, TableEntity
from documents_worker.handlers import DocumentActivities
from documents_worker.markdown import markdown_of
from documents_worker.reading import DocumentReader
from durable.adapters.memory import MemoryObjects
from durable.status import Status
from durable.stores import ObjectStores
from durable.testing import Run, SagaEnvironment
from durable.worker.threads import Threads
from language_worker import handlers as language
from language_worker.chat import Completion, Sampling
from language_worker.prompts.filling import FilledPrompt
from language_worker.providers.embedded_chat import RULES
from orchestrator.sagas import invoice_data_extraction
from samples.invoice_data import CHANDLER, VOILES
from storage_worker import handlers as storage
from tests.support.invoice_samples import invoice_sample

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "extract-invoices.md").read_text()
EVENT, REPORT = map(json.loads, re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
(REASON,) = re.findall(r"^```text\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)


class Converting:
    async def markdown(self, data: bytes, media_type: str) -> str:
        return markdown_of(data, media_type)


class Reading:
    """The embedded provider without its threads, for which virtual time does not wait."""

    async def complete(self, prompt: FilledPrompt, sampling: Sampling) -> Completion:
        text = RULES[prompt.prompt.name](prompt.values)
        return Completion(text, "rules", "stop", Tokens(prompt=1, completion=1))


class World:
    """The saga over the handlers of its three workers, with a store and a table in memory."""

    def __init__(self, **files: bytes) -> None:
        self.objects = MemoryObjects()
        self.objects._objects.update({f"in/{name.replace('__', '.')}": data for name, data in files.items()})
        self.stores = ObjectStores(self.objects, {})
        self.entities: dict[str, TableEntity] = {}
        self.environment = SagaEnvironment(
            sagas=[invoice_data_extraction],
            handlers={
                CONVERT_TO_MARKDOWN: self.convert,
                EXTRACT_INVOICE: lambda request: language.extract_invoice(request, self.stores, Reading()),
                FIND_OBJECT: lambda request: storage.find(request, self.stores),
                WRITE_TEXT: lambda request: storage.write_text(request, self.stores),
                DELETE_LOCATIONS: lambda request: storage.delete(request, self.stores),
                WRITE_ENTITY: self.write_entity,
                DELETE_ENTITY: self.delete_entity,
            },
        )

    async def convert(self, request: ConvertDocument) -> ConvertedDocument:
        reader = DocumentReader(self.stores, 1 << 20)
        activities = DocumentActivities(reader, self.objects, Threads(1), Converting())
        return await activities.convert_to_markdown(request)

    def write_entity(self, entity: TableEntity) -> EntityKey:
        self.entities[entity.row_key] = entity
        return EntityKey(table=entity.table, partition_key=entity.partition_key, row_key=entity.row_key)

    def delete_entity(self, key: EntityKey) -> EntityKey:
        self.entities.pop(key.row_key, None)
        return key

    def run(self, data: dict[str, Any], instance_id: str) -> Run[Any]:
        run = self.environment.start(
            invoice_data_extraction, InvoiceReceived.model_validate(data), instance_id=instance_id
        )
        self.environment.advance(timedelta(hours=1))
        return run


def test_the_event_of_the_page_becomes_the_result_of_the_page() -> None:
    world = World(chandler__pdf=invoice_sample("chandler.pdf"))

    run = world.run(EVENT, "chandler")

    assert run.status is Status.COMPLETED
    assert run.result.model_dump(mode="json") == REPORT
    record = InvoiceRecord.model_validate_json(world.objects._objects["invoices/2026/chandler.json"])
    assert record.invoice == Invoice.model_validate(CHANDLER)
    assert world.entities["chandler"].partition_key == EVENT["tenant_id"]


def test_the_reason_of_the_page_is_why_the_wrong_sample_is_refused_and_nothing_is_left_of_it() -> None:
    world = World(wrong__html=invoice_sample("wrong-total.html"))
    data = {"tenant_id": EVENT["tenant_id"], "source": {"name": "in/wrong.html"}, "media_type": "text/html"}

    run = world.run(data, "wrong")

    assert run.status is Status.COMPENSATED
    assert run.failure is not None
    assert REASON in run.failure.message
    assert list(world.objects._objects) == ["in/wrong.html"]
    assert world.entities == {}


def test_the_content_of_the_document_stands_in_no_history() -> None:
    page = invoice_sample("lefevre.html").replace(b"</body>", b"<p>Code du portail : 4711-sesame</p></body>")
    world = World(lefevre__html=page)
    data = {"tenant_id": EVENT["tenant_id"], "source": {"name": "in/lefevre.html"}, "media_type": "text/html"}

    run = world.run(data, "a")

    assert run.result.total == Invoice.model_validate(VOILES).total
    assert "sesame" in world.objects._objects["invoice-data-extraction/a/lefevre.md"].decode()
    assert "sesame" not in repr(run.history)
