"""The table of what was built and how it ran, as the documentation shows it."""

from collections.abc import Mapping, Sequence

from images.alone import Lived
from images.building import Built
from images.container import Container

_HEADS = ("image", "size", "of it the service", "built in", "healthy after", "packages", "in the SBOM")


def table(built: Sequence[Built], containers: Mapping[str, Container], lived: Mapping[str, Lived]) -> str:
    """Lay out a row for each image; of the services of one image, the one that took longest counts."""
    rows = [_HEADS, ("---",) * len(_HEADS)]
    for one in built:
        services = [name for name, container in containers.items() if container.service.image == one.image]
        healthy = max(lived[name].healthy_after for name in services if name in lived)
        rows.append(
            (
                f"`{one.image.rpartition('/')[2]}`",
                f"{one.contents.size / 1e6:.0f} MB",
                f"{one.contents.size_of_service / 1e6:.0f} MB",
                f"{one.seconds:.0f} s",
                f"{healthy:.1f} s",
                str(len(one.contents.packages)),
                str(len(one.contents.listed)),
            )
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
