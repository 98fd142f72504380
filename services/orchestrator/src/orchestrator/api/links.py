"""The links by which a caller follows an instance, under the names of Durable Functions' check-status payload."""

from __future__ import annotations

from fastapi import Request, Response

from durable.http.answers import json_answer

_REASON = "reason={text}"
_LINKS = {
    "statusQueryGetUri": "",
    "historyGetUri": "/history",
    "sendEventPostUri": "/events/{eventName}",
    "cancelPostUri": f"/cancel?{_REASON}",
    "terminatePostUri": f"/terminate?{_REASON}",
    "suspendPostUri": f"/suspend?{_REASON}",
    "resumePostUri": f"/resume?{_REASON}",
    "retryPostUri": f"/retry?{_REASON}",
    "rewindPostUri": f"/rewind?to={{sequence}}&{_REASON}",
    "restartPostUri": "/restart",
    "purgeHistoryDeleteUri": "",
}


def links_of(request: Request, instance_id: str) -> dict[str, str]:
    """Give the id and the links, absolute if the request says the host; `{…}` in them is for the caller to fill in.

    Behind an ingress that ends TLS they are `https://`, as it says. Who lies about that is given useless links.
    """
    scope = request.scope
    host = request.headers.get("host")
    scheme = "https" if request.headers.get("x-forwarded-proto") == "https" else scope["scheme"]
    origin = f"{scheme}://{host}" if host else ""
    instance = f"{origin}{scope.get('root_path', '')}/instances/{instance_id}"
    return {"id": instance_id, **{name: instance + rest for name, rest in _LINKS.items()}}


def started_answer(request: Request, instance_id: str, replaces: str | None = None) -> Response:
    """Answer that an instance begins, in the place of which run if of one, and where it can be followed."""
    links = links_of(request, instance_id)
    headers = {"Location": links["statusQueryGetUri"], "Retry-After": "1"}
    return json_answer(links if replaces is None else {**links, "replaces": replaces}, 202, headers)
