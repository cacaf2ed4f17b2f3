"""Opening handshake, flow control and closing, on a transport made of memory."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from tests.edge.socket_world import ORIGIN, MemoryClient, ServerState, SocketWorld, until
from websockets.frames import Close, Frame, Opcode

from videochat.core.errors import Unavailable, VideoChatError
from videochat.core.services import CoreSettings
from videochat.server.sockets import SocketSettings

MANY = CoreSettings().max_connections

Scenario = Callable[[SocketWorld], Awaitable[None]]


def play(scenario: Scenario, **settings: Any) -> None:
    """Runs ``scenario`` with Ada and Grace in the world and the socket server started; checks that it leaves nothing behind."""

    async def run() -> None:
        world = SocketWorld(SocketSettings(origins=(ORIGIN,), **settings))
        world.people("ada", "grace")
        world.server.start()
        try:
            await scenario(world)
        finally:
            await world.server.stop()
        assert world.connections.rows == {}

    asyncio.run(run())


# --- Handshake


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/ws", {}, 401),
        ("/ws?Auth=", {}, 401),
        ("/ws?Auth=nobody.knows.it", {}, 401),
        ("/ws?auth=token.of.ada", {}, 401),
        ("/ws?Auth=a.b", {}, 401),
        ("/ws?Auth=%ff%fe.x", {}, 401),
        ("/ws?Auth=" + "x" * 9000, {}, 401),
        ("/elsewhere?Auth=token.of.ada", {}, 404),
        ("/ws?" + "&".join(f"x{n}=1" for n in range(40)), {}, 400),
        ("/ws?Auth=token.of.ada", {"origin": "https://evil.example"}, 403),
        ("/ws?Auth=token.of.ada", {"origin": "null"}, 403),
        ("/ws?Auth=token.of.ada", {"sec_websocket_version": "12"}, 400),
        ("/ws?Auth=token.of.ada", {"sec_websocket_key": "short"}, 400),
        ("/ws?Auth=token.of.ada", {"sec_websocket_key": ""}, 400),
    ],
)
def test_refusals_leave_nothing_behind(target: str, headers: dict[str, str], status: int) -> None:
    async def scenario(world: SocketWorld) -> None:
        client = MemoryClient(world)
        client.request(target, **headers)
        assert await client.answer() == status
        assert client.transport.closed
        client.lose()
        assert world.connections.rows == {}
        assert len(world.server) == 0
        assert client.state.connections == set()

    play(scenario)


@pytest.mark.parametrize("headers", [{}, {"origin": ORIGIN}])
def test_a_token_opens_a_socket(headers: dict[str, str]) -> None:
    async def scenario(world: SocketWorld) -> None:
        client = MemoryClient(world)
        client.request(**headers)
        assert await client.answer() == 101
        client.send({"action": "hello", "id": "h"})
        await until(lambda: len(client.transport.written) > 0)
        (welcome,) = client.frames()
        assert (welcome["action"], welcome["id"]) == ("welcome", "h")
        assert (welcome["userId"], welcome["deviceId"]) == ("ada", welcome["connectionId"])
        assert client.protocol in client.state.connections

    play(scenario)


def test_a_ticket_opens_one_socket() -> None:
    async def scenario(world: SocketWorld) -> None:
        ticket = world.core.tickets.issue("ada").ticket
        await MemoryClient(world).open(f"/ws?Auth={ticket}")
        second = MemoryClient(world)
        second.request(f"/ws?Auth={ticket}")
        assert await second.answer() == 401
        assert len(world.connections.rows) == 1

    play(scenario)


def test_the_device_is_what_the_client_says_if_it_is_an_id() -> None:
    async def scenario(world: SocketWorld) -> None:
        await MemoryClient(world).open("/ws?Auth=token.of.ada&Device=tab-1")
        await MemoryClient(world).open("/ws?Auth=token.of.grace&Device=%00")
        devices = {row.user_id: (row.device_id, row.connection_id) for row in world.connections.rows.values()}
        assert devices["ada"][0] == "tab-1"
        assert devices["grace"][0] == devices["grace"][1]

    play(scenario)


@pytest.mark.parametrize("failing", ["tokens", "connections", "contacts"])
def test_a_failing_store_refuses_for_now(failing: str) -> None:
    async def scenario(world: SocketWorld) -> None:
        getattr(world, failing).fail_next()
        client = MemoryClient(world)
        client.request()
        assert await client.answer() == 503
        client.lose()
        assert len(world.server) == 0

    play(scenario)


def test_a_crash_refuses_one_client() -> None:
    async def scenario(world: SocketWorld) -> None:
        world.contacts.fail_next(error=_Bug())
        client = MemoryClient(world)
        client.request()
        assert await client.answer() == 500
        assert world.connections.rows == {}
        await MemoryClient(world).open()

    play(scenario)


def test_a_client_that_goes_before_the_answer_is_forgotten() -> None:
    async def scenario(world: SocketWorld) -> None:
        client = MemoryClient(world)
        client.request()
        client.lose()
        assert len(world.server) == 0

    play(scenario)


def test_a_client_that_speaks_before_the_answer_is_cut_off() -> None:
    async def scenario(world: SocketWorld) -> None:
        client = MemoryClient(world)
        client.request()
        client.send({"action": "hello"})
        assert client.transport.aborted
        client.lose()

    play(scenario)


def test_frames_that_come_during_the_handshake_follow_it() -> None:
    async def scenario(world: SocketWorld) -> None:
        client = MemoryClient(world)
        client.request()
        assert world.push.send([client.protocol.connection_id], b'{"action":"first"}') == set()
        world.push.send([client.protocol.connection_id], b'{"action":"second"}')
        assert client.transport.written == b""
        assert await client.answer() == 101
        assert [frame["action"] for frame in client.frames()] == ["first", "second"]
        assert not client.transport.paused

    play(scenario)


# --- Messages


def test_a_relay_reaches_every_device_of_the_other_and_is_stamped() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        grace = [await MemoryClient(world).open(f"/ws?Auth=token.of.grace&Device=tab-{n}") for n in (1, 2)]
        ada.frames()
        ada.send({"action": "relay", "to": "grace", "payload": 1, "from": {"userId": "grace"}, "id": "x"})
        for tab in grace:
            (frame,) = tab.frames()
            assert frame["payload"] == 1
            assert frame["from"]["userId"] == "ada"
            assert "id" not in frame
        assert ada.frames() == []

    play(scenario)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"{" * 40, b'{"action":"ping","x":"' + b"x" * 40_000 + b'"}'])
def test_bad_messages_get_an_error_and_the_connection_survives(data: bytes) -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        ada.raw(Frame(Opcode.TEXT, data).serialize(mask=True))
        ada.raw(Frame(Opcode.BINARY, data[:10]).serialize(mask=True))
        ada.send({"action": "ping"})
        first, second, third = ada.frames()
        assert first["code"] == ("too_large" if len(data) > 32_768 else "bad_frame")
        assert second["code"] == "bad_frame"
        assert third["action"] == "pong"

    play(scenario)


def test_a_message_beyond_all_measure_closes_the_connection() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        ada.raw(Frame(Opcode.TEXT, b"x" * 131_073).serialize(mask=True))
        said, closed = ada.events()
        assert json.loads(bytes(said.data))["code"] == "too_large"
        assert Close.parse(bytes(closed.data)).code == 1009
        assert ada.transport.eof
        assert not ada.transport.closed
        ada.raw(b"the rest of it")
        assert ada.transport.written == b""

    play(scenario)


def test_for_push_a_closing_socket_is_gone() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        ada.protocol.close(1001, "")
        assert world.push.send([ada.protocol.connection_id], b"{}") == {ada.protocol.connection_id}
        ada.protocol.send(b"{}")
        assert ada.close_code() == 1001
        assert ada.transport.written == b""

    play(scenario)


# --- Closing


def test_closing_is_answered_and_forgotten() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        ada.raw(Frame(Opcode.CLOSE, Close(1000, "").serialize()).serialize(mask=True))
        assert ada.close_code() == 1000
        assert ada.transport.closed
        ada.lose()
        await until(lambda: world.connections.rows == {})
        assert len(world.server) == 0

    play(scenario)


def test_idle_sockets_are_closed() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        ada.protocol.check(0, 0)
        ada.send({"action": "ping"})
        ada.protocol.check(599_000, 0)
        ada.frames()
        ada.protocol.check(1_198_999, 0)
        assert ada.transport.written == b""
        ada.protocol.check(1_199_000, 0)
        assert ada.close_code() == 1001

    play(scenario)


def test_expired_sockets_are_closed() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        expires_at = world.clock.now() + 2 * 3600 * 1000
        ada.protocol.check(0, expires_at - 1)
        assert ada.transport.written == b""
        ada.protocol.check(0, expires_at)
        assert ada.close_code() == 1001

    play(scenario)


def test_idle_and_expired_sockets_are_looked_for_from_time_to_time() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        world.clock.advance(2 * 3600 * 1000)
        await until(lambda: len(ada.transport.written) > 0)
        assert ada.close_code() == 1001

    play(scenario, check_seconds=0.001)


def test_sockets_of_removed_users_are_closed() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        grace = await MemoryClient(world).open("/ws?Auth=token.of.grace")
        world.users.fail_next(error=Unavailable("away"), on="get_many")
        world.core.users.remove("ada")
        await until(lambda: ada.close_code() == 1008)
        grace.frames()
        grace.send({"action": "ping"})
        assert [frame["action"] for frame in grace.frames()] == ["pong"]

    play(scenario, check_seconds=0.001)


def test_too_many_pings_end_the_connection() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        for _ in range(4):
            ada.raw(Frame(Opcode.PING, b"").serialize(mask=True))
        assert [event.opcode for event in ada.events()] == [Opcode.PONG] * 4
        ada.raw(Frame(Opcode.PING, b"").serialize(mask=True))
        assert ada.close_code() == 1008

    play(scenario, frame_rate=0, frame_burst=4)


def test_a_flood_of_one_socket_is_dropped_and_others_are_answered() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada, grace = MemoryClient(world), MemoryClient(world)
        await ada.open()
        await grace.open("/ws?Auth=token.of.grace")
        # As many as no socket may send, of the kind that a thread handles too; none of it is in Grace's way.
        flood = "".join('{"action":"ping"}\n{"action":"hello"}\n' for _ in range(2_000)).splitlines()
        ada.raw(b"".join(Frame(Opcode.TEXT, frame.encode()).serialize(mask=True) for frame in flood))
        grace.send({"action": "ping", "id": "grace"})
        assert [frame["id"] for frame in grace.frames() if frame["action"] == "pong"] == ["grace"]
        answers: list[str] = []

        def all_answered() -> bool:
            answers.extend(frame.get("code", frame["action"]) for frame in ada.frames())
            return answers.count("pong") + answers.count("welcome") == 10

        await until(all_answered)
        assert (answers.count("pong"), answers.count("welcome")) == (5, 5)
        assert "rate_limited" in answers
        ada.lose()
        grace.lose()
        await until(lambda: world.connections.rows == {})

    play(scenario, frame_rate=0.000_001, frame_burst=10)


def test_a_user_has_a_bounded_number_of_connections() -> None:
    async def scenario(world: SocketWorld) -> None:
        clients = [await MemoryClient(world).open() for _ in range(MANY)]
        one_more = MemoryClient(world)
        one_more.request()
        assert await one_more.answer() == 429
        assert len(world.connections.rows) == MANY
        await MemoryClient(world).open("/ws?Auth=token.of.grace")
        clients[0].lose()
        await until(lambda: len(world.connections.rows) == MANY)
        await MemoryClient(world).open()

    play(scenario)


def test_a_client_that_does_not_answer_a_close_frame_is_cut_off() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        ada.protocol.close(1001, "")
        assert not ada.transport.closed
        await until(lambda: ada.transport.aborted)

    play(scenario, close_seconds=0.001)


def test_the_server_stops_with_service_restart() -> None:
    async def scenario(world: SocketWorld) -> None:
        state = ServerState()
        ada = await MemoryClient(world, state).open()
        opening = MemoryClient(world, state)
        opening.request("/ws?Auth=token.of.grace")
        assert state.connections == {ada.protocol, opening.protocol}
        for connection in list(state.connections):
            connection.shutdown()
        assert ada.close_code() == 1012
        assert opening.transport.written.startswith(b"HTTP/1.1 503 ")
        opening.lose()
        ada.raw(Frame(Opcode.CLOSE, Close(1012, "").serialize()).serialize(mask=True))
        assert ada.transport.closed
        ada.lose()
        assert state.connections == set()

    play(scenario)


# --- Slow readers


def test_a_slow_reader_that_does_not_catch_up_is_cut_off() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        ada.protocol.pause_writing()
        ada.protocol.pause_writing()
        await until(lambda: ada.transport.aborted)

    play(scenario, stalled_seconds=0.001)


def test_a_slow_reader_that_catches_up_is_not() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        ada.transport.buffered = 70_000
        ada.protocol.pause_writing()
        ada.send({"action": "ping"})
        assert len(ada.frames()) == 1
        ada.protocol.resume_writing()
        ada.transport.buffered = 2_000_000
        ada.send({"action": "ping"})
        assert len(ada.frames()) == 1
        assert not ada.transport.aborted

    play(scenario)


def test_too_much_unsent_data_is_the_end() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        ada.protocol.pause_writing()
        ada.transport.buffered = 1_048_577
        ada.send({"action": "ping"})
        assert ada.transport.aborted
        ada.lose()
        await until(lambda: world.connections.rows == {})

    play(scenario)


def test_pongs_that_are_not_read_count_as_well() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        ada.protocol.pause_writing()
        ada.transport.buffered = 1_048_577
        ada.raw(Frame(Opcode.PING, b"x").serialize(mask=True))
        assert ada.transport.aborted

    play(scenario)


def test_too_many_frames_during_the_handshake_are_the_end() -> None:
    async def scenario(world: SocketWorld) -> None:
        client = MemoryClient(world)
        client.request()
        for _ in range(65):
            world.push.send([client.protocol.connection_id], msgspec.json.encode({"action": "presence"}))
        assert client.transport.aborted
        client.lose()

    play(scenario)


# --- The server


def test_stopping_twice_is_once_and_cuts_off_who_is_left() -> None:
    async def scenario(world: SocketWorld) -> None:
        ada = await MemoryClient(world).open()
        await world.server.stop()
        assert ada.transport.aborted
        assert world.connections.rows == {}
        await world.server.stop()

    play(scenario)


class _Bug(VideoChatError):
    """What no port may raise."""
