"""`python -m durable`: the command `durable` where no script is installed."""

import sys

from durable.cli import main

sys.exit(main())
