"""Deleting all items of one logical partition with one request.

The service does it in the background and hides the items at once; here they are gone when the answer is sent.
"""

from emulators.cosmos import charge
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.resources.items import container_of, partition_key
from emulators.cosmos.routes import Target
from emulators.cosmos.service import Service, item_headers
from emulators.cosmos.wire.message import Request, Response

_OPERATION = "partitionkeydelete"


def delete_partition(service: Service, request: Request, target: Target) -> Response:
    """Delete the items of the partition that the header names."""
    if target.names[2] != _OPERATION:
        raise CosmosError(404, f"There is no operation '{target.names[2]}': expected '{_OPERATION}'.")
    container = container_of(service, request, target)
    key = partition_key(request, container)
    container.delete_partition(key)
    return Response(200, item_headers(container, service.ranges.at(key.position), request, charge.point_read(0)), b"")
