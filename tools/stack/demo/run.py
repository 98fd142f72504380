"""Run the samples: start a stack, send the files, watch the sagas, copy their outputs, stop the stack, judge."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from rich.console import Console

from stack.demo.display import Display
from stack.demo.instances import Instances
from stack.demo.progress import Progress, print_totals
from stack.demo.publishing import Published, Ways, publish
from stack.demo.report import Places, Result, collect, print_results
from stack.demo.samples import Sending
from stack.demo.verdict import Line, compare, is_settled
from stack.demo.web import TOKEN
from stack.local import objects_folder
from stack.stack import Stack

SHOWN_EACH = 100
PATIENCE = timedelta(seconds=120)
PATIENCE_WITH_LOADS = timedelta(minutes=20)  # Nothing changes for long while one file of millions of rows is converted.
BETWEEN_LOOKS = timedelta(seconds=0.25)

SignIn: TypeAlias = Callable[[], Awaitable[str]]


async def nobody() -> str:
    """Give no token: services that listen on this machine alone want none."""
    return ""


async def run_samples(
    stack: Stack, samples: Sequence[Sending], root: Path, console: Console, sign_in: SignIn = nobody
) -> bool:
    """Run the samples in a stack that is not started yet, and return whether every saga ended as expected.

    Requests bring the token that `sign_in` gives once the stack is ready.
    """
    began = time.monotonic()
    await stack.start()
    try:
        TOKEN.set(await sign_in())
        took = time.monotonic() - began
        console.print(f"The stack is ready after {took:.1f} s; its logs: {stack.folder / 'logs'}", soft_wrap=True)
        ways = Ways(stack.urls["ingestor"], stack.processes["ingestor"].env)
        instances = Instances(stack.urls["orchestrator-1"])
        lines: Sequence[Line] = ()
        published: list[Published] = []
        is_load = len(samples) > SHOWN_EACH
        patience = PATIENCE_WITH_LOADS if is_load else PATIENCE
        with Progress(console) if is_load else Display(console) as display:
            for late in (False, True):
                chosen = [sending for sending in samples if sending.after_others is late]
                published += [await publish(ways, sending) for sending in chosen]
                lines = await _watch(instances, published, display, patience)
        results = await _collect(lines, instances, Places(objects_folder(stack.folder), root / "out"))
    finally:
        await stack.stop()
    if len(samples) > SHOWN_EACH:
        print_totals(results, console)
    else:
        print_results(results, console, root)
    return not any(result.difference for result in results)


async def _watch(
    instances: Instances, published: Sequence[Published], display: Display | Progress, patience: timedelta
) -> Sequence[Line]:
    lines: Sequence[Line] = ()
    changed = time.monotonic()
    while True:
        before, lines = lines, compare(published, await instances.look())
        display.show(lines)
        if is_settled(lines):
            return lines
        if lines != before:
            changed = time.monotonic()
        elif time.monotonic() - changed > patience.total_seconds():
            return lines
        await asyncio.sleep(BETWEEN_LOOKS.total_seconds())


async def _collect(lines: Sequence[Line], instances: Instances, places: Places) -> list[Result]:
    endings = [await instances.ending(line.instance) if line.instance else None for line in lines]
    return [collect(line, ending, places) for line, ending in zip(lines, endings, strict=True)]
