"""The parts of one ingestor that its routes and its sources share."""

from __future__ import annotations

from ingestor.checked import Checks
from ingestor.dead_letters import DeadLetters
from ingestor.dependencies import IngestorDependencies
from ingestor.intake import Intake
from ingestor.publishing import Publisher
from ingestor.sends import Sends
from ingestor.takes import Takes
from ingestor.waiting_room import WaitingRoom


class Ingestion:
    """Made of what the composition root gives; owns none of it."""

    def __init__(self, given: IngestorDependencies) -> None:
        self.given = given
        self.checks = Checks(given.catalogue, given.mappings, given.metrics)
        sends = Sends(given.tracing, given.clock, given.random_bits)
        self.publisher = Publisher(given.broker, WaitingRoom(given.limits.waiting_events), given.limits.patience, sends)
        given.health.ask("publishing events", self.publisher.room.why_not_ready)
        self.letters = DeadLetters(given.objects)
        takes = Takes(given.tracing, given.clock, given.random_bits)
        self.intake = Intake(self.checks, self.publisher, self.letters, takes, given.limits.event_bytes)
