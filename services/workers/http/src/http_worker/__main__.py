"""`python -m http_worker` serves the HTTP worker."""

import sys

from durable.settings import Environment
from durable.worker.run import WorkerParts, main
from http_worker.handlers import worker
from http_worker.secret_headers import origins_from, secret_headers_provider
from http_worker.web import web_provider


def parts_from(environment: Environment) -> WorkerParts:
    """Read `HTTP_SECRETS`."""
    return WorkerParts((web_provider(), secret_headers_provider(origins_from(environment))))


if __name__ == "__main__":
    sys.exit(main(worker, "contracts", parts_from))
