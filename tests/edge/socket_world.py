"""Socket connections without a network: the server's protocol class on a transport made of memory."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from tests.fakes import FakeIds, Fakes
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import CLIENT, State
from websockets.protocol import Protocol as Codec

from videochat.adapters.local.push import LocalPush
from videochat.adapters.local.timers import LocalTimers
from videochat.core.models import Identity
from videochat.server.sockets import SocketServer, SocketSettings

ORIGIN = "https://chat.example"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class SocketWorld(Fakes):
    """A core whose stores are fakes, with the real push, timers and socket server around it."""

    def __init__(self, settings: SocketSettings | None = None) -> None:
        super().__init__()
        self.push = LocalPush()
        self.timers = LocalTimers(self.clock)
        self.core = self.assemble(self.push, self.timers, ids="ticket")
        self.server = SocketServer(
            self.core, self.push, self.timers, settings or SocketSettings(origins=(ORIGIN,)), FakeIds("c")
        )

    def people(self, *names: str) -> None:
        """Users, all of them each other's contacts. The token of ``ada`` is ``token.of.ada``."""
        for name in names:
            identity = Identity(name, f"{name}@example.org", name.title())
            self.tokens.add(f"token.of.{name}", identity)
            self.core.users.current(identity)
        for index, name in enumerate(names):
            for other in names[index + 1 :]:
                self.core.contacts.add(name, f"{other}@example.org")
                self.core.contacts.change(other, name, "accepted")


class MemoryTransport(asyncio.Transport):
    """Keeps what is written. Closing it makes :attr:`lose` be called, soon."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.lose: Callable[[], None] = lambda: None
        self.closed = False
        self.aborted = False
        self.eof = False
        self.paused = False
        self.buffered = 0
        """What :meth:`get_write_buffer_size` says."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed, "nothing may be written after closing"
        assert not self.eof, "nothing may be written after the end"
        self.written += data

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.eof = True

    def close(self) -> None:
        self.closed = True
        asyncio.get_running_loop().call_soon(self.lose)

    def abort(self) -> None:
        self.aborted = True
        self.close()

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.7", 4711) if name == "peername" else default


class ServerState:
    """What uvicorn hands over."""

    def __init__(self) -> None:
        self.connections: set[Any] = set()


class MemoryClient:
    """One client on a :class:`MemoryTransport`."""

    def __init__(self, world: SocketWorld, state: ServerState | None = None) -> None:
        self.world = world
        self.state = state or ServerState()
        self.transport = MemoryTransport()
        make: Callable[..., Any] = world.server.protocol_class
        self.protocol: Any = make(config=None, server_state=self.state, app_state={})
        self.protocol.connection_made(self.transport)
        self.codec = Codec(CLIENT, state=State.OPEN)
        self._lost = False
        self.transport.lose = self.lose

    # --- Handshake

    def request(self, target: str = "/ws?Auth=token.of.ada", **headers: str) -> None:
        """Sends an upgrade request; keyword arguments replace headers, ``None`` as text leaves one out."""
        fields = {
            "host": "chat.example",
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": KEY,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"GET {target} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items() if v), "", ""]
        self.protocol.data_received("\r\n".join(lines).encode("latin-1"))

    async def answer(self) -> int:
        """Waits for the answer to the request and returns its status. Frames behind it stay for :meth:`frames`."""
        await until(lambda: b"\r\n\r\n" in self.transport.written or self.transport.closed)
        head, _, rest = bytes(self.transport.written).partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        if status == 101:
            self.transport.written[:] = rest
        return status

    async def open(self, target: str = "/ws?Auth=token.of.ada") -> "MemoryClient":
        """Opens the WebSocket."""
        self.request(target)
        assert await self.answer() == 101
        return self

    # --- Messages

    def send(self, frame: object) -> None:
        """Sends a frame of the wire protocol."""
        self.raw(Frame(Opcode.TEXT, json.dumps(frame).encode()).serialize(mask=True))

    def raw(self, data: bytes) -> None:
        """Sends bytes."""
        self.protocol.data_received(data)

    def events(self) -> list[Frame]:
        """WebSocket frames that have come since the last look."""
        data, self.transport.written = bytes(self.transport.written), bytearray()
        self.codec.receive_data(data)
        return [frame for frame in self.codec.events_received() if isinstance(frame, Frame)]

    def frames(self) -> list[Any]:
        """Frames of the wire protocol that have come since the last look."""
        return [json.loads(bytes(event.data)) for event in self.events() if event.opcode is Opcode.TEXT]

    def close_code(self) -> int | None:
        """The code of the close frame that came since the last look."""
        for event in self.events():
            if event.opcode is Opcode.CLOSE:
                return int(Close.parse(bytes(event.data)).code)
        return None

    def lose(self) -> None:
        """The connection is gone. The transport says so once."""
        if not self._lost:
            self._lost = True
            self.transport.closed = True
            self.protocol.connection_lost(None)


async def until(condition: Callable[[], bool]) -> None:
    """Lets the event loop and the workers run until ``condition()`` holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the workers' threads set no event
            await asyncio.sleep(0)
