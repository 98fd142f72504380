"""`python -m language_worker` serves the language worker."""

import sys

from durable.worker.run import main
from language_worker.handlers import worker
from language_worker.parts import parts_from

if __name__ == "__main__":
    sys.exit(main(worker, "contracts", parts_from))
