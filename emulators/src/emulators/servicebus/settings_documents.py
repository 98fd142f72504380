"""Settings as JSON, as the journal keeps them: only what differs from the defaults is written."""

import json
from dataclasses import asdict
from enum import Enum

from emulators.servicebus.broker.settings import AccessRule, Remarks, Settings, Status

_Document = dict[str, object]


def settings_text(settings: Settings) -> str:
    """Settings as JSON."""
    return json.dumps(_differences(asdict(settings), asdict(Settings())), default=_plain)


def settings_in(text: str) -> Settings:
    """The settings that `settings_text` has written."""
    document: _Document = json.loads(text)
    remarks = document.pop("remarks", {})
    status = Status(document.pop("status", Status.ACTIVE.value))
    assert isinstance(remarks, dict)
    rules = tuple(_access_rule(each) for each in remarks.pop("access_rules", ()))
    kept = Remarks(**remarks, access_rules=rules)
    return Settings(**document, status=status, remarks=kept)  # type: ignore[arg-type]  # As it was written.


def _access_rule(entry: _Document) -> AccessRule:
    rights = entry.pop("rights", ())
    assert isinstance(rights, list)
    return AccessRule(**entry, rights=tuple(rights))  # type: ignore[arg-type]  # As it was written.


def _differences(values: _Document, defaults: _Document) -> _Document:
    different: _Document = {}
    for name, value in values.items():
        default = defaults[name]
        if isinstance(value, dict) and isinstance(default, dict):
            inner = _differences(value, default)
            if inner:
                different[name] = inner
        elif value != default:
            different[name] = value
    return different


def _plain(value: object) -> object:
    assert isinstance(value, Enum)
    return value.value
