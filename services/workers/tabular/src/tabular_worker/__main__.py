"""`python -m tabular_worker` serves the tabular worker."""

import sys

from durable.worker.processes import start_server
from durable.worker.run import main
from tabular_worker.handlers import worker

if __name__ == "__main__":
    start_server("tabular_worker.warm")
    sys.exit(main(worker, "contracts"))
