"""The contract of the push port, for every adapter that can be asked without a cloud, and what is special about the local one."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

import pytest
from tests.fakes import FakePush

from videochat.adapters.local.push import LocalPush
from videochat.core.ports import Push


class Rig(Protocol):
    """A push adapter with sockets that tests open and close."""

    @property
    def push(self) -> Push: ...

    def open(self, connection_id: str) -> None: ...

    def close(self, connection_id: str) -> None: ...

    def received(self, connection_id: str) -> list[bytes]:
        """What has been sent to it so far."""
        ...


class FakeRig:
    """Every connection that has not been opened is gone."""

    def __init__(self) -> None:
        self.push = FakePush()
        self.push.gone = {"gone", "a", "b"}

    def open(self, connection_id: str) -> None:
        self.push.gone.discard(connection_id)

    def close(self, connection_id: str) -> None:
        self.push.gone.add(connection_id)

    def received(self, connection_id: str) -> list[bytes]:
        return [frame for to, frame in self.push.sent if to == connection_id]


class ListSocket:
    """Keeps what it is sent, and checks that it is on the event loop."""

    def __init__(self, thread: int) -> None:
        self.sent: list[bytes] = []
        self._thread = thread

    def send(self, payload: bytes) -> None:
        assert threading.get_ident() == self._thread
        self.sent.append(payload)


class LocalRig:
    """The local push with an event loop in another thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.push = LocalPush()
        self._loop = loop
        self._sockets: dict[str, ListSocket] = {}
        asyncio.run_coroutine_threadsafe(self._attach(), loop).result(20)

    async def _attach(self) -> None:
        self.push.attach(asyncio.get_running_loop())
        self._thread = threading.get_ident()

    def open(self, connection_id: str) -> None:
        self._sockets[connection_id] = ListSocket(self._thread)
        self.push.add(connection_id, self._sockets[connection_id])

    def close(self, connection_id: str) -> None:
        self.push.remove(connection_id)

    def received(self, connection_id: str) -> list[bytes]:
        self.on_loop([], b"")  # whatever was left to the loop before is done when this is
        return self._sockets[connection_id].sent

    def on_loop(self, connection_ids: list[str], frame: bytes) -> set[str]:
        """Sends from the event loop's thread."""

        async def send() -> set[str]:
            return self.push.send(connection_ids, frame)

        return asyncio.run_coroutine_threadsafe(send(), self._loop).result(20)


@contextmanager
def loop_in_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs in another thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def local() -> Iterator[LocalRig]:
    with loop_in_thread() as loop:
        yield LocalRig(loop)


@pytest.fixture
def fake() -> FakeRig:
    return FakeRig()


@pytest.fixture(params=["fake", "local"])
def rig(request: pytest.FixtureRequest) -> Rig:
    rig: Rig = request.getfixturevalue(request.param)
    return rig


# --- Every adapter


def test_each_open_connection_gets_the_frame(rig: Rig) -> None:
    rig.open("a")
    rig.open("b")
    assert rig.push.send(["a", "b"], b"1") == set()
    assert rig.received("a") == rig.received("b") == [b"1"]


def test_those_that_are_gone_are_named_and_the_others_served(rig: Rig) -> None:
    rig.open("a")
    assert rig.push.send(["gone", "a"], b"1") == {"gone"}
    assert rig.received("a") == [b"1"]
    rig.close("a")
    assert rig.push.send(["a"], b"2") == {"a"}
    assert rig.received("a") == [b"1"]


def test_sending_to_nobody(rig: Rig) -> None:
    assert rig.push.send([], b"1") == set()


def test_frames_of_one_sender_arrive_in_order(rig: Rig) -> None:
    rig.open("a")
    frames = [str(number).encode() for number in range(100)]
    for frame in frames:
        rig.push.send(["a"], frame)
    assert rig.received("a") == frames


def test_many_threads_may_send(rig: Rig) -> None:
    rig.open("a")

    def send(sender: int) -> None:
        for number in range(50):
            rig.push.send(["a"], f"{sender} {number}".encode())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    received = rig.received("a")
    for sender in range(4):
        mine = [frame for frame in received if frame.startswith(f"{sender} ".encode())]
        assert mine == [f"{sender} {number}".encode() for number in range(50)]


# --- The local one


def test_on_the_loop_frames_are_written_at_once(local: LocalRig) -> None:
    local.open("a")
    assert local.on_loop(["a", "gone"], b"1") == {"gone"}
    assert local.received("a") == [b"1"]


def test_without_a_loop_everybody_is_gone() -> None:
    assert LocalPush().send(["a"], b"1") == {"a"}


def test_after_the_loop_has_been_closed_everybody_is_gone() -> None:
    with loop_in_thread() as loop:
        rig = LocalRig(loop)
        rig.open("a")
    assert rig.push.send(["a", "gone"], b"1") == {"a", "gone"}
