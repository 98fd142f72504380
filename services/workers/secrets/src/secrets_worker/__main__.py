"""`python -m secrets_worker` serves the secrets worker; `unseal FILE` behind it opens a sealed secret."""

import os
import sys

from durable.worker.run import main
from secrets_worker.handlers import worker
from secrets_worker.parts import parts_from
from secrets_worker.unseal import unseal

if __name__ == "__main__":
    sys.exit(unseal(sys.argv[1:], os.environ) if sys.argv[1:] else main(worker, "contracts", parts_from))
