"""`python -m tabular_worker` serves the tabular worker."""

import sys

from durable.worker.run import main
from tabular_worker.handlers import worker

if __name__ == "__main__":
    sys.exit(main(worker, "contracts"))
