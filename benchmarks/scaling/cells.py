"""The matrix: which cells there are, and what is sent in each.

The rates are the published ones: 1 to 15 runs of json-to-parquet and 10 to 150 invoices a minute. A cell sends what one
minute brings, in a window that is shorter than a minute: the rate is raised by 60 seconds over the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

ROWS = "json-to-parquet"
INVOICES = "invoice-data-extraction"
REPLICAS = (1, 2, 4, 8)
FAN_OUTS = (1, 10, 50, 150)
RATES = {ROWS: (1, 5, 15), INVOICES: (10, 50, 150)}


@dataclass(frozen=True, slots=True)
class Cell:
    """One measurement.

    Attributes:
        fan_out: json-to-parquet: files of a run, all of them at once; invoices: how many arrive at the same moment.
        rate: runs or invoices a minute as published, which is also how many are sent.
    """

    saga: str
    replicas: int
    fan_out: int
    rate: int

    @property
    def work(self) -> int:
        """How many files or invoices the cell is about."""
        return self.rate * self.fan_out if self.saga == ROWS else self.rate

    def bursts(self) -> list[int]:
        """Give how many requests go together, one burst after the other."""
        if self.saga == ROWS:
            return [1] * self.rate
        whole, rest = divmod(self.rate, self.fan_out)
        return [self.fan_out] * whole + ([rest] if rest else [])


def matrix(replicas: tuple[int, ...] = REPLICAS, fan_outs: tuple[int, ...] = FAN_OUTS) -> list[Cell]:
    """Give all cells: those of one stack together, light ones first; bursts that no rate fills are left out."""
    cells = [
        Cell(saga, count, fan_out, rate)
        for saga, count in product(RATES, replicas)
        for fan_out, rate in product(fan_outs, RATES[saga])
        if saga == ROWS or fan_out <= rate
    ]
    return sorted(cells, key=lambda cell: (list(RATES).index(cell.saga), cell.replicas, cell.work, cell.fan_out))
