"""The account: the first thing that a client reads."""

from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.routes import Target
from emulators.cosmos.service import Service, resource_response
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response


def read_account(service: Service, request: Request, _target: Target) -> Response:
    """Describe an account of one region, at the very address that the client used."""
    host = request.headers.get(headers.HOST, b"localhost").decode("latin-1")
    locations: list[JsonValue] = [{"name": "Local", "databaseAccountEndpoint": f"{service.scheme}://{host}/"}]
    replicas: JsonValue = {"asyncReplication": False, "minReplicaSetSize": 1, "maxReplicasetSize": 4}
    return resource_response(
        request,
        200,
        {
            "_self": "",
            "id": "local",
            "_rid": "local",
            "media": "//media/",
            "addresses": "//addresses/",
            "_dbs": "//dbs/",
            "writableLocations": locations,
            "readableLocations": locations,
            "enableMultipleWriteLocations": False,
            "userReplicationPolicy": replicas,
            "systemReplicationPolicy": replicas,
            "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
            "readPolicy": {"primaryReadCoefficient": 1, "secondaryReadCoefficient": 1},
            "queryEngineConfiguration": "{}",
        },
    )
