"""Items: the requests on single documents and the batches; feeds and queries are handed on.

A POST to the items of a container means one of five things, told apart by headers: `_POSTS` has them in the order in
which they are looked for.
"""

from emulators.cosmos.batch import parse_batch, parse_bulk, run_batch
from emulators.cosmos.bulk import run_bulk
from emulators.cosmos.catalog import Container
from emulators.cosmos.documents import item_etag
from emulators.cosmos.errors import COLLECTION_RID_MISMATCH, PARTITION_KEY_MISMATCH, CosmosError
from emulators.cosmos.feeds.changes import read_changes
from emulators.cosmos.feeds.queries import plan_query, run_query
from emulators.cosmos.feeds.reading import read_feed
from emulators.cosmos.jsonvalue import JsonObject, decode, decode_object
from emulators.cosmos.operations import Operation, Outcome, perform
from emulators.cosmos.partition import PartitionKey
from emulators.cosmos.routes import Target
from emulators.cosmos.service import Handler, Service, item_headers
from emulators.cosmos.sessions import check_session
from emulators.cosmos.staging import Staging
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response

_KINDS = {"GET": "Read", "PUT": "Replace", "PATCH": "Patch", "DELETE": "Delete"}


def container_of(service: Service, request: Request, target: Target) -> Container:
    """Return the container of a request, unless the client means an earlier one of the same name."""
    container = service.catalog.container(target.names[0], target.names[1])
    intended = request.headers.get(headers.INTENDED_COLLECTION_RID)
    if intended is not None and intended.decode("latin-1") != container.rid:
        raise CosmosError(
            400,
            f"Collection rid mismatch: the request is for {intended.decode('latin-1')}, found {container.rid}.",
            substatus=COLLECTION_RID_MISMATCH,
        )
    return container


def on_item(service: Service, request: Request, target: Target) -> Response:
    """Read, replace, patch or delete one item."""
    container = container_of(service, request, target)
    if request.method == "GET":
        check_session(request, container)
    body = _BODIES[request.method](request.body) if request.method in _BODIES else {}
    operation = Operation(
        _KINDS[request.method],
        target.names[2],
        body,
        _text(request, headers.IF_MATCH),
        _text(request, headers.IF_NONE_MATCH),
    )
    return _performed(service, request, container, operation)


def _patch(body: bytes) -> JsonObject:
    """A patch is an object with operations, or the list of operations alone."""
    found = decode(body)
    return {"operations": found} if isinstance(found, list) else decode_object(body)


_BODIES = {"PUT": decode_object, "PATCH": _patch}


def on_items(service: Service, request: Request, target: Target) -> Response:
    """Serve a POST to the items of a container."""
    handler = next((found for header, found in _POSTS if header in request.headers), _create)
    return handler(service, request, target)


def on_feed(service: Service, request: Request, target: Target) -> Response:
    """Serve a GET of the items of a container: all of them, or the changes."""
    container = container_of(service, request, target)
    if headers.A_IM in request.headers:
        return read_changes(service, request, container)
    return read_feed(service, request, container)


def _create(service: Service, request: Request, target: Target) -> Response:
    return _store(service, request, target, "Create")


def _upsert(service: Service, request: Request, target: Target) -> Response:
    kind = "Upsert" if request.headers[headers.IS_UPSERT].lower() == b"true" else "Create"
    return _store(service, request, target, kind)


def _store(service: Service, request: Request, target: Target, kind: str) -> Response:
    container = container_of(service, request, target)
    document = decode_object(request.body)
    name = document.get("id")
    operation = Operation(
        kind,
        name if isinstance(name, str) else "",
        document,
        _text(request, headers.IF_MATCH),
        _text(request, headers.IF_NONE_MATCH),
    )
    return _performed(service, request, container, operation)


def _batch(service: Service, request: Request, target: Target) -> Response:
    container = container_of(service, request, target)
    check_session(request, container)
    if request.headers.get(headers.IS_BATCH_ATOMIC, b"true").lower() == b"false":
        return _bulk(service, request, container)
    key = partition_key(request, container)
    operations = parse_batch(request.body)
    staging = Staging(container, key, service.now())
    result = run_batch(staging, operations, minimal=_wants_minimal(request))
    held_by = service.ranges.at(key.position)
    return Response(result.status, item_headers(container, held_by, request, result.charge), result.body)


def _bulk(service: Service, request: Request, container: Container) -> Response:
    held_by = service.ranges.named(request.headers.get(headers.PARTITION_KEY_RANGE_ID, b"").decode("latin-1"))
    result = run_bulk(
        container,
        parse_bulk(request.body),
        service.now(),
        minimal=_wants_minimal(request),
        goes_on=request.headers.get(headers.BATCH_CONTINUES, b"false").lower() == b"true",
    )
    return Response(result.status, item_headers(container, held_by, request, result.charge), result.body)


def _query(service: Service, request: Request, target: Target) -> Response:
    return run_query(service, request, container_of(service, request, target))


def _plan(service: Service, request: Request, target: Target) -> Response:
    return plan_query(service, request, container_of(service, request, target))


_POSTS: tuple[tuple[bytes, Handler], ...] = (
    (headers.IS_BATCH, _batch),
    (headers.IS_QUERY_PLAN, _plan),
    (headers.IS_QUERY, _query),
    (headers.IS_UPSERT, _upsert),
)


def _performed(service: Service, request: Request, container: Container, operation: Operation) -> Response:
    if headers.PRE_TRIGGER in request.headers or headers.POST_TRIGGER in request.headers:
        raise CosmosError(400, "The trigger to include does not exist: this local endpoint has no triggers.")
    key = partition_key(request, container)
    staging = Staging(container, key, service.now())
    outcome = perform(staging, operation)
    staging.apply()
    fields = item_headers(container, service.ranges.at(key.position), request, outcome.charge)
    if outcome.item is not None:
        fields.append((headers.ETAG, item_etag(outcome.item).encode()))
    return Response(outcome.status, fields, _body(request, operation, outcome))


def _body(request: Request, operation: Operation, outcome: Outcome) -> bytes:
    if outcome.item is None or outcome.status == 304:
        return b""
    return b"" if operation.kind != "Read" and _wants_minimal(request) else outcome.item.body


def partition_key(request: Request, container: Container) -> PartitionKey:
    """Return the partition key of a request that must have one."""
    header = request.headers.get(headers.PARTITION_KEY)
    if header is None:
        raise CosmosError(400, "PartitionKey value must be supplied for this operation.")
    key = container.partition_key.of_header(header)
    if key.is_prefix:
        raise CosmosError(
            400,
            f"Partition key {key.text} doesn't correspond to the definition of the container: this operation needs a "
            f"value for each of {list(container.partition_key.paths)}.",
            substatus=PARTITION_KEY_MISMATCH,
        )
    return key


def _wants_minimal(request: Request) -> bool:
    return request.headers.get(headers.PREFER) == headers.MINIMAL


def _text(request: Request, header: bytes) -> str | None:
    value = request.headers.get(header)
    return None if value is None else value.decode("latin-1")
