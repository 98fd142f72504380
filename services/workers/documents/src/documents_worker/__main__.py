"""`python -m documents_worker` serves the documents worker."""

import sys

from documents_worker.handlers import worker
from documents_worker.parts import parts_from
from durable.worker.run import main

if __name__ == "__main__":
    sys.exit(main(worker, "contracts", parts_from))
