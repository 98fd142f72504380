from pathlib import Path

import orjson
import pytest

from durable.errors import SettingsInvalid
from orchestrator.__main__ import main
from orchestrator.engine.limits import Limits
from orchestrator.host.host_ports import HostLimits
from orchestrator.settings import load_sagas, read_settings

LOCAL = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=a2V5;UseDevelopmentEmulator=true;"
ENVIRONMENT = {
    "SERVICEBUS_CONNECTION_STRING": LOCAL,
    "COSMOS_ENDPOINT": "http://127.0.0.1:1",
    "COSMOS_KEY": "a2V5",
    "OBJECT_STORE_URL": "file:///nowhere",
}


def faults_of(**changes: str) -> dict[str, str]:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings({**ENVIRONMENT, **changes})
    return dict(fault.split(": ", 1) for fault in caught.value.faults)


def test_settings_have_defaults() -> None:
    settings = read_settings(ENVIRONMENT)

    assert (settings.serving.host, settings.serving.port, settings.partition_count) == ("127.0.0.1", 8080, 16)
    assert (settings.cosmos.database, settings.saga_modules) == ("durable", ("orchestrator.sagas",))
    assert "commands.documents" in settings.topology.destinations
    assert settings.limits == HostLimits()
    assert settings.guards == Limits()


def test_every_wrong_setting_is_named() -> None:
    wrong = {
        "COSMOS_ENDPOINT": "",
        "PARTITION_COUNT": "0",
        "PORT": "http",
        "LOG_FORMAT": "xml",
        "PARKED_HOURS": "0",
        "TURN_SECONDS": "0",
        "HISTORY_LENGTH_MAX": "many",
        "TOPOLOGY_FILE": "nowhere.json",
    }

    assert faults_of(**wrong, COSMOS_KEY="").keys() == wrong.keys()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SERVICEBUS_CONNECTION_STRING": LOCAL.replace("UseDevelopmentEmulator=true", "")}, "UseDevelopmentEmulator"),
        ({"SERVICEBUS_FULLY_QUALIFIED_NAMESPACE": "a.example"}, "found both"),
        ({"COSMOS_ENDPOINT": "https://a.example"}, "keys are for local http:// endpoints only"),
    ],
)
def test_a_key_is_taken_for_a_local_endpoint_only(changes: dict[str, str], named: str) -> None:
    (fault,) = faults_of(**changes).values()

    assert named in fault


def test_a_topology_without_the_queue_of_instances_is_refused(tmp_path: Path) -> None:
    topology = tmp_path / "topology.json"
    topology.write_bytes(orjson.dumps({"UserConfig": {"Namespaces": [{"Queues": [{"Name": "other"}], "Topics": []}]}}))

    assert faults_of(TOPOLOGY_FILE=str(topology)) == {
        "TOPOLOGY_FILE": "expected a topology with queue 'instances'; found other"
    }


def test_each_saga_of_a_module_is_loaded_once() -> None:
    modules = ["orchestrator.sagas", "orchestrator.sagas.split_pdf"]

    names = [saga.name for saga in load_sagas(modules)]
    assert len(names) == len(set(names)) == len(load_sagas(["orchestrator.sagas"]))
    assert {"document-to-markdown", "json-to-parquet", "split-pdf"} <= set(names)


def test_every_module_without_sagas_is_named() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load_sagas(["orchestrator.sagas", "no.such.module", "orchestrator.sagas.outputs"])

    assert [fault.partition("module")[0] for fault in caught.value.faults] == ["SAGA_MODULES: expected "] * 1 + [
        "SAGA_MODULES: expected sagas in "
    ]
    assert all(name in str(caught.value) for name in ("no.such.module", "orchestrator.sagas.outputs"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"PORT": "http"}, "PORT: expected a number from 0 to 65535; found 'http'"),
        ({"SAGA_MODULES": "no.such.module"}, "'no.such.module': No module named 'no'"),
    ],
)
def test_what_must_be_mended_ends_the_service_with_a_line_that_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], changes: dict[str, str], told: str
) -> None:
    for name, value in {**ENVIRONMENT, **changes}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("orchestrator.__main__.configure_logs", lambda *_: None)

    assert main() == 2

    said = capsys.readouterr().err
    assert said.startswith("the orchestrator can't start: ")
    assert told in said
