import pytest

from durable.errors import SettingsInvalid
from durable.settings import Environment
from language_worker.settings import language_settings

LANGUAGE = "https://texts.cognitiveservices.azure.com"
OPENAI = "https://models.openai.azure.com"


def test_without_endpoints_everything_is_embedded() -> None:
    settings = language_settings(Environment({}))

    assert (settings.analysis, settings.embeddings, settings.chat) == ("embedded", "embedded", "embedded")


def test_an_endpoint_turns_to_azure_what_it_serves_unless_told_otherwise() -> None:
    environment = Environment({"AZURE_OPENAI_ENDPOINT": OPENAI, "EMBEDDINGS_PROVIDER": "embedded"})

    settings = language_settings(environment)

    assert (settings.analysis, settings.embeddings, settings.chat) == ("embedded", "embedded", "azure")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"ANALYSIS_PROVIDER": "azure"}, ["AZURE_LANGUAGE_ENDPOINT: expected an address", "found none"]),
        ({"CHAT_PROVIDER": "mine"}, ["CHAT_PROVIDER: expected one of azure, embedded; found 'mine'"]),
        (
            {"AZURE_LANGUAGE_ENDPOINT": "http://texts.example", "AZURE_OPENAI_ENDPOINT": "models"},
            ["AZURE_LANGUAGE_ENDPOINT: expected an address", "AZURE_OPENAI_ENDPOINT: expected an address"],
        ),
    ],
)
def test_wrong_settings_are_told_all_at_once(values: dict[str, str], told: list[str]) -> None:
    environment = Environment(values)

    language_settings(environment)

    with pytest.raises(SettingsInvalid) as caught:
        environment.done()
    assert all(text in str(caught.value) for text in told)


def test_plain_http_is_for_this_machine_alone() -> None:
    environment = Environment({"AZURE_LANGUAGE_ENDPOINT": "http://127.0.0.1:9"})

    language_settings(environment)

    environment.done()
