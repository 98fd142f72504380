"""The vault: where payloads are sealed before they leave a process, and opened when they come back.

Reading path: `vault` (one payload), `events` (events, messages and commands), `waiting` (an object store that is away).
"""

from durable.vault.events import (
    fields_need_sealing,
    is_sealed,
    needs_sealing,
    open_command,
    open_event,
    open_events,
    open_fields,
    seal_event,
    seal_fields,
    sealed_again,
    sealed_message,
    sealed_payloads,
    shown_event,
)
from durable.vault.vault import Place, Vault, delete_payloads

__all__ = [
    "Place",
    "Vault",
    "delete_payloads",
    "fields_need_sealing",
    "is_sealed",
    "needs_sealing",
    "open_command",
    "open_event",
    "open_events",
    "open_fields",
    "seal_event",
    "seal_fields",
    "sealed_again",
    "sealed_message",
    "sealed_payloads",
    "shown_event",
]
