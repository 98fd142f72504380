"""The metrics, one row for each combination of labels: how many points came, and the last, added up over instances."""

from typing import Any

import orjson

from emulators.telemetry.store.store import Store

ROWS_MAX = 500
_LAST = """
SELECT p.name, p.role, p.unit, p.attributes AS labels, max(p.at) AS at, sum(p.value) AS value, sum(p.count) AS count,
    min(p.least) AS least, max(p.greatest) AS greatest, sum(found.points) AS points, count(*) AS instances
FROM points p
JOIN (SELECT max(number) AS last, count(*) AS points FROM points GROUP BY name, role, instance, attributes) found
    ON p.number = found.last
GROUP BY p.name, p.role, p.unit, p.attributes ORDER BY p.name, p.role, p.attributes LIMIT ?
"""


def metrics_shown(store: Store) -> dict[str, Any]:
    """Each metric of each role and its labels, with the last points of its instances.

    `value` is their sum, over `count` measurements. What is no measurement counts as one for each instance.
    """
    found = store.select(_LAST, (ROWS_MAX,))
    return {
        "metrics": [{**dict(zip(row.keys(), row, strict=True)), "labels": orjson.loads(row["labels"])} for row in found]
    }
