"""`python -m http_worker` serves the HTTP worker."""

import sys

from durable.worker.run import main
from http_worker.handlers import worker
from http_worker.web import web_provider

if __name__ == "__main__":
    sys.exit(main(worker, "contracts", (web_provider(),)))
