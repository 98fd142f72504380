import asyncio

import pytest

from emulators.testing.pipe import PipeEnd, pipe


class Listener(asyncio.Protocol):
    def __init__(self) -> None:
        self.log: list[object] = []
        self.end: PipeEnd | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, PipeEnd)
        self.end = transport

    def data_received(self, data: bytes) -> None:
        self.log.append(data)

    def eof_received(self) -> None:
        self.log.append("eof")

    def connection_lost(self, error: Exception | None) -> None:
        self.log.append(type(error).__name__)

    def pause_writing(self) -> None:
        self.log.append("pause")

    def resume_writing(self) -> None:
        self.log.append("resume")


def two() -> tuple[Listener, Listener, PipeEnd, PipeEnd]:
    client, server = Listener(), Listener()
    end = pipe(client, server, ("there", 1))
    assert server.end is not None
    return client, server, end, server.end


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_is_written_arrives_in_a_later_turn_in_one_piece() -> None:
    _, server, end, _ = two()

    end.write(b"a")
    end.write(b"b")
    at_once = list(server.log)
    await turns()

    assert (at_once, server.log) == ([], [b"ab"])
    assert end.get_extra_info("peername") == ("there", 1)


async def test_what_was_written_before_the_end_arrives() -> None:
    client, server, end, _ = two()

    end.write(b"a")
    end.close()
    await turns()

    assert server.log == [b"a", "eof", "NoneType"]
    assert client.log == ["NoneType"]


async def test_an_abort_resets_the_other_end() -> None:
    client, server, end, _ = two()

    end.abort()
    await turns()

    assert (client.log, server.log) == (["NoneType"], ["ConnectionResetError"])


async def test_writing_to_an_end_that_is_gone_breaks_the_pipe() -> None:
    client, _, end, other = two()
    other.lose(None)

    end.write(b"a")
    await turns()

    assert client.log == ["BrokenPipeError"]


async def test_a_reader_that_pauses_makes_the_writer_pause() -> None:
    client, server, end, other = two()
    other.pause_reading()

    end.write(bytes(100_000))
    await turns()
    unread = end.get_write_buffer_size()
    other.resume_reading()
    await turns()

    assert unread == 100_000
    assert client.log == ["pause", "resume"]
    assert [len(data) for data in server.log if isinstance(data, bytes)] == [100_000]


@pytest.mark.parametrize("size", [0, 1_000_000])
async def test_streams_of_asyncio_work_on_it(size: int) -> None:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    server = Listener()
    end = pipe(protocol, server, ("there", 1))
    writer = asyncio.StreamWriter(end, protocol, reader, asyncio.get_running_loop())

    assert server.end is not None
    server.end.write(bytes(size))
    server.end.close()
    received = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert received == bytes(size)
