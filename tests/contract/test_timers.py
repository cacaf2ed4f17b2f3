"""The contract of the timers port, and what is special about the local ones."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator

import pytest
import structlog
from structlog.testing import LogCapture
from tests.fakes import FakeClock, FakeTimers

from videochat.adapters.local.timers import LocalTimers
from videochat.core.errors import Unavailable, VideoChatError
from videochat.core.ports import Timers

FAR = 14 * 60_000
Fired = list[tuple[str, str]]


class Rig:
    """Timers that note what has fired."""

    def __init__(self, timers: Timers, clock: FakeClock) -> None:
        self.timers = timers
        self.clock = clock
        self.fired: Fired = []
        self.follow_up: Callable[[], None] | None = None
        """What to do when the first one fires."""

    def on_timer(self, kind: str, key: str) -> None:
        self.fired.append((kind, key))
        if self.follow_up is not None:
            follow_up, self.follow_up = self.follow_up, None
            follow_up()

    def in_ms(self, milliseconds: int, kind: str, key: str) -> None:
        self.timers.schedule(self.clock.now() + milliseconds, kind, key)


Play = Callable[[Callable[[Rig], None], int], Fired]


def play_fake(schedule: Callable[[Rig], None], expected: int) -> Fired:
    timers = FakeTimers()
    rig = Rig(timers, FakeClock())
    schedule(rig)
    timers.fire_due(rig.clock.now() + 1000, rig.on_timer)
    assert len(rig.fired) == expected
    return rig.fired


def play_local(schedule: Callable[[Rig], None], expected: int) -> Fired:
    clock = FakeClock()
    timers = LocalTimers(clock)
    rig = Rig(timers, clock)

    async def scenario() -> None:
        timers.start(rig.on_timer)
        schedule(rig)
        await until(lambda: len(rig.fired) >= expected)
        await timers.stop()

    asyncio.run(scenario())
    return rig.fired


async def until(condition: Callable[[], bool]) -> None:
    """Lets the loop and the timers' thread run until ``condition()`` holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the timers' thread sets no event
            await asyncio.sleep(0)


@pytest.fixture(params=[play_fake, play_local])
def play(request: pytest.FixtureRequest) -> Play:
    play: Play = request.param
    return play


# --- Every adapter


def test_what_is_due_fires_with_kind_and_key(play: Play) -> None:
    assert play(lambda rig: rig.in_ms(0, "ring", "call-1"), 1) == [("ring", "call-1")]


def test_what_was_due_before_fires_too(play: Play) -> None:
    assert play(lambda rig: rig.in_ms(-60_000, "ring", "late"), 1) == [("ring", "late")]


def test_what_is_not_due_does_not_fire_and_the_earlier_comes_first(play: Play) -> None:
    def schedule(rig: Rig) -> None:
        rig.in_ms(FAR, "ring", "far")
        rig.in_ms(40, "ring", "second")
        rig.in_ms(1, "ring", "first")

    assert play(schedule, 2) == [("ring", "first"), ("ring", "second")]


def test_a_timer_may_set_another(play: Play) -> None:
    def schedule(rig: Rig) -> None:
        rig.follow_up = lambda: rig.in_ms(0, "ring", "2")
        rig.in_ms(0, "ring", "1")

    assert play(schedule, 2) == [("ring", "1"), ("ring", "2")]


# --- The local ones


def run(scenario: Callable[[LocalTimers], Awaitable[None]]) -> None:
    """Runs ``scenario`` with timers on a clock that stands still at 0, and stops them."""

    async def main() -> None:
        timers = LocalTimers(FakeClock(0), retry_seconds=(0.001, 0.001))
        await scenario(timers)
        await timers.stop()

    asyncio.run(main())


@pytest.fixture
def log() -> Iterator[LogCapture]:
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[capture], cache_logger_on_first_use=False)
    yield capture
    structlog.configure(**before)


def test_they_may_be_set_before_the_start_and_from_any_thread() -> None:
    fired: Fired = []

    async def scenario(timers: LocalTimers) -> None:
        timers.schedule(0, "ring", "early")
        timers.start(lambda kind, key: fired.append((kind, key)))
        await asyncio.to_thread(timers.schedule, 0, "ring", "from a thread")
        await until(lambda: len(fired) == 2)

    run(scenario)
    assert fired == [("ring", "early"), ("ring", "from a thread")]


def test_they_fire_beside_the_loop() -> None:
    threads: set[int] = set()

    async def scenario(timers: LocalTimers) -> None:
        timers.start(lambda *_: threads.add(threading.get_ident()))
        timers.schedule(0, "ring", "x")
        await until(lambda: bool(threads))

    run(scenario)
    assert threading.get_ident() not in threads


def test_a_failing_store_is_tried_again(log: LogCapture) -> None:
    attempts: list[str] = []

    def on_timer(_: str, key: str) -> None:
        attempts.append(key)
        if len(attempts) < 3:
            raise Unavailable

    async def scenario(timers: LocalTimers) -> None:
        timers.start(on_timer)
        timers.schedule(0, "ring", "x")
        await until(lambda: len(attempts) == 3)

    run(scenario)
    assert [line["event"] for line in log.entries] == ["store_failed"] * 2


def test_it_is_not_tried_for_ever(log: LogCapture) -> None:
    async def scenario(timers: LocalTimers) -> None:
        timers.start(_unavailable)
        timers.schedule(0, "ring", "x")
        await until(lambda: len(log.entries) == 3)

    run(scenario)
    assert [line["again"] for line in log.entries] == [True, True, False]


def test_a_crash_is_logged_without_its_text_and_concerns_one_timer(log: LogCapture) -> None:
    fired: list[str] = []

    def on_timer(_: str, key: str) -> None:
        if key == "bad":
            raise VideoChatError("secret")
        fired.append(key)

    async def scenario(timers: LocalTimers) -> None:
        timers.start(on_timer)
        timers.schedule(0, "ring", "bad")
        timers.schedule(0, "ring", "good")
        await until(lambda: bool(fired))

    run(scenario)
    (line,) = log.entries
    assert (line["event"], line["timer"]) == ("crash", "ring")
    assert "secret" not in str(line)


def test_what_is_still_to_come_at_the_stop_is_lost() -> None:
    fired: Fired = []

    async def scenario(timers: LocalTimers) -> None:
        timers.start(lambda kind, key: fired.append((kind, key)))
        timers.schedule(FAR, "ring", "far")
        await asyncio.sleep(0)
        await timers.stop()
        timers.schedule(0, "ring", "late")
        await asyncio.sleep(0)

    run(scenario)
    assert fired == []


def _unavailable(_: str, __: str) -> None:
    raise Unavailable
