import json
import re
from base64 import b64encode
from pathlib import Path

import pytest

from contracts.http import CALL_HTTP, HttpRequest, HttpResponse, SecretHeader
from contracts.secrets import SecretReference, SecretRequested
from durable.testing import SagaEnvironment
from secrets_worker.sealing import Envelope, Seal
from tests.docs.using_secrets.calling import order_label
from tests.docs.using_secrets.opening import opened

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "how-to" / "use-secrets.md").read_text()
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
JSON = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = ("letters", "test_letters", "calling", "opening")


@pytest.mark.parametrize("name", SHOWN)
def test_the_page_shows_the_files_that_are_run_here(name: str) -> None:
    shown = (HERE / "using_secrets" / f"{name}.py").read_text().replace("tests.docs.using_secrets.", "")

    assert shown in PYTHON.findall(PAGE)
    assert len(PYTHON.findall(PAGE)) == len(SHOWN)


def test_the_saga_of_the_page_passes_a_reference_on() -> None:
    asked: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        asked.append(request)
        return HttpResponse(status=201, headers={})

    environment = SagaEnvironment([order_label], {CALL_HTTP: answer})
    run = environment.start(order_label, "p-1")
    environment.settle()

    assert run.result == 201
    assert asked[0].headers == {"Authorization": SecretHeader(secret="post-token", prefix="Bearer ")}


def test_the_input_and_the_envelope_of_the_page_are_such() -> None:
    request, envelope = JSON.findall(PAGE)

    assert SecretRequested.model_validate_json(request).name == "post-token"
    assert Envelope.model_validate_json(envelope).secret.name == "post-token"
    assert list(json.loads(envelope)) == list(Envelope.model_fields)


def test_a_sealed_secret_is_opened_as_the_page_says(tmp_path: Path) -> None:
    file = tmp_path / "post-token.json"
    reference = SecretReference(name="post-token", version=None, vault="environment")
    file.write_bytes(Seal({"2026-11": b"k" * 32}).close("opal-curlew-12", reference, "a")[0])

    assert opened(file, json.dumps({"2026-11": b64encode(b"k" * 32).decode()})) == "opal-curlew-12"
