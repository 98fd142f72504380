"""`python -m tabular_worker` serves the tabular worker.

The server of its processes imports what they need while this process does the same; none serves before both have.
"""

import sys

from durable.worker.processes import start_server, wait_for_server

if __name__ == "__main__":
    start_server("tabular_worker.warm")

    from durable.worker.run import main
    from tabular_worker.handlers import worker

    wait_for_server()
    sys.exit(main(worker, "contracts"))
