"""What the server imports that processes are forked from: all that they need, and what Arrow loads when first used."""

import pyarrow as pa
import pyarrow.dataset

from tabular_worker.apart import run_apart

__all__ = ["pyarrow", "run_apart"]

# Arrow loads other libraries when it looks at its first values, which may take a second: here once for all processes.
pa.infer_type([0])
