"""One connection's messages on their way to the core, without a socket."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import structlog
from structlog.testing import LogCapture
from tests.unit.world import World

from videochat.core.errors import VideoChatError
from videochat.core.frames import MAX_FRAME_BYTES
from videochat.core.rate import Limit
from videochat.server.sockets.session import MAX_WAITING, SocketSession

CALL = "call-0001"


class HandWorker:
    """Works when it is told to."""

    def __init__(self) -> None:
        self.jobs: deque[tuple[Callable[[], None], Callable[[], None]]] = deque()

    def __call__(self, job: Callable[[], None], done: Callable[[], None]) -> None:
        self.jobs.append((job, done))

    def work(self) -> None:
        """Does one job."""
        job, done = self.jobs.popleft()
        job()
        done()


class Client:
    """Ada's connection ``a1``; her contact Grace has ``g1``."""

    def __init__(self) -> None:
        self.world = World()
        self.world.people("ada", "grace")
        self.world.connect("ada", "a1", "laptop")
        self.world.connect("grace", "g1", "phone")
        self.world.push.clear()
        self.worker = HandWorker()
        self.time = 0
        self.pauses = 0
        self.session = SocketSession(
            "a1", self.world.core.signaling, self.worker, self, Limit(10, 20, 0), lambda: self.time
        )

    def pause_reading(self) -> None:
        self.pauses += 1

    def resume_reading(self) -> None:
        self.pauses -= 1

    def is_read(self) -> bool:
        return self.pauses == 0

    def send(self, action: str, **fields: Any) -> None:
        self.session.text(msgspec.json.encode({"action": action, **fields}))

    def relay(self, payload: object) -> None:
        self.send("relay", to="grace", payload=payload)

    def received(self) -> list[dict[str, Any]]:
        return self.world.push.take("a1")

    def codes(self) -> list[str]:
        return [frame["code"] for frame in self.received()]


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def log() -> Iterator[LogCapture]:
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[capture], cache_logger_on_first_use=False)
    yield capture
    structlog.configure(**before)


# --- Order


def test_cheap_frames_are_handled_at_once(client: Client) -> None:
    client.relay(1)
    client.send("ping", id="p")
    assert not client.worker.jobs
    assert [frame["payload"] for frame in client.world.push.take("g1")] == [1]
    assert client.received()[0]["id"] == "p"


def test_others_are_left_to_the_worker_and_what_follows_waits(client: Client) -> None:
    client.send("hello")
    client.send("ping", id="1")
    client.send("invite", callId=CALL, to="grace")
    client.send("ping", id="2")
    assert client.received() == []
    client.worker.work()
    assert [frame["action"] for frame in client.received()] == ["welcome", "pong"]
    client.worker.work()
    assert [frame["action"] for frame in client.received()] == ["invited", "pong"]
    assert not client.worker.jobs


def test_with_too_much_waiting_the_socket_is_not_read(client: Client) -> None:
    client.send("hello")
    for number in range(MAX_WAITING - 1):
        client.relay(number)
    assert client.is_read()
    client.relay("last")
    client.relay("had been read already")
    assert not client.is_read()
    client.worker.work()
    assert client.is_read()
    payloads = [frame["payload"] for frame in client.world.push.take("g1")]
    assert payloads == [*range(MAX_WAITING - 1), "last", "had been read already"]


def test_reading_goes_on_only_when_less_is_waiting(client: Client) -> None:
    for _ in range(MAX_WAITING + 2):
        client.send("hello")
    assert not client.is_read()
    client.worker.work()
    assert not client.is_read()
    client.worker.work()
    assert client.is_read()


# --- Bad messages


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", "bad_frame"),
        (b"\xff", "bad_frame"),
        (b"[]", "bad_frame"),
        (b'{"action":1}', "bad_frame"),
        (b'{"action":"ping","x":' + b"[" * 40 + b"]" * 40 + b"}", "bad_frame"),
        (b'{"action":"ping","x":' + b"[" * 15_000 + b"]" * 15_000 + b"}", "bad_frame"),
        (b'{"action":"ping","x":"' + b"x" * MAX_FRAME_BYTES + b'"}', "too_large"),
    ],
)
def test_a_bad_message_gets_an_error_and_the_next_is_fine(client: Client, message: bytes, code: str) -> None:
    client.session.text(message)
    assert client.codes() == [code]
    client.send("ping")
    assert client.received()[0]["action"] == "pong"


def test_a_binary_message_gets_an_error(client: Client) -> None:
    client.session.binary()
    assert client.codes() == ["bad_frame"]


# --- Rate


def test_too_many_frames_are_dropped_and_the_client_is_told_once_a_second(client: Client) -> None:
    for _ in range(20):
        client.send("ping")
    client.received()
    client.relay("dropped")
    client.session.binary()
    client.send("ping")
    assert client.codes() == ["rate_limited"]
    client.time += 100
    client.send("ping")
    client.send("ping")
    assert [frame["action"] for frame in client.received()] == ["pong"]
    client.time += 900
    for _ in range(11):
        client.send("ping")
    assert [frame["action"] for frame in client.received()] == ["pong"] * 9 + ["error"]
    assert client.world.push.take("g1") == []


# --- Failures


def test_a_failing_store_is_told_and_logged_without_payload(client: Client, log: LogCapture) -> None:
    client.world.contacts.fail_next()
    client.send("relay", id="7", to="grace", payload="secret")
    (error,) = client.received()
    assert (error["code"], error["about"], error["id"]) == ("server_error", "relay", "7")
    (line,) = log.entries
    assert line["event"] == "store_failed"
    assert line["action"] == "relay"
    assert "secret" not in str(line)
    client.relay("again")
    assert len(client.world.push.take("g1")) == 1


def test_a_failing_store_beside_the_loop(client: Client, log: LogCapture) -> None:
    client.world.calls.fail_next()
    client.send("invite", callId=CALL, to="grace")
    client.send("ping")
    client.worker.work()
    assert [frame["action"] for frame in client.received()] == ["error", "pong"]
    assert [line["event"] for line in log.entries] == ["store_failed"]


def test_a_crash_in_the_core_concerns_one_frame(client: Client, log: LogCapture) -> None:
    client.world.contacts.fail_next(error=_Bug("secret"))
    client.relay("secret")
    assert client.codes() == ["server_error"]
    (line,) = log.entries
    assert (line["event"], line["error"]) == ("crash", "_Bug")
    assert any("faults.py" in where for where in line["where"])
    assert "secret" not in str(line)


def test_a_push_that_fails_altogether_is_logged(client: Client, log: LogCapture) -> None:
    client.world.push.fail_next(3)
    client.send("ping")
    assert [line["action"] for line in log.entries] == ["ping", "refuse"]


# --- The end


def test_a_lost_socket_is_forgotten(client: Client) -> None:
    client.session.closed()
    client.session.closed()
    client.worker.work()
    assert not client.worker.jobs
    assert "a1" not in client.world.connections.rows


def test_a_socket_lost_while_the_core_works_is_forgotten_afterwards(client: Client) -> None:
    client.send("invite", callId=CALL, to="grace")
    client.relay("never read")
    client.session.closed()
    assert len(client.worker.jobs) == 1
    client.worker.work()
    assert [frame["action"] for frame in client.world.push.take("g1")] == ["invite"]
    assert "a1" in client.world.connections.rows
    client.worker.work()
    assert "a1" not in client.world.connections.rows


def test_nothing_is_taken_after_the_end(client: Client) -> None:
    client.session.closed()
    client.worker.work()
    client.relay("late")
    client.session.binary()
    assert client.world.push.take("g1") == []
    assert not client.worker.jobs


def test_a_disconnect_that_fails_is_logged(client: Client, log: LogCapture) -> None:
    client.world.connections.fail_next()
    client.session.closed()
    client.worker.work()
    assert [line["action"] for line in log.entries] == ["disconnect"]


class _Bug(VideoChatError):
    """What no port may raise."""
