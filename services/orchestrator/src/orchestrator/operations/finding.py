"""Finds the head of an instance by its id."""

from __future__ import annotations

import logging
from dataclasses import replace

from durable.errors import InvalidInput, InvalidName, NotFound, PayloadUnreadable
from durable.ids import check_instance_id
from durable.vault import open_fields
from orchestrator.heads import PAYLOADS, Head, decode_head
from orchestrator.operations.patience import patient
from orchestrator.operations.ports import Ports

_LOG = logging.getLogger(__name__)


async def get(ports: Ports, instance_id: str) -> Head:
    """Give the head of an instance.

    Raises:
        InvalidInput: the id is not legal; says the rule.
        NotFound: there is none.
        WriteUncertain: the store did not answer.
    """
    partition = ports.partition(legal_instance_id(instance_id))
    stored = await ports.store.read(partition, instance_id, ports.heads.token(partition))
    if stored is None or stored.record.get("kind") != "instance":
        raise NotFound(f"there is no instance {instance_id!r}")
    return decode_head(stored.record)


async def show(ports: Ports, instance_id: str) -> Head:
    """Give the head of an instance with its payloads opened; one that can't be had stays sealed. Errors as `get`."""
    head = await get(ports, instance_id)
    async with patient(f"the payloads of instance {instance_id!r} can't be fetched now; try again"):
        for name, (_, read) in PAYLOADS.items():
            try:
                opened = await open_fields(ports.vault, [(name, getattr(head, name), read)], "the head")
                head = replace(head, **opened) if opened else head
            except PayloadUnreadable as error:
                _LOG.warning("instance %s: %s", instance_id, error)
    return head


def legal_instance_id(text: str) -> str:
    """Give the id back if it is legal, and not a part of a path that clients resolve by themselves.

    Raises:
        InvalidInput: it is not; says the rule.
    """
    if text in {".", ".."}:
        fault = f"expected an instance id that a URL can carry; found {text!r}"
        raise InvalidInput(fault, [("instance_id", fault)])
    try:
        return check_instance_id(text)
    except InvalidName as error:
        raise InvalidInput(str(error), [("instance_id", str(error))]) from error
