from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

from tests.support.virtual_loop import VirtualLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": VirtualLoop}
