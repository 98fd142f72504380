import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from opentelemetry.trace import SpanContext
from playwright.async_api import Page, expect

from emulators.telemetry import Collector
from tests.support.telemetry_posts import PARENT, SPAN, TRACE, a_span, attributes, post, spans_of
from tests.support.telemetry_story import tell_run_to

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
OTHER = "1" * 32


@pytest_asyncio.fixture(loop_scope="module")
async def collector() -> AsyncIterator[Collector]:
    async with Collector() as collector:
        yield collector


async def send(collector: Collector, role: str, *spans: object) -> None:
    answer = await asyncio.to_thread(post, f"{collector.url}/v1/traces", spans_of(role, spans))  # type: ignore[arg-type]  # As JSON.
    assert answer.json == {}


async def tell(collector: Collector) -> SpanContext:
    return await asyncio.to_thread(tell_run_to, collector.url, time.time_ns())


def of_run(root: SpanContext) -> str:
    return f"{root.trace_id:032x}"


async def test_a_transaction_appears_while_one_looks_and_leads_to_its_spans(collector: Collector, tab: Page) -> None:
    await tab.goto(f"{collector.url}/")
    await expect(tab.get_by_text("Nothing has come yet")).to_be_visible()
    await expect(tab.locator("#transactions pre").first).to_have_text(f"OTEL_EXPORTER_OTLP_ENDPOINT={collector.url}")

    await send(collector, "shop", a_span("POST /orders", attributes=attributes(durable__instance_id="order-1")))
    await tab.get_by_role("link", name="POST /orders").click()

    await expect(tab.get_by_role("heading", name="POST /orders")).to_be_visible()
    await expect(tab.get_by_role("row").filter(has_text="POST /orders")).to_contain_text("1.00 s")
    assert tab.url.endswith(f"/#/trace/{TRACE}")


async def test_a_run_stands_as_a_waterfall_in_the_order_of_its_steps(collector: Collector, tab: Page) -> None:
    root = await tell(collector)
    await tab.goto(f"{collector.url}/?trace={of_run(root)}")

    rows = tab.locator(".line.span")
    await expect(rows).to_have_count(len(ORDER))
    assert await tab.locator(".line.span .words").all_inner_texts() == ORDER
    await expect(tab.locator(".legend")).to_contain_text("durable.language")
    failed = tab.locator(".line.span.failed")
    await expect(failed).to_have_count(2)
    await expect(tab.locator(".line.log.s3")).to_have_count(2)
    await expect(tab.locator(".line.log.s3").first).to_contain_text("ExtractionError: the model answered 429")
    assert tab.url.endswith(f"/#/trace/{of_run(root)}")


async def test_bars_stand_on_one_axis_where_their_times_say(collector: Collector, tab: Page) -> None:
    at = 1_800_000_000_000_000_000
    root = a_span("whole", startTimeUnixNano=str(at), endTimeUnixNano=str(at + 10**10), spanId=PARENT)
    half = a_span(
        "half", startTimeUnixNano=str(at + 5 * 10**9), endTimeUnixNano=str(at + 75 * 10**8), parentSpanId=PARENT
    )
    await send(collector, "shop", root, half)
    await tab.goto(f"{collector.url}/#/trace/{TRACE}")

    whole = await tab.locator(".line.span .bar-of").nth(0).bounding_box()
    part = await tab.locator(".line.span .bar-of").nth(1).bounding_box()
    tick = await tab.locator(".axis line.tick").nth(2).bounding_box()  # Of 0, 2, 4 ... seconds.

    assert whole is not None
    assert part is not None
    assert tick is not None
    assert part["x"] - whole["x"] == pytest.approx(whole["width"] / 2, abs=2)
    assert part["width"] == pytest.approx(whole["width"] / 4, abs=2)
    assert tick["x"] - whole["x"] == pytest.approx(whole["width"] * 0.4, abs=2)


async def test_a_span_that_is_chosen_tells_its_attributes_its_exception_and_its_log_lines(
    collector: Collector, tab: Page
) -> None:
    root = await tell(collector)
    await tab.goto(f"{collector.url}/#/trace/{of_run(root)}")

    await tab.locator(".line.span.failed .name", has_text="language.extract-invoice").last.click()

    detail = tab.get_by_role("complementary", name="Chosen span")
    await expect(detail).to_contain_text("durable.language")
    await expect(detail).to_contain_text("the model answered 429: try again in 1 s")
    await expect(detail).to_contain_text("language.extract-invoice: attempt 1 failed, will be retried")
    await expect(detail.get_by_text("durable.task_id")).to_be_visible()
    await detail.get_by_role("button", name="Close").click()
    await expect(detail).to_be_hidden()


async def test_links_lead_to_the_other_transaction_and_back(collector: Collector, tab: Page) -> None:
    await send(collector, "shop", a_span("first execution"))
    link = {"traceId": TRACE, "spanId": SPAN}
    await send(collector, "shop", a_span("second execution", traceId=OTHER, spanId=PARENT, links=[link]))
    await tab.goto(f"{collector.url}/#/trace/{OTHER}?span={PARENT}")

    await tab.get_by_role("link", name=TRACE).click()
    await expect(tab.get_by_role("heading", name="first execution").first).to_be_visible()
    await tab.get_by_role("link", name=OTHER).click()

    await expect(tab.get_by_role("heading", name="second execution").first).to_be_visible()


async def test_a_run_that_goes_on_shows_its_root_once_it_comes(collector: Collector, tab: Page) -> None:
    await send(collector, "shop", a_span("turn 1", parentSpanId=PARENT, kind=1))
    await tab.goto(f"{collector.url}/#/trace/{TRACE}")
    await expect(tab.get_by_role("button", name="root has not come yet")).to_be_visible()
    await expect(tab.locator(".head .badge")).to_have_text("root not come yet")

    await send(collector, "shop", a_span("the run", spanId=PARENT))

    await expect(tab.get_by_role("heading", name="the run")).to_be_visible()
    await expect(tab.get_by_text("root has not come yet")).to_have_count(0)
    await expect(tab.locator(".line.span .words")).to_have_text(["the run", "turn 1"])


async def test_a_span_without_its_parent_is_marked_as_an_orphan(collector: Collector, tab: Page) -> None:
    await send(collector, "shop", a_span("root"), a_span("lonely", spanId=PARENT, parentSpanId="9" * 16))
    await tab.goto(f"{collector.url}/#/trace/{TRACE}")

    await expect(tab.get_by_role("row").filter(has_text="lonely")).to_contain_text("orphan")
    await expect(tab.get_by_role("button", name="parent has not come yet")).to_be_visible()


async def test_children_can_be_folded_and_log_lines_hidden(collector: Collector, tab: Page) -> None:
    root = await tell(collector)
    await tab.goto(f"{collector.url}/#/trace/{of_run(root)}")

    await tab.get_by_label("Log lines").uncheck()
    await expect(tab.locator(".line.log")).to_have_count(0)
    await tab.get_by_role("button", name="Children of route invoice.received").click()

    await expect(tab.locator(".line.span .words")).to_have_text(
        ["POST /events", "send events", "route invoice.received"]
    )


async def test_runs_are_shown_first_and_the_others_on_demand(collector: Collector, tab: Page) -> None:
    await send(collector, "shop", a_span("mine", attributes=attributes(durable__instance_id="order-17")))
    await send(collector, "shop", a_span("broken", traceId=OTHER, status={"code": 2}))
    await tab.goto(f"{collector.url}/")
    names = tab.locator("#transactions a.name")

    await expect(names).to_have_text(["mine"])
    await tab.get_by_role("button", name="All 2").click()
    await expect(names).to_have_count(2)
    await tab.get_by_role("button", name="With failures 1").click()

    await expect(names).to_have_text(["broken"])


async def test_a_transaction_is_found_by_its_instance(collector: Collector, tab: Page) -> None:
    for number, trace in ((17, TRACE), (18, OTHER)):
        named = attributes(durable__instance_id=f"order-{number}")
        await send(collector, "shop", a_span(f"of {number}", traceId=trace, attributes=named))
    await tab.goto(f"{collector.url}/")
    names = tab.locator("#transactions a.name")
    await expect(names).to_have_count(2)

    await tab.get_by_label("Find", exact=True).fill("order-18")

    await expect(names).to_have_text(["of 18"])


async def test_the_map_draws_roles_queues_and_the_calls_between_them(collector: Collector, tab: Page) -> None:
    root = await tell(collector)
    await tab.goto(f"{collector.url}/#/trace/{of_run(root)}")
    await tab.get_by_role("link", name="Application map of this run").click()

    await expect(tab.locator(".node.role")).to_have_count(5)
    await expect(tab.locator(".node.queue")).to_have_count(5)
    await expect(tab.locator(".node.database")).to_have_count(1)
    await expect(tab.locator("path.edge")).to_have_count(14)
    call = tab.get_by_role("row").filter(has_text="/commands.language").filter(has_text="226 ms")
    await expect(call).to_contain_text("50 %")


async def test_how_a_run_ended_stands_beside_its_name(collector: Collector, tab: Page) -> None:
    status = [{"key": "durable.status", "value": {"stringValue": "Cancelled"}}]
    await send(collector, "orchestrator", a_span("saga parcels", attributes=status))
    await tab.goto(f"{collector.url}/#/trace/{TRACE}")

    await expect(tab.locator(".line.span").filter(has_text="saga parcels")).to_contain_text("Cancelled")


async def test_metrics_tell_their_last_point_as_a_person_reads_it(collector: Collector, tab: Page) -> None:
    points = [{"timeUnixNano": "1", "count": "4", "sum": 0.5, "min": 0.1, "max": 0.2}]
    metrics = [{"name": "turn.duration", "unit": "s", "histogram": {"dataPoints": points}}]
    body = {"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}
    await asyncio.to_thread(post, f"{collector.url}/v1/metrics", body)
    await tab.goto(f"{collector.url}/#/metrics")

    row = tab.get_by_role("row").filter(has_text="turn.duration")
    await expect(row.get_by_role("cell").nth(1)).to_have_text("125 ms")
    await expect(row.get_by_role("cell").nth(3)).to_have_text("200 ms")


async def test_counters_are_shown_by_label_and_added_up_over_replicas(collector: Collector, tab: Page) -> None:
    for replica, count in (("1", 3), ("2", 4)):
        point = {"timeUnixNano": "1", "asInt": str(count), "attributes": attributes(durable__saga="pay")}
        resource = {"attributes": attributes(service__name="host", service__instance__id=replica)}
        metrics = [{"name": "runs.started", "unit": "{run}", "sum": {"dataPoints": [point]}}]
        body = {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": metrics}]}]}
        await asyncio.to_thread(post, f"{collector.url}/v1/metrics", body)
    await tab.goto(f"{collector.url}/#/metrics")

    row = tab.get_by_role("row").filter(has_text="runs.started")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("saga=pay")
    await expect(row.get_by_role("cell").nth(1)).to_have_text("7")


async def test_the_map_of_the_last_hour_is_in_the_menu(collector: Collector, tab: Page) -> None:
    await send(collector, "shop", a_span("now"))
    await tab.goto(f"{collector.url}/")
    await tab.get_by_role("link", name="Application map").click()

    await expect(tab.locator(".node.role")).to_contain_text("durable.shop")


async def test_what_a_span_says_is_shown_as_the_text_that_it_is(collector: Collector, tab: Page) -> None:
    hostile = a_span(HOSTILE, attributes=[{"key": HOSTILE, "value": {"stringValue": HOSTILE}}])
    await send(collector, HOSTILE, hostile)
    await tab.goto(f"{collector.url}/#/trace/{TRACE}?span={SPAN}")

    await expect(tab.get_by_role("complementary")).to_contain_text(HOSTILE)
    for view in ("#/map", "#/?only=all"):
        await tab.goto(f"{collector.url}/{view}")
        await expect(tab.locator("main")).to_contain_text("<script>")
    assert await tab.locator("main script, main img").count() == 0
    assert "taken" not in await tab.title()


async def test_a_transaction_that_is_not_there_is_awaited(collector: Collector, tab: Page) -> None:
    await tab.goto(f"{collector.url}/#/trace/{TRACE}")
    await expect(tab.get_by_text("appears here once its first span comes")).to_be_visible()

    await send(collector, "shop", a_span("at last"))

    await expect(tab.get_by_role("heading", name="at last")).to_be_visible()


ORDER = [
    "POST /events", "send events", "route invoice.received", "send instances", "saga invoice-data-extraction",
    "turn invoice-data-extraction", "commit",
    "documents.convert-to-markdown", "documents.convert-to-markdown", "complete documents.convert-to-markdown",
    "turn invoice-data-extraction", "commit",
    "language.extract-invoice", "language.extract-invoice", "complete language.extract-invoice",
    "language.extract-invoice", "language.extract-invoice", "complete language.extract-invoice",
    "turn invoice-data-extraction", "commit", "turn invoice-data-extraction", "commit",
    "storage.write-text", "storage.write-text", "complete storage.write-text",
    "storage.write-entity", "storage.write-entity", "complete storage.write-entity",
    "storage.copy-object", "storage.copy-object", "complete storage.copy-object",
    "turn invoice-data-extraction", "commit",
]  # fmt: skip
