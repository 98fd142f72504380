"""What every handler may ask for without a provider of its author's."""

from __future__ import annotations

from dishka import Provider, Scope

from durable.objects import ObjectStore
from durable.ports import Clock
from durable.secrets import Secrets
from durable.stores import ObjectStores
from durable.worker.outputs import outputs_of_a_run


def own_provider(stores: ObjectStores, clock: Clock, secrets: Secrets) -> Provider:
    """Provide what lives as long as the process, and the `Outputs` of each run."""
    own = Provider(scope=Scope.APP)
    own.provide(lambda: stores.main, provides=ObjectStore)
    own.provide(lambda: stores, provides=ObjectStores)
    own.provide(lambda: clock, provides=Clock)
    own.provide(lambda: secrets, provides=Secrets)
    own.provide(outputs_of_a_run, scope=Scope.REQUEST)
    return own
