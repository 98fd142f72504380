"""The links by which a caller follows an instance, under the names of Durable Functions' check-status payload."""

from __future__ import annotations

from fastapi import Request


def links_of(request: Request, instance_id: str) -> dict[str, str]:
    """Give the id and the links, absolute if the request says the host; `{…}` in them is for the caller to fill in."""
    scope = request.scope
    host = request.headers.get("host")
    origin = f"{scope['scheme']}://{host}" if host else ""
    instance = f"{origin}{scope.get('root_path', '')}/instances/{instance_id}"
    return {
        "id": instance_id,
        "statusQueryGetUri": instance,
        "historyGetUri": f"{instance}/history",
        "sendEventPostUri": f"{instance}/events/{{eventName}}",
        "terminatePostUri": f"{instance}/terminate?reason={{text}}",
    }
