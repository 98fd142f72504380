from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

from emulators.testing.virtual_time import VirtualLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": VirtualLoop}
