"""`python -m tabular_worker` serves the tabular worker."""

import sys

import pyarrow as pa

from durable.worker.run import main
from tabular_worker.handlers import worker

if __name__ == "__main__":
    # Arrow loads other libraries when it looks at its first values, which may take a second: better now than then.
    pa.infer_type([0])
    sys.exit(main(worker, "contracts"))
