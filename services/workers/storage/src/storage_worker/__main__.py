"""`python -m storage_worker` serves the storage worker."""

import sys

from durable.worker.run import main
from storage_worker.handlers import worker
from storage_worker.parts import storage_parts

if __name__ == "__main__":
    sys.exit(main(worker, "contracts", storage_parts))
