import asyncio
import sys

from stack import CommandReady
from stack.readiness import why_not_ready


def python(code: str) -> CommandReady:
    return CommandReady((sys.executable, "-c", code))


async def test_a_command_that_ends_well_says_ready() -> None:
    assert await why_not_ready(python("")) is None


async def test_a_command_that_fails_says_why_in_its_last_line() -> None:
    reason = await why_not_ready(python("import sys; sys.stderr.write('first\\nconnection refused\\n'); sys.exit(3)"))

    assert reason == f"{sys.executable} ended with exit code 3: connection refused"


async def test_a_command_that_is_no_longer_waited_for_is_ended() -> None:
    calls: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda *call: calls.put_nowait(call), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    hangs = python(f"import socket; socket.create_connection(('127.0.0.1', {port})).recv(1)")
    async with server, asyncio.timeout(30):
        asking = asyncio.create_task(why_not_ready(hangs))
        reader, writer = await calls.get()
        asking.cancel()
        await asyncio.wait([asking])

        assert await reader.read() == b""
        writer.close()
