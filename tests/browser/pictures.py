"""Take the pictures of the collector's page that the documentation shows: `python -m tests.browser.pictures`."""

import asyncio
import time
from pathlib import Path

from playwright.async_api import async_playwright

from emulators.telemetry import Collector
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.support.telemetry_story import tell_run_to

IMAGES = Path(__file__).parents[2] / "docs" / "images"


async def take() -> None:
    async with Collector(port=7303) as collector, async_playwright() as playwright:
        root = await asyncio.to_thread(tell_run_to, collector.url, time.time_ns() - 5_000_000_000)
        trace_id = f"{root.trace_id:032x}"
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = await browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        await tab.goto(f"{collector.url}/#/trace/{trace_id}")
        await tab.locator(".line.span.failed .name", has_text="language.extract-invoice").last.click()
        await tab.get_by_text("durable.task_id").wait_for()
        await tab.screenshot(path=IMAGES / "trace-page.png", full_page=True)
        await tab.goto(f"{collector.url}/#/map/{trace_id}")
        await tab.locator(".node.role").first.wait_for()
        await tab.screenshot(path=IMAGES / "map-page.png", full_page=True)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take())
