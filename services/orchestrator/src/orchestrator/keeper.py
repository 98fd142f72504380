"""Keeps this replica's fair share of the partitions: takes what is its own, gives back what is another's.

1. A partition is given back cleanly: its round is finished, then its session closed, so that the next owner need not
   wait for a lock to expire.
2. A partition that could not be taken, or was lost, is tried again with growing pauses while it is this replica's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from durable.errors import BrokerUnavailable, LockLost, SessionTaken, TransientError, WriteUncertain
from durable.health import Health
from durable.ids import partitions
from durable.messages import INSTANCES
from durable.telemetry.metrics.declared import PARTITIONS_OWNED, PARTITIONS_WANTED
from orchestrator.cluster import HEARTBEAT, LIST_EVERY, LOOK_EVERY, Membership
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.partition import PartitionHost
from orchestrator.shares import fair_shares

_LOG = logging.getLogger(__name__)
_PAUSE_FIRST, _PAUSE_MAX = 0.1, 2.0
STOP_WITHIN = 5.0


class Holding:
    """One partition that this replica serves or tries to serve."""

    def __init__(self, ports: HostPorts, partition: str, on_change: Callable[[], None]) -> None:
        self._ports = ports
        self._partition = partition
        self._on_change = on_change
        self._host: PartitionHost | None = None
        self._released = asyncio.Event()
        self.serving = False
        self.task = asyncio.create_task(self._hold(), name=f"partition {partition}")

    def release(self) -> None:
        """Give the partition back; `task` ends when that is done."""
        self._released.set()
        if self._host is not None:
            self._host.stop()

    async def _hold(self) -> None:
        pause = _PAUSE_FIRST
        while not self._released.is_set():
            try:
                await self._serve()
                pause = _PAUSE_FIRST
            except SessionTaken:
                _LOG.debug("partition %s: session still taken", self._partition)
            except (LockLost, BrokerUnavailable, WriteUncertain) as error:
                _LOG.warning("partition %s: lost: %s", self._partition, error)
            except Exception:
                _LOG.exception("partition %s: its host failed and starts again", self._partition)
            self._host = None
            self._set_serving(now=False)
            await self._pause(pause)
            pause = min(pause * 2, _PAUSE_MAX)

    async def _serve(self) -> None:
        receiver = await self._ports.broker.session(INSTANCES, self._partition)
        self._host = PartitionHost(self._ports, receiver)
        if self._released.is_set():
            self._host.stop()
        await self._host.serve(lambda: self._set_serving(now=True))

    def _set_serving(self, *, now: bool) -> None:
        self.serving = now
        self._on_change()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._released.wait()
        except TimeoutError:
            return


class Keeper:
    """Holds the fair share of one replica."""

    def __init__(self, ports: HostPorts, membership: Membership, health: Health) -> None:
        self._ports = ports
        self._membership = membership
        self._health = health
        self._all = partitions(ports.partition_count)
        self._holdings: dict[str, Holding] = {}
        self._wanted: frozenset[str] = frozenset()
        ports.metrics.watch(PARTITIONS_OWNED, self, lambda keeper: len(keeper.served))
        ports.metrics.watch(PARTITIONS_WANTED, self, lambda keeper: len(keeper.wanted))

    async def run(self) -> None:
        """Keep the share until cancelled; then give every partition back and leave."""
        try:
            await self._watch()
        finally:
            try:
                async with asyncio.timeout(STOP_WITHIN):
                    await self._give_back(list(self._holdings))
            except TimeoutError:
                _LOG.warning("partitions not given back within %s s: their sessions end with this process", STOP_WITHIN)
            try:
                await self._membership.leave()
            except TransientError as error:
                _LOG.warning("could not say goodbye, the others will notice: %s", error)

    @property
    def served(self) -> list[str]:
        """Name the partitions that are being served."""
        return sorted(name for name, holding in self._holdings.items() if holding.serving)

    @property
    def wanted(self) -> frozenset[str]:
        """Name the partitions that are this replica's share."""
        return self._wanted

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        beat_due = list_due = loop.time()
        joined = False
        while True:
            try:
                if loop.time() >= beat_due:
                    await (self._membership.beat() if joined else self._membership.join())
                    joined, beat_due = True, loop.time() + HEARTBEAT.total_seconds()
                if await self._membership.changed() or loop.time() >= list_due:
                    await self._balance()
                    list_due = loop.time() + LIST_EVERY.total_seconds()
            except TransientError as error:
                self._health.not_ready("record store", str(error))
                _LOG.warning("the record store does not answer, the share stays as it is: %s", error)
            else:
                self._health.ready("record store")
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def _balance(self) -> None:
        hosts = await self._membership.hosts()
        self._wanted = fair_shares(self._all, hosts).get(self._ports.host, frozenset())
        surplus = [name for name in self._holdings if name not in self._wanted]
        for name in sorted(self._wanted - self._holdings.keys()):
            self._holdings[name] = Holding(self._ports, name, self._report)
        if surplus:
            _LOG.info("giving back partitions %s", ", ".join(surplus))
            await self._give_back(surplus)
        self._report()

    async def _give_back(self, names: list[str]) -> None:
        for name in names:
            self._holdings[name].release()
        await asyncio.gather(*(self._holdings.pop(name).task for name in names), return_exceptions=True)

    def _report(self) -> None:
        waiting = sorted(name for name in self._wanted if name not in self.served)
        if waiting:
            self._health.not_ready("partitions", f"waiting for {', '.join(waiting)}")
        else:
            self._health.ready("partitions")
