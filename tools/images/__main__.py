"""`python -m images`: builds every image, runs each until it is healthy, runs the whole system, prints a table."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from images.alone import first_of_each_image, live_alone
from images.buildah import Buildah
from images.building import build_all, make_bases
from images.compose import read_compose
from images.container import Container
from images.errors import ImagesError
from images.network import network_of
from images.programs import need_programs
from images.table import table
from images.whole import run_whole
from stack import StackError

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local" / "images"
SBOMS = ROOT / "out" / "images"
FAILED = 1
EPILOG = "Exit codes: 0 all is well, 1 something is not (the reason is on stderr), 2 wrong usage, 130 interrupted."


def main(arguments: Sequence[str] | None = None) -> int:
    """Do it all and give the exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        need_programs()
        shutil.rmtree(LOCAL, ignore_errors=True)
        for folder in (LOCAL, SBOMS):
            folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as ending:
            layers = parsed.layers or _temporary_folder(ending)
            return _build_and_run(Buildah(layers.resolve()), layers.resolve(), ending)
    except (ImagesError, StackError) as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130


def _temporary_folder(ending: ExitStack) -> Path:
    folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="durable-images-")))
    ending.callback(print, f"Deleting {folder}, which may take a minute ...", flush=True)
    return folder


def _build_and_run(buildah: Buildah, layers: Path, ending: ExitStack) -> int:
    ending.callback(buildah.let_go)
    services = read_compose(ROOT)
    print(f"Layers are kept by {buildah.driver} in {layers}.", flush=True)
    make_bases(buildah, services, ROOT, layers / "base")
    built = list(build_all(buildah, services, ROOT, SBOMS))
    network = ending.enter_context(network_of(list(services), LOCAL / "hosts"))
    images = {image: buildah.describe(image) for image in {service.image for service in services.values()}}
    whole = {
        name: Container(service, images[service.image], buildah.mount(service.image), network, LOCAL, ROOT)
        for name, service in services.items()
    }
    print("Each image alone:", flush=True)
    alone = {name: replace(whole[name], folder=LOCAL / "alone") for name in first_of_each_image(whole)}
    lived = live_alone(alone)
    print("The whole system:", flush=True)
    is_as_expected = asyncio.run(run_whole(whole, LOCAL, ROOT))
    print(table(built, whole, lived))
    print(f"What is installed in each image is listed in {SBOMS.relative_to(ROOT)} (CycloneDX).")
    print("The base was a stand-in made from Debian's packages: the real python image was not pulled.")
    return 0 if is_as_expected else FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m images",
        description="Build every image without a container engine, run each until it is healthy, then the whole "
        "system. For root, on Linux; takes about ten minutes and some gigabytes.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--layers",
        type=Path,
        metavar="FOLDER",
        help="keep the layers here, for the next run (default: deleted at the end)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
