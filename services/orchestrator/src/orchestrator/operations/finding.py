"""Finds the head of an instance by its id."""

from __future__ import annotations

from durable.errors import InvalidInput, InvalidName, NotFound
from durable.ids import check_instance_id
from orchestrator.heads import Head, decode_head
from orchestrator.operations.ports import Ports


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
