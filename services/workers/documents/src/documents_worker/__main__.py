"""`python -m documents_worker` serves the documents worker."""

import logging
import sys

from documents_worker.handlers import worker
from durable.worker.run import main

if __name__ == "__main__":
    for reader in ("pypdf", "pdfminer"):
        # They tell each oddity of a file that they could read all the same.
        logging.getLogger(reader).setLevel(logging.ERROR)
    sys.exit(main(worker, "contracts"))
