"""The socket endpoint behind uvicorn, over real connections: what only shows there."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.edge.socket_network import (
    SECONDS,
    Network,
    receive,
    request,
    reset,
    send,
    serving,
    wait_for,
)
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.sync.client import connect

from videochat.server.sockets import SocketSettings
from videochat.server.tls import ensure_certificate


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with serving(SocketSettings(origins=("https://chat.example",))) as network:
        yield network


def text(data: bytes) -> bytes:
    return Frame(Opcode.TEXT, data).serialize(mask=True)


PING = text(b'{"action":"ping","id":"last"}')


def read_pong(raw: socket.socket) -> None:
    """Reads until the answer to :data:`PING`."""
    received = b""
    while b'"id":"last"' not in received:
        data = raw.recv(65_536)
        assert data, received[-200:]
        received += data


# --- The way there and back


def test_two_people_and_two_tabs(network: Network) -> None:
    with (
        network.connect("ada") as ada,
        network.connect("grace", "tab-1") as first,
        network.connect("grace", "tab-2") as second,
    ):
        send(ada, "invite", callId="call-0001", to="grace")
        route = receive(first, "invite")["route"]
        receive(second, "invite")
        send(first, "signal", ticket=route, payload={"type": "description"})
        assert receive(ada, "signal")["from"]["deviceId"] == "tab-1"
        send(second, "accept", callId="call-0001")
        assert receive(first, "answered_elsewhere")["callId"] == "call-0001"
        assert receive(ada, "accept")["from"]["deviceId"] == "tab-2"
        send(ada, "relay", to="grace", callId="call-0001", payload="x" * 20_000)
        for tab in (first, second):
            assert receive(tab, "relay")["payload"] == "x" * 20_000
        send(ada, "hangup", callId="call-0001")
        receive(second, "hangup")


def test_the_same_over_tls(tmp_path: Path) -> None:
    certificate = ensure_certificate(tmp_path, ["127.0.0.1"], "localhost", datetime.now(UTC))
    context = ssl.create_default_context(cafile=str(certificate.cert))
    with (
        serving(cert=certificate.cert, key=certificate.key) as network,
        connect(network.url("ada", scheme="wss"), ssl=context, proxy=None) as ada,
        connect(network.url("grace", scheme="wss"), ssl=context, proxy=None) as grace,
    ):
        send(ada, "relay", to="grace", payload="x" * 30_000)
        assert receive(grace, "relay")["payload"] == "x" * 30_000
        with suppress(ConnectionClosed):  # it may be closed while this is still being sent
            grace.send("x" * 200_000)
        assert receive(grace, "error")["code"] == "too_large"
        with pytest.raises(ConnectionClosed) as closed:
            grace.recv(timeout=SECONDS)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize(
    ("query", "origin", "status"),
    [
        ("", None, 401),
        ("?Auth=forged.token.x", None, 401),
        ("?Auth=token.of.ada", "https://evil.example", 403),
    ],
)
def test_refusals(network: Network, query: str, origin: str | None, status: int) -> None:
    with (
        pytest.raises(InvalidStatus) as refusal,
        connect(f"ws://127.0.0.1:{network.port}/ws{query}", additional_headers=_origin(origin), proxy=None),
    ):
        pass
    assert refusal.value.response.status_code == status


def _origin(origin: str | None) -> dict[str, str]:
    return {} if origin is None else {"Origin": origin}


def test_a_large_message_is_refused_with_the_reason_while_it_is_still_being_sent(network: Network) -> None:
    with network.raw("ada") as raw:
        raw.sendall(text(b"x" * 4_000_000)[:3_000_000])
        received = b""
        while data := raw.recv(65_536):
            received += data
        assert b"\x03\xf1" in received  # 1009
        raw.shutdown(socket.SHUT_WR)


def test_bytes_may_come_one_by_one(network: Network) -> None:
    with network.raw("ada") as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in PING:
            raw.sendall(bytes([byte]))
        read_pong(raw)


# --- Clients that vanish


def test_clients_that_vanish_leave_nothing_behind(network: Network) -> None:
    halves = [
        b"GET /ws?Auth=token.of.ada HTTP/1.1\r\nHost: x",
        request("/ws?Auth=token.of.ada"),
        request("/ws?Auth=token.of.ada") + PING,
    ]
    for half in halves:
        raw = network.tcp()
        raw.sendall(half)
        reset(raw)
    invite = text(b'{"action":"invite","callId":"call-0002","to":"grace"}')
    for message in (b"", b"\x81", PING[:20], PING, invite, invite[:30], text(b'{"action":"hello"}') * 50):
        raw = network.raw("ada")
        raw.sendall(message)
        reset(raw)
    wait_for(lambda: len(network.world.server) == 0)
    wait_for(lambda: network.world.connections.rows == {})
    with network.connect("ada") as ada:
        send(ada, "ping")
        receive(ada, "pong")


def test_a_frame_for_somebody_who_has_vanished_is_offline(network: Network) -> None:
    reset(network.raw("grace"))
    with network.connect("ada") as ada:
        wait_for(lambda: all(row.user_id != "grace" for row in network.world.connections.rows.values()))
        send(ada, "relay", to="grace", payload=1)
        assert receive(ada, "error")["code"] == "offline"


# --- Slow readers


def test_a_slow_reader_is_cut_off_and_holds_up_nobody() -> None:
    limits = SocketSettings(frame_rate=100_000, frame_burst=100_000, max_buffered_bytes=300_000)
    with serving(limits) as network, network.raw("grace") as slow, network.connect("ada") as ada:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        payload = "x" * 30_000
        for _ in range(2_000):
            send(ada, "relay", to="grace", payload=payload)
            try:
                frame = json.loads(ada.recv(timeout=0))
            except TimeoutError:
                continue
            if frame.get("code") == "offline":
                break
        send(ada, "ping")
        receive(ada, "pong")
        wait_for(lambda: all(row.user_id != "grace" for row in network.world.connections.rows.values()))


# --- The end


def test_a_stop_tells_the_clients() -> None:
    with serving() as network, network.connect("ada") as ada, network.connect("grace") as grace:
        raw = network.raw("ada")
        network.stop()
        for client in (ada, grace):
            with pytest.raises(ConnectionClosed) as closed:
                receive(client, "nothing")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        raw.close()
        network.join()


# --- Fuzzing

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
ACTIONS = [
    "hello",
    "ping",
    "relay",
    "signal",
    "route",
    "invite",
    "ringing",
    "accept",
    "decline",
    "cancel",
    "hangup",
]
FRAMES = st.fixed_dictionaries(
    {"action": st.sampled_from(ACTIONS) | JSON},
    optional={name: JSON | st.sampled_from(["ada", "grace", "call-0003"]) for name in
              ("id", "to", "callId", "payload", "from", "ticket", "video")},
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(FRAMES.map(lambda frame: json.dumps(frame).encode()) | st.binary(max_size=200), max_size=6))
def test_whatever_a_message_holds_a_later_ping_is_answered(network: Network, messages: list[bytes]) -> None:
    with network.raw("ada") as raw:
        raw.sendall(b"".join(map(text, messages)) + PING)
        read_pong(raw)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_whatever_a_stream_holds_the_server_lives(network: Network, stream: bytes) -> None:
    with network.raw("ada") as raw:
        raw.sendall(stream)
    with network.raw("grace") as raw:
        raw.sendall(PING)
        read_pong(raw)
