"""The synchronous client against the endpoint as a process, which is killed and started again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.management import CorrelationRuleFilter, ServiceBusAdministrationClient, SqlRuleAction

from tests.support.emulator_commands import module, running
from tests.support.service_bus_process import written_topology

SPAN = timedelta(seconds=7)
LIKE = CorrelationRuleFilter(label="l", properties={"n": 1, "span": SPAN})


@contextmanager
def life(folder: Path) -> Iterator[tuple[ServiceBusAdministrationClient, ServiceBusClient]]:
    """One life of the endpoint over a folder; it ends with SIGKILL."""
    certificates = folder / "certificates"
    options = ("--topology", str(written_topology(folder)), "--data", str(folder / "data"), "--port", "0")
    secure = ("--admin-port", "0", "--certificates", str(certificates))
    with running(*module("servicebus", *options, *secure)) as endpoint:
        (told,) = [line for line in endpoint.greeting.splitlines() if "Admin" in line]
        with (
            ServiceBusAdministrationClient.from_connection_string(
                told.split()[-1], connection_verify=str(certificates / "authority.pem"), retry_total=0
            ) as admin,
            ServiceBusClient.from_connection_string(endpoint.connection_string) as client,
        ):
            yield admin, client
            endpoint.process.kill()


def tell(admin: ServiceBusAdministrationClient) -> None:
    """Make, change and delete something of everything."""
    admin.create_queue("made", lock_duration=SPAN, user_metadata="notes")
    admin.create_subscription("news", "more", max_delivery_count=3)
    admin.create_rule("news", "more", "like", filter=LIKE, action=SqlRuleAction("SET a = @b", {"@b": 0.5}))
    admin.delete_rule("news", "more", "$Default")
    admin.update_queue(admin.get_queue("orders"), max_delivery_count=2)
    admin.delete_queue("once")
    admin.delete_subscription("news", "daily")


def check_what_was_made(admin: ServiceBusAdministrationClient) -> None:
    queue, runtime = admin.get_queue("made"), admin.get_queue_runtime_properties("made")
    rule: Any
    (rule,) = admin.list_rules("news", "more")

    assert (queue.lock_duration, queue.user_metadata) == (SPAN, "notes")
    assert (runtime.active_message_count, runtime.created_at_utc is not None) == (1, True)
    assert admin.get_subscription("news", "more").max_delivery_count == 3
    assert (rule.name, rule.filter.label, dict(rule.filter.properties)) == ("like", "l", LIKE.properties)
    assert (rule.action.sql_expression, dict(rule.action.parameters)) == ("SET a = @b", {"@b": 0.5})


def check_what_became_of_the_topology(admin: ServiceBusAdministrationClient) -> None:
    assert admin.get_queue("orders").max_delivery_count == 2
    with pytest.raises(ResourceNotFoundError):
        admin.get_queue("once")
    with pytest.raises(ResourceNotFoundError):
        admin.get_subscription("news", "daily")


def test_what_the_client_was_told_is_there_after_a_kill(tmp_path: Path) -> None:
    with life(tmp_path) as (admin, client):
        tell(admin)
        with client.get_queue_sender("made") as sender:
            sender.send_messages(ServiceBusMessage("x"))
    with life(tmp_path) as (admin, _):
        check_what_was_made(admin)
        check_what_became_of_the_topology(admin)
        admin.create_queue("once")
        admin.delete_queue("made")
    with life(tmp_path) as (admin, _):
        assert [each.name for each in admin.list_queues()] == ["instances", "once", "orders"]
        assert admin.get_queue_runtime_properties("once").total_message_count == 0
