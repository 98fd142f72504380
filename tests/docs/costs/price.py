from dataclasses import dataclass

from durable.client import Cost


@dataclass(frozen=True)
class Prices:
    """Yours, in your currency, for your region; see the vendor's pages."""

    million_ru: float
    million_operations: float
    vcpu_second: float


def price_of(cost: Cost, prices: Prices, vcpus: float, at_once: int) -> float:
    """Price a run: serverless Cosmos DB, Service Bus Standard, workers of so many vCPUs that do so much at once."""
    attempts = sum(step.attempts for step in cost.steps)
    operations = cost.messages + 2 * attempts + 1
    return (
        cost.ru / 1e6 * prices.million_ru
        + operations / 1e6 * prices.million_operations
        + cost.worker_seconds * vcpus / at_once * prices.vcpu_second
    )
