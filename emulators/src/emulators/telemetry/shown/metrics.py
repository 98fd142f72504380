"""The metrics: how many points of each came, and the last."""

from typing import Any

from emulators.telemetry.store.store import Store

ROWS_MAX = 500
_LAST = """
SELECT p.name, p.role, p.unit, p.at, p.value, p.count, p.least, p.greatest, found.points, found.instances FROM points p
JOIN (SELECT max(number) AS last, count(*) AS points, count(DISTINCT instance) AS instances
    FROM points GROUP BY name, role) found ON p.number = found.last
ORDER BY p.name, p.role LIMIT ?
"""


def metrics_shown(store: Store) -> dict[str, Any]:
    """Each metric of each role with its last point; `value` is a sum over `count` measurements."""
    found = store.select(_LAST, (ROWS_MAX,))
    return {"metrics": [dict(zip(row.keys(), row, strict=True)) for row in found]}
