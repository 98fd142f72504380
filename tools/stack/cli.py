"""The commands of the launcher: what each is for, and which exit code means what."""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console

from stack.demo import fresh_folder, read_samples, run_samples
from stack.detached import join_detached, start_detached
from stack.errors import StackError
from stack.interrupts import interruptible
from stack.local import COLLECTOR, data_folder, local_services, traced_services, traces_folder
from stack.ports import FixedPorts
from stack.record import is_running, stop_recorded
from stack.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
FAILED = 1
INTERRUPTED = 130
EXIT_CODES = "Exit codes: 0 done, 1 failed (the reason is on stderr), 2 wrong usage, 130 interrupted."
FOLDER_HELP = "where the stack keeps its data, logs and record (default: .local in the project's folder)"
SAMPLES_HELP = "a folder with files/ and expected.json (default: samples in the project's folder)"
SAMPLE_HELP = "small: the files of the folder; large: a load that is made for the run (default: small)"
TRACES_HELP = "let the services send traces to a collector, and say at the end how to look at them"
SHARE_HELP = "how much of the large load, from 0.01 to 1 (default: 1)"
LARGE_SAMPLES = (sys.executable, "-m", "samples.large")
ABOUT = {
    "servicebus": "local Service Bus endpoint",
    "cosmos": "local Cosmos DB endpoint",
    COLLECTOR: "traces: each run as an end-to-end transaction",
    "ingestor": "send events (POST /events) and files (POST /files/NAME) here",
    "orchestrator-1": "management API (GET /instances)",
    "orchestrator-2": "management API, second replica",
    "worker-documents": "health only",
    "worker-tabular": "health only",
    "worker-http": "health only",
    "worker-storage": "health, and objects by signed URL (GET /objects/STORE/NAME)",
    "worker-language": "prompts of language models (GET /prompts)",
    "worker-secrets": "health only",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = parsed.command
    try:
        return command(parsed)
    except StackError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def up(parsed: argparse.Namespace) -> int:
    """Start the stack in the background and return once it is ready; a stack that is up is left as it is."""
    folder: Path = parsed.folder
    if is_running(folder):
        urls = join_detached(folder)
        print("The stack is already up:")
    else:
        print("Starting the stack ...", flush=True)
        urls = start_detached(folder)
        print("The stack is up:")
    print(url_table(urls))
    print(f"Files put into {shown(folder / 'inbox')} are received.")
    print(f"Data and logs lie in {shown(folder)}; make down stops it.")
    return 0


def down(parsed: argparse.Namespace) -> int:
    """Stop the stack that `up` or `serve` started; its data and logs stay."""
    print("The stack is stopped." if stop_recorded(parsed.folder) else "No stack is up.")
    return 0


def serve(parsed: argparse.Namespace) -> int:
    """Run the stack in the foreground until interrupted; a second Ctrl-C kills what has not stopped yet."""
    stack = Stack(parsed.folder, FixedPorts(), traced_services, say=say)
    return asyncio.run(interruptible(_hold(stack), if_interrupted=0, at_second=stack.kill_all))


async def _hold(stack: Stack) -> int:
    await stack.start()
    try:
        print(url_table(stack.urls), flush=True)
        await asyncio.Event().wait()
    finally:
        await stack.stop()
    return 0


def run(parsed: argparse.Namespace) -> int:
    """Send the sample files through a stack of its own, show what becomes of them, and stop it.

    The exit code is 0 only if every saga ended as samples/expected.json says. With --sample large the files are made
    for the run: ten million rows, a PDF of a thousand pages, ten thousand texts, three hundred invoices.
    """
    folder = fresh_folder(LOCAL)
    console = Console()
    if parsed.sample == "large":
        large = data_folder(folder) / "samples"
        console.print("Making ten million rows and other large samples ...")
        subprocess.run([*LARGE_SAMPLES, str(large), str(parsed.share)], cwd=ROOT, check=True)
        samples = read_samples(large)
    else:
        samples = read_samples(parsed.samples)
    services = traced_services if parsed.traces else local_services
    stack = Stack(folder, None, services, say=lambda line: console.print(line, highlight=False, soft_wrap=True))
    work = run_samples(stack, samples, ROOT, console)
    as_expected = asyncio.run(interruptible(work, if_interrupted=None, at_second=stack.kill_all))
    if parsed.traces:
        print(f"Traces: {shown(Path(sys.executable))} -m emulators.telemetry --data {shown(traces_folder(folder))}")
    return INTERRUPTED if as_expected is None else 0 if as_expected else FAILED


def say(line: str) -> None:
    """Print one thing that happened, with the time of day."""
    print(f"{datetime.now().astimezone():%H:%M:%S} {line}", flush=True)


def url_table(urls: Mapping[str, str]) -> str:
    """Lay out where each process is reached, and what for."""
    return "\n".join(f"  {name:<17} {url:<23} {ABOUT.get(name, '')}".rstrip() for name, url in urls.items())


def shown(path: Path) -> str:
    """Write a path as people type it in the project's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m stack",
        description="Start, watch and stop the local stack: endpoints and services. Development only.",
        epilog=EXIT_CODES,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (run, up, down, serve):
        text = (command.__doc__ or "").strip()
        described = commands.add_parser(
            command.__name__, help=text.splitlines()[0], description=text, epilog=EXIT_CODES
        )
        described.set_defaults(command=command)
        if command is run:
            described.add_argument("--samples", type=Path, default=ROOT / "samples", help=SAMPLES_HELP)
            described.add_argument("--sample", choices=("small", "large"), default="small", help=SAMPLE_HELP)
            described.add_argument("--traces", action="store_true", help=TRACES_HELP)
            described.add_argument("--share", type=float, default=1.0, help=SHARE_HELP)
        else:
            described.add_argument("--folder", type=Path, default=LOCAL, help=FOLDER_HELP)
    return parser
