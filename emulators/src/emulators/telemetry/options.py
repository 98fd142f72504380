"""The options of the command, group by group."""

import argparse

from emulators.command import add_data_option, new_parser, port_number
from emulators.telemetry.store.store import ITEMS_MAX

_DESCRIPTION = """\
A local collector of traces, logs and metrics for development and tests: it takes what exporters of Application Insights
and of OTLP send, and shows each run as an end-to-end transaction.

  telemetry-collector                    in memory, on the port that OTLP exporters use without being told
  telemetry-collector --data FOLDER      the same, kept on disk
"""


def options() -> argparse.ArgumentParser:
    """The parser of `telemetry-collector`."""
    parser = new_parser("telemetry-collector", _DESCRIPTION)
    kept = parser.add_argument_group("what is kept")
    add_data_option(kept)
    kept.add_argument(
        "--items-max",
        type=_count,
        default=ITEMS_MAX,
        metavar="COUNT",
        help="spans and log records to keep; beyond them the traces that have been quiet the longest go",
    )
    listens = parser.add_argument_group("where it listens")
    listens.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on")
    listens.add_argument(
        "--port", type=port_number, default=4318, help="port for everything, the page too; 0 for a free one"
    )
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text[:12]) >= 1000:
        raise argparse.ArgumentTypeError(f"a number from 1000 was expected, found {text!r}")
    return int(text[:12])
