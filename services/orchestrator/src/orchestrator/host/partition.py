"""One partition: takes it over and serves it, receive after receive, while the session is held."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import perf_counter

from durable.errors import BrokerUnavailable, LockLost
from durable.ports import Delivery, SessionReceiver
from durable.telemetry.metrics.declared import DISPATCH_WAITING, ROUND_DURATION, TAKEOVERS
from orchestrator.host.committer import OwnershipLost
from orchestrator.host.dispatch import Dispatcher
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.owner import Owner
from orchestrator.host.ownership import take_over
from orchestrator.host.pending import resend_pending
from orchestrator.host.retention import purge_ended
from orchestrator.host.together import until_one_ends
from orchestrator.host.triage import Inbox, Item, read_inbox

_LOG = logging.getLogger(__name__)
RECEIVE_MAX = 300
RECEIVE_WAIT = timedelta(seconds=10)


class PartitionHost:
    """Serves one partition from an accepted session until told to stop or the session is lost."""

    def __init__(self, ports: HostPorts, receiver: SessionReceiver) -> None:
        self._ports = ports
        self._receiver = receiver
        self._partition = receiver.session
        self._wake = asyncio.Event()
        self._stopping = False
        self._receiving: asyncio.Future[Sequence[Delivery]] | None = None
        self._dispatcher = Dispatcher(ports.broker, receiver, ports.tracing)
        ports.metrics.watch(DISPATCH_WAITING, self._dispatcher, lambda dispatcher: dispatcher.waiting)
        self._owner: Owner | None = None

    def stop(self) -> None:
        """Finish the present round and give the session back."""
        self._stopping = True
        self._wake.set()

    async def serve(self, ready: Callable[[], None]) -> None:
        """Take the partition over and serve it; closes the receiver in any case.

        Raises:
            LockLost: the session is somebody else's.
        """
        ports = self._ports
        try:
            owner = await self._take_over()
            ready()
            sweep = resend_pending(ports.store, ports.broker, ports.clock, self._partition)
            await until_one_ends(self._rounds(owner), self._renew(), sweep, purge_ended(ports, self._partition))
            await self._give_back()
        finally:
            if self._receiving is not None:
                self._receiving.cancel()
            self._dispatcher.close()
            if self._owner is not None:
                self._owner.close()
            await self._receiver.close()

    async def _give_back(self) -> None:
        if self._stopping and self._owner is not None:
            await self._dispatcher.settled()
            try:
                await self._owner.give_back()
            except LockLost as error:
                _LOG.warning("partition %s was lost before it was given back: %s", self._partition, error)

    async def _take_over(self) -> Owner:
        ports = self._ports
        owned = await take_over(ports.store, ports.clock, self._partition, ports.host, ports.nonce())
        _LOG.info("partition %s: owner %d is %s", self._partition, owned.number, ports.host)
        if self._owner is not None:
            self._owner.close()
        ports.metrics.add(TAKEOVERS, 1)
        self._owner = Owner(ports, owned, self._dispatcher)
        await self._owner.open()
        return self._owner

    async def _renew(self) -> None:
        lock = self._ports.lock.total_seconds()
        loop = asyncio.get_running_loop()
        renewed = loop.time()
        while True:
            await asyncio.sleep(lock / 3)
            try:
                await self._receiver.renew_session()
                renewed = loop.time()
            except BrokerUnavailable as error:
                if loop.time() - renewed > lock:
                    raise LockLost(f"session {self._partition}: not renewed for {lock} s") from error
            self._dispatcher.check_age()

    async def _rounds(self, owner: Owner) -> None:
        left: dict[str, list[Item]] = {}
        while not self._stopping:
            deliveries = await self._receive()
            inbox = read_inbox(list(deliveries), self._partition, self._ports.partition_count)
            inbox.begin_with(left)
            started = perf_counter()
            owner = await self._work(owner, inbox)
            if deliveries:
                self._ports.metrics.observe(ROUND_DURATION, perf_counter() - started)
            left = inbox.later
            await owner.look_after()

    async def _receive(self) -> Sequence[Delivery]:
        """Wait for messages, or for the order to stop; a receive once begun is never thrown away."""
        if self._receiving is None:
            self._receiving = asyncio.ensure_future(self._receiver.receive(RECEIVE_MAX, RECEIVE_WAIT))
        self._wake.clear()
        if not self._stopping:
            waking = asyncio.ensure_future(self._wake.wait())
            try:
                await asyncio.wait((self._receiving, waking), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waking.cancel()
        if not self._receiving.done():
            return ()
        received, self._receiving = self._receiving, None
        return received.result()

    async def _work(self, owner: Owner, inbox: Inbox) -> Owner:
        """Work on what was received; gives who owns the partition by then."""
        while True:
            try:
                await owner.work(inbox)
                return owner
            except OwnershipLost as error:
                _LOG.warning("%s", error)
                await self._receiver.renew_session()
                owner = await self._take_over()
