"""What `/health/live` and `/health/ready` answer."""

from __future__ import annotations

import asyncio
import http.client
import threading

import pytest

from durable.health import Health, metrics_route, serve_health


def ask(port: int, path: str, timeout: float = 10.0) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_every_part_that_is_not_ready_is_named_with_its_reason() -> None:
    health = Health("receiving")
    health.not_ready("sending", "the broker is gone")
    assert health.report() == (
        503,
        {"status": "not ready", "reasons": {"receiving": "starting", "sending": "the broker is gone"}},
    )
    health.ready("receiving")
    health.ready("sending")
    assert health.report() == (200, {"status": "ready", "reasons": {}})


def test_a_part_that_is_asked_tells_how_it_is_now() -> None:
    health, waiting = Health(), [3]
    health.ask("publishing", lambda: f"{waiting[0]} wait" if waiting[0] else "")
    assert health.report() == (503, {"status": "not ready", "reasons": {"publishing": "3 wait"}})
    waiting[0] = 0
    assert health.report()[0] == 200


async def test_a_blocked_loop_does_not_answer_that_it_lives() -> None:
    runner = await serve_health(Health(), "127.0.0.1", 0)
    port = runner.addresses[0][1]
    assert (await asyncio.to_thread(ask, port, "/health/live"))[0] == 200

    given_up, outcome = threading.Event(), []

    def probe() -> None:
        with pytest.raises(TimeoutError):
            ask(port, "/health/live", timeout=0.2)
        outcome.append("no answer")
        given_up.set()

    thread = threading.Thread(target=probe)
    thread.start()
    given_up.wait(10)  # The loop stands still meanwhile.
    thread.join()
    assert outcome == ["no answer"]
    assert (await asyncio.to_thread(ask, port, "/health/live"))[0] == 200
    await runner.cleanup()


async def test_metrics_are_served_beside_health_as_the_request_accepts_them() -> None:
    routes = [metrics_route(lambda accept: (f"for {accept}".encode(), "text/plain; version=0.0.4"))]
    runner = await serve_health(Health(), "127.0.0.1", 0, routes)
    status, body = await asyncio.to_thread(ask, runner.addresses[0][1], "/metrics")
    await runner.cleanup()

    assert (status, body) == (200, b"for ")
