"""Requests that arrive too slowly, on a real connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from videochat.server.asgi import Message, Receive, Scope, Send
from videochat.server.http import PromptRequests

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Impatient(PromptRequests):
    """Gives up at once when it may."""

    request_seconds = 0.05


class Patient(PromptRequests):
    """Never gives up while a test runs."""

    request_seconds = 1000


class Upgraded(asyncio.Protocol):
    """Stands for the socket endpoint: answers whatever comes after the upgrade."""

    def __init__(self, config: object, server_state: object, app_state: object) -> None:
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(b"upgraded")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the size of the body; ``/early`` without reading it."""
    size = 0
    if scope["path"] != "/early":
        while True:
            message: Message = await receive()
            if message["type"] == "http.disconnect":
                return
            size += len(message["body"])
            if not message.get("more_body"):
                break
    body = str(size).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(
    protocol: type[PromptRequests],
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that speaks ``protocol``."""
    config = uvicorn.Config(app, http=protocol, ws=Upgraded, log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf",
    ],
    ids=["nothing", "request line", "head", "body"],
)
def test_unfinished_request_is_given_up(beginning: bytes) -> None:
    async def run() -> None:
        async with serving(Impatient) as (reader, writer):
            writer.write(beginning)
            assert await reader.read() == b""

    asyncio.run(run())


def test_second_request_on_a_connection_is_given_up_too() -> None:
    async def run() -> None:
        async with serving(Impatient) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200")
            writer.write(b"GET / HTTP/1.1\r\n")
            assert await reader.read() == b""

    asyncio.run(run())


def test_body_after_an_early_answer_is_given_up() -> None:
    async def run() -> None:
        async with serving(Impatient) as (reader, writer):
            writer.write(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
            assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200")
            assert await reader.read() == b""

    asyncio.run(run())


def test_complete_requests_are_answered() -> None:
    async def run() -> None:
        async with serving(Patient) as (reader, writer):
            for _ in range(3):
                writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo")
                await writer.drain()
                writer.write(b"dy")
                assert (await reader.readuntil(b"\r\n\r\n4")).startswith(b"HTTP/1.1 200")

    asyncio.run(run())


def test_upgraded_connections_are_not_watched() -> None:
    made: list[Impatient] = []

    class Noted(Impatient):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base class
            super().connection_made(transport)
            made.append(self)

    async def run() -> None:
        async with serving(Noted) as (reader, writer):
            writer.write(b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            assert await reader.readexactly(8) == b"upgraded"
            assert made[0]._deadline is None

    asyncio.run(run())
