"""`python -m documents_worker` serves the documents worker."""

import sys

from documents_worker.handlers import worker
from durable.worker.run import main

if __name__ == "__main__":
    sys.exit(main(worker, "contracts"))
