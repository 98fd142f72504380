"""Ask a process whether it is ready; the answer to "no" is a reason that a person can use."""

import asyncio
from datetime import timedelta
from http import HTTPStatus

from stack.process import CommandReady, HttpReady, Ready, TcpReady

HOST = "127.0.0.1"
ANSWER_TIMEOUT = timedelta(seconds=2)
COMMAND_TIMEOUT = timedelta(seconds=10)
BODY_BYTES_MAX = 2_000
BETWEEN_CHECKS = timedelta(seconds=0.05)


async def why_not_ready(check: Ready) -> str | None:
    """Return None when ready, otherwise what was seen instead."""
    if isinstance(check, CommandReady):
        return await _run(check.argv)
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT.total_seconds()):
            return await _ask_tcp(check) if isinstance(check, TcpReady) else await _ask_http(check)
    except TimeoutError:
        return f"no answer on port {check.port} within {ANSWER_TIMEOUT.total_seconds():g} s"
    except OSError as error:
        return f"nothing answers on port {check.port} ({error.strerror or type(error).__name__})"


async def _run(argv: tuple[str, ...]) -> str | None:
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(*argv, stdin=nothing, stdout=nothing, stderr=pipe)
    try:
        async with asyncio.timeout(COMMAND_TIMEOUT.total_seconds()):
            _, said = await child.communicate()
    except TimeoutError:
        return f"{argv[0]} did not end within {COMMAND_TIMEOUT.total_seconds():g} s"
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    last = said.decode(errors="replace").strip().rpartition("\n")[2]
    return None if child.returncode == 0 else f"{argv[0]} ended with exit code {child.returncode}: {last}"


async def _ask_tcp(check: TcpReady) -> str | None:
    _, writer = await asyncio.open_connection(HOST, check.port)
    writer.close()
    return None


async def _ask_http(check: HttpReady) -> str | None:
    reader, writer = await asyncio.open_connection(HOST, check.port)
    try:
        writer.write(f"GET {check.path} HTTP/1.1\r\nHost: {HOST}:{check.port}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read(BODY_BYTES_MAX)
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if status == [str(HTTPStatus.OK.value).encode()]:
        return None
    said = body.decode(errors="replace").strip()
    return f"GET {check.path} on port {check.port} answered {b''.join(status).decode() or 'nothing'} {said}".rstrip()
