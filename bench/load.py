"""The load generator: one process, all clients. Reads a :class:`Task` from standard input, writes an :class:`Outcome` to standard output.

Both servers get the same payload in frames of the same size; only the envelope differs.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import uvloop
from msgspec import Struct

from bench.process import cpu_seconds, memory_bytes
from bench.servers import Running
from bench.town import HUB, open_town, partner, user_id
from bench.wire import Client, masked_text

_OPENING_AT_ONCE: Final = 32
_TICK: Final = 0.001
_GIVE_UP: Final = 60
Traffic = Literal["relay", "signal"]


class Task(Struct, frozen=True):
    """What to do to which server."""

    server: Running
    connections: int
    traffic: Traffic | None = None
    """``None``: the connections stay idle."""
    rate: int | None = None
    """Messages a second over all connections; ``None``: each connection answers each message with its next."""
    seconds: float = 0
    size: int = 1024
    """Bytes of a frame's text."""


class Outcome(Struct, frozen=True):
    """What came out. Figures that were not asked for are 0."""

    per_second: float = 0
    cpu_us: float = 0
    """Processor time of the server per message, microseconds, all threads, user and system."""
    server_load: float = 0
    """Processors the server used."""
    client_load: float = 0
    """Processors the load generator used: at 1 it would be what is measured."""
    idle_kb: float = 0
    """Resident memory per idle connection, KiB."""
    reached: int = 0
    """Idle connections that were told that the hub has come, that it has gone, and answered after that."""


class Crowd:
    """All clients. Subclasses know the server's language."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.clients: list[Client] = []
        self.messages = 0
        self.odd: Counter[str] = Counter()
        self.answering = True
        self._frames: dict[Client, bytes] = {}
        self._counted = b""

    # --- What differs

    def target(self, number: int) -> str:
        """Where client ``number`` connects."""
        raise NotImplementedError

    async def prepare(self) -> None:
        """Makes ready for traffic after all have connected."""
        raise NotImplementedError

    def envelope(self, number: int, payload: dict[str, Any]) -> dict[str, Any]:
        """A message of client ``number`` to its partner."""
        raise NotImplementedError

    # --- What does not

    async def open(self) -> None:
        """Connects everybody."""
        gate = asyncio.Semaphore(_OPENING_AT_ONCE)

        async def open_one(number: int) -> Client:
            async with gate:
                client = Client(self.target(number), self.on_message)
                await client.open(self.task.server.port)
                return client

        self.clients = list(await asyncio.gather(*map(open_one, range(self.task.connections))))

    def on_message(self, client: Client, message: bytes) -> None:
        """Counts a message and answers it with the next."""
        if not message.startswith(self._counted):
            self.odd[message[:48].decode("utf-8", "replace")] += 1
            return
        self.messages += 1
        if self.answering:
            client.send(self._frames[client])

    def make_frames(self) -> None:
        """Makes the one frame that each client sends again and again."""
        for number, client in enumerate(self.clients):
            payload = {"type": "candidates", "candidates": _CANDIDATES, "pad": ""}
            missing = self.task.size - len(msgspec.json.encode(self.envelope(number, payload)))
            message = msgspec.json.encode(self.envelope(number, {**payload, "pad": "x" * missing}))
            assert len(message) == self.task.size
            self._frames[client] = masked_text(message)

    async def measure(self) -> Outcome:
        """Traffic for the time asked for."""
        self.make_frames()
        self.odd.clear()
        self.answering = self.task.rate is None
        if self.task.rate is None:
            for client in self.clients:
                client.send(self._frames[client])
        else:
            self._pace(self.task.rate)
        await asyncio.sleep(min(1.0, self.task.seconds / 3))
        pid = self.task.server.pid
        messages, server, own, began = (
            self.messages,
            cpu_seconds(pid),
            time.process_time(),
            time.perf_counter(),
        )
        await asyncio.sleep(self.task.seconds)
        elapsed = time.perf_counter() - began
        messages, server, own = self.messages - messages, cpu_seconds(pid) - server, time.process_time() - own
        if self.odd or any(client.lost for client in self.clients) or not messages:
            raise RuntimeError(f"{messages} messages; besides: {dict(self.odd.most_common(5))}")
        return Outcome(
            per_second=messages / elapsed,
            cpu_us=server / messages * 1e6,
            server_load=server / elapsed,
            client_load=own / elapsed,
        )

    def _pace(self, rate: int) -> None:
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0

        def tick() -> None:
            nonlocal sent
            due = int((loop.time() - began) * rate)
            for number in range(sent, due):
                # A stride that is coprime to the number of clients: everybody's turn comes, neighbours are not served together.
                client = self.clients[number * 37 % len(self.clients)]
                client.send(self._frames[client])
            sent = due
            loop.call_later(_TICK, tick)

        tick()


class VideoChatCrowd(Crowd):
    """Clients of Video Chat, in pairs, each pair in an accepted call."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._services = open_town(Path(task.server.data), task.server.port)
        self._welcomed = 0
        self._routes: dict[int, str] = {}
        self._numbers: dict[Client, int] = {}
        self._accepted = 0

    def target(self, number: int) -> str:
        return self.target_of(user_id(number))

    def target_of(self, user: str) -> str:
        """Where ``user`` connects, with a fresh ticket."""
        return f"/ws?Auth={self._services.core.tickets.issue(user).ticket}"

    async def prepare(self) -> None:
        self._numbers = {client: number for number, client in enumerate(self.clients)}
        await self.hello()
        for number in range(0, len(self.clients), 2):
            call = {"action": "invite", "callId": _call_id(number), "to": user_id(partner(number))}
            self.say(self.clients[number], call)
        # Each call is accepted by whom it rings at; then both sides have a route ticket.
        await until(lambda: len(self._routes) == len(self.clients), "calls")
        self._counted = f'{{"action":"{self.task.traffic}"'.encode()

    async def hello(self) -> None:
        """Waits until everybody has been welcomed."""
        for client in self.clients:
            self.say(client, {"action": "hello"})
        await until(lambda: self._welcomed == len(self.clients), "welcomes")

    def say(self, client: Client, frame: dict[str, Any]) -> None:
        """Sends a frame."""
        client.send(masked_text(msgspec.json.encode(frame)))

    def on_message(self, client: Client, message: bytes) -> None:
        if self._counted:
            super().on_message(client, message)
            return
        frame = msgspec.json.decode(message)
        match frame["action"]:
            case "welcome":
                self._welcomed += 1
            case "invite":
                self.say(client, {"action": "accept", "callId": frame["callId"]})
            case "accept" | "accepted":
                self._routes[self._numbers[client]] = frame["route"]
            case "error":
                raise RuntimeError(f"{frame}")

    def envelope(self, number: int, payload: dict[str, Any]) -> dict[str, Any]:
        frame: dict[str, Any] = {
            "action": self.task.traffic,
            "callId": _call_id(number & ~1),
            "payload": payload,
        }
        if self.task.traffic == "relay":
            return {**frame, "to": user_id(partner(number))}
        return {**frame, "ticket": self._routes[number]}


class PeerCrowd(Crowd):
    """Clients of PeerServer."""

    def target(self, number: int) -> str:
        return f"/peerjs?key=peerjs&id={user_id(number)}&token={number}"

    async def prepare(self) -> None:
        # The connection counts once this has come.
        await until(lambda: self.odd['{"type":"OPEN"}'] == len(self.clients), "OPEN messages")
        self._counted = b'{"type":"CANDIDATE"'

    def on_message(self, client: Client, message: bytes) -> None:
        if self._counted:
            super().on_message(client, message)
        else:
            self.odd[message[:48].decode()] += 1

    def envelope(self, number: int, payload: dict[str, Any]) -> dict[str, Any]:
        return {"type": "CANDIDATE", "dst": user_id(partner(number)), "payload": payload}


_CANDIDATES: Final = [
    {
        "candidate": f"candidate:{842163049 + n} 1 udp 1677729535 192.0.2.{n + 10} {50000 + n} typ srflx "
        "raddr 0.0.0.0 rport 0 generation 0 ufrag EsAw network-cost 999",
        "sdpMid": "0",
        "sdpMLineIndex": 0,
        "usernameFragment": "EsAw",
    }
    for n in range(3)
]
"""As browsers write them. With what goes around it and a filler, they make the frame."""


def _call_id(number: int) -> str:
    return f"call-{number:08}-{'x' * 20}"


async def until(condition: Callable[[], bool], what: str) -> None:
    """Waits until ``condition()`` holds.

    :raises RuntimeError: it took more than a minute.
    """
    deadline = time.monotonic() + _GIVE_UP
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"There are still {what} missing.")
        await asyncio.sleep(0.01)


async def traffic(task: Task) -> Outcome:
    """Messages between partners."""
    crowd = VideoChatCrowd(task) if task.server.kind == "videochat" else PeerCrowd(task)
    await crowd.open()
    await crowd.prepare()
    return await crowd.measure()


async def idle(task: Task) -> Outcome:
    """Connections that do nothing."""
    before = memory_bytes(task.server.pid)
    if task.server.kind == "peer":
        crowd: Crowd = PeerCrowd(task)
        await crowd.open()
        await crowd.prepare()
        return Outcome(idle_kb=(memory_bytes(task.server.pid) - before) / 1024 / task.connections)
    people = VideoChatCrowd(task)
    await people.open()
    await people.hello()
    kb = (memory_bytes(task.server.pid) - before) / 1024 / task.connections
    return Outcome(idle_kb=kb, reached=await reach(people))


async def reach(people: VideoChatCrowd) -> int:
    """How many connections are told that the hub comes and goes, and answer a ping afterwards."""
    online, offline, pongs = set[Client](), set[Client](), set[Client]()

    def on_message(client: Client, message: bytes) -> None:
        frame = msgspec.json.decode(message)
        if frame["action"] == "presence" and frame["userId"] == HUB:
            (online if frame["online"] else offline).add(client)
        elif frame["action"] == "pong":
            pongs.add(client)

    for client in people.clients:
        client.on_message = on_message
    hub = Client(people.target_of(HUB), lambda *_: None)
    await hub.open(people.task.server.port)
    await until(lambda: len(online) == len(people.clients), "presence frames")
    hub.close()
    await until(lambda: len(offline) == len(people.clients), "presence frames")
    for client in people.clients:
        people.say(client, {"action": "ping"})
    await until(lambda: len(pongs) == len(people.clients), "pongs")
    return len(online & offline & pongs)


def main() -> None:
    """Does one task."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    outcome = uvloop.run(traffic(task) if task.traffic else idle(task))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


if __name__ == "__main__":
    main()
