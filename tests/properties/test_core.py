"""Whatever people, tabs and networks do, the core keeps its promises."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.unit.world import World

from videochat.core.call_records import TOLERANCE_MS
from videochat.core.calls import MEMBERS_GRACE_MS, RING_MS
from videochat.core.models import CallState, EndReason

NAMES = ("ann", "bob", "cid")
CALLS = tuple(f"call-000{index}" for index in range(6))
ACTIONS = ("invite", "ringing", "accept", "decline", "cancel", "hangup", "route")


class Telephony(RuleBasedStateMachine):
    """Three people with up to two tabs each, calling in every order, with tabs that come and go and timers that get lost."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.world.people(*NAMES)
        self.opened = 0
        self.open: dict[str, str] = {}
        self.answers: dict[str, tuple[int | None, str | None]] = {}
        for name in NAMES:
            self.connect(name, 0)

    @rule(name=st.sampled_from(NAMES), tab=st.integers(0, 1))
    def connect(self, name: str, tab: int) -> None:
        self.opened += 1
        connection_id = f"{name}-{self.opened}"
        self.world.connect(name, connection_id, f"{name}-tab-{tab}")
        self.open[connection_id] = name

    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        if self.open:
            connection_id = data.draw(st.sampled_from(sorted(self.open)))
            del self.open[connection_id]
            self.world.drop(connection_id)

    @rule(
        data=st.data(),
        action=st.sampled_from(ACTIONS),
        call_id=st.sampled_from(CALLS),
        to=st.sampled_from(NAMES),
    )
    def send(self, data: st.DataObject, action: str, call_id: str, to: str) -> None:
        if self.open:
            connection_id = data.draw(st.sampled_from(sorted(self.open)))
            self.world.send(connection_id, action, callId=call_id, to=to)

    @rule(
        data=st.data(),
        action=st.sampled_from(["accept", "hangup"]),
        call_id=st.sampled_from(CALLS),
        ago=st.integers(0, 150_000),
        answered_ago=st.none() | st.integers(0, 150_000),
    )
    def send_late(
        self, data: st.DataObject, action: str, call_id: str, ago: int, answered_ago: int | None
    ) -> None:
        if self.open:
            connection_id = data.draw(st.sampled_from(sorted(self.open)))
            late = {"ago": ago} if answered_ago is None else {"ago": ago, "answeredAgo": answered_ago}
            self.world.send(connection_id, action, callId=call_id, **late)

    @rule(seconds=st.sampled_from([1, 6, 11, 50, 61]))
    def wait(self, seconds: int) -> None:
        self.world.pass_time(seconds * 1000)

    @rule()
    def restart(self) -> None:
        self.world.timers.lose_all()

    @invariant()
    def each_user_is_in_one_call_at_most(self) -> None:
        unfinished = [
            call
            for call in (self.world.calls.get(call_id) for call_id in CALLS)
            if call is not None and call.state is not CallState.ENDED
        ]
        members = [member for call in unfinished for member in (call.caller_id, call.callee_id)]
        assert len(members) == len(set(members))
        for call in unfinished:
            assert (call.state is CallState.ACCEPTED) == (call.answered_at is not None)
            assert (call.state is CallState.ACCEPTED) == (call.callee_device is not None)

    @invariant()
    def what_is_written_of_a_call_makes_sense_and_stays(self) -> None:
        for call_id in CALLS:
            call = self.world.calls.get(call_id)
            if call is None:
                continue
            before = self.answers.setdefault(call_id, (call.answered_at, call.callee_device))
            if before[0] is not None:
                assert (call.answered_at, call.callee_device) == before, "an answer is written once"
            self.answers[call_id] = (call.answered_at, call.callee_device)
            times = [call.started_at, call.answered_at, call.ended_at]
            told = [at for at in times if at is not None]
            assert told == sorted(told)
            assert told[-1] <= self.world.clock.now()
            if call.answered_at is not None:
                assert call.answered_at <= call.ring_until + TOLERANCE_MS
                assert call.reason in (None, EndReason.HANGUP, EndReason.LOST)

    def teardown(self) -> None:
        """However it went: once everybody has left for a while, anybody can call anybody."""
        for connection_id in sorted(self.open):
            self.world.drop(connection_id)
        self.world.pass_time(RING_MS + MEMBERS_GRACE_MS)
        for caller, callee in (("ann", "bob"), ("cid", "ann"), ("bob", "cid")):
            self.world.connect(caller, f"{caller}-last", f"{caller}-last")
            self.world.connect(callee, f"{callee}-rung", f"{callee}-rung")
            call_id = f"last-{caller}-{callee}"
            self.world.send(f"{caller}-last", "invite", callId=call_id, to=callee)
            self.world.one(f"{caller}-last", "invited")
            self.world.send(f"{caller}-last", "cancel", callId=call_id)


TestTelephony = Telephony.TestCase
TestTelephony.settings = settings(max_examples=120, stateful_step_count=40, deadline=None, derandomize=True)


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=8),
    st.sampled_from([*NAMES, *CALLS, "a1", "b1", "x.y"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
fields = st.dictionaries(
    st.sampled_from(
        ["id", "to", "callId", "payload", "ticket", "video", "from", "action", "ago", "answeredAgo"]
    ),
    values,
)


@given(
    st.lists(
        st.tuples(st.sampled_from([*ACTIONS, "hello", "ping", "relay", "signal", "??"]), fields), max_size=12
    )
)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_every_frame_is_answered_or_acted_upon_and_none_crashes(
    sequence: list[tuple[str, dict[str, Any]]],
) -> None:
    world = World()
    world.people(*NAMES)
    world.connect("ann", "a1")
    world.connect("bob", "b1")
    for action, extra in sequence:
        world.clear()
        world.core.signaling.receive("a1", msgspec.json.encode({"action": action, **extra}))
        for connection_id, frame in world.push.sent:
            decoded = msgspec.json.decode(frame)
            assert decoded["action"] != "error" or connection_id == "a1", "nobody else hears of a refusal"
            if decoded.get("from"):
                assert decoded["from"]["userId"] == "ann"
    world.clear()
    world.send("a1", "ping")
    world.one("a1", "pong")
