"""Calling somebody in the middle of a reload: no socket is open, and they still show as online."""

import pytest
from tests.unit.telephony import CALL, on_the_phone, outcome, talk
from tests.unit.world import World

from videochat.core.calls import CALLER_GRACE_MS, RING_MS
from videochat.core.models import CallState, EndReason
from videochat.core.presence import GRACE_MS


@pytest.fixture
def world() -> World:
    """Bob's devices went two seconds ago."""
    world = on_the_phone()
    world.drop("b1")
    world.drop("b2")
    world.pass_time(2_000)
    world.clear()
    return world


def invite(world: World) -> None:
    world.send("a1", "invite", callId=CALL, to="bob", id="i")
    invited = world.one("a1", "invited")
    assert (invited["id"], invited["callId"], invited["devices"]) == ("i", CALL, 0)


def test_the_device_that_comes_back_rings(world: World) -> None:
    invite(world)
    world.pass_time(2_000)
    world.connect("bob", "b3", "dev-b1")
    world.send("b3", "hello")
    call = world.one("b3", "welcome")["call"]
    assert (call["callId"], call["state"], call["role"]) == (CALL, "ringing", "callee")
    world.send("b3", "ringing", callId=CALL)
    assert world.one("a1", "ringing")["from"]["connectionId"] == "b3"
    world.pass_time(2 * GRACE_MS)
    world.nothing("a1")
    world.send("b3", "accept", callId=CALL)
    world.one("a1", "accept")
    assert outcome(world) is None


def test_nobody_comes_back(world: World) -> None:
    invite(world)
    world.pass_time(GRACE_MS - 2_000 - 2)
    world.nothing("a1")
    assert outcome(world) is None
    world.pass_time(2)
    refusal, calls = [f for f in world.take("a1") if f["action"] != "presence"]
    assert {name: refusal[name] for name in ("action", "code", "about", "callId")} == {
        "action": "error",
        "code": "offline",
        "about": "invite",
        "callId": CALL,
    }
    assert calls == {"action": "calls"}
    assert outcome(world) is EndReason.OFFLINE
    [missed] = world.core.history.page("bob").calls
    assert (missed.missed, missed.outcome) == (True, "offline")


def test_after_the_window_nobody_is_waited_for(world: World) -> None:
    world.pass_time(GRACE_MS - 2_000)
    world.clear()
    world.send("a1", "invite", callId=CALL, to="bob")
    world.refused("a1", "offline")
    assert outcome(world) is EndReason.OFFLINE


def test_a_device_that_comes_while_the_call_is_saved_rings(world: World) -> None:
    """Its ``hello`` was too early to hear of the call."""

    def come() -> None:
        world.connect("bob", "b3", "dev-b1")
        world.send("b3", "hello")
        assert "call" not in world.one("b3", "welcome")

    world.calls.interfere("create", come)
    world.send("a1", "invite", callId=CALL, to="bob")
    assert world.one("b3", "invite")["callId"] == CALL
    assert world.take("a1", "invited")[-1]["devices"] == 1
    world.pass_time(2 * GRACE_MS)
    assert outcome(world) is None


def test_a_device_that_has_come_and_left_again_has_rung(world: World) -> None:
    invite(world)
    world.connect("bob", "b3", "dev-b1")
    world.pass_time(1_000)
    world.drop("b3")
    world.pass_time(3 * GRACE_MS)
    world.nothing("a1")
    assert outcome(world) is None
    world.pass_time(RING_MS)
    world.one("a1", "timeout")
    assert outcome(world) is EndReason.TIMEOUT


def test_the_caller_gives_up_first(world: World) -> None:
    invite(world)
    world.send("a1", "hangup", callId=CALL)
    world.clear()
    world.pass_time(GRACE_MS)
    world.nothing("a1")
    assert outcome(world) is EndReason.CANCELLED


def test_the_caller_goes_away_as_well(world: World) -> None:
    invite(world)
    world.connect("bob", "b3", "dev-b1")
    world.drop("a1")
    world.pass_time(CALLER_GRACE_MS)
    assert world.one("b3", "cancel")["reason"] == "lost"


def test_an_invite_sent_again_is_the_same_call(world: World) -> None:
    invite(world)
    invite(world)
    world.pass_time(GRACE_MS)
    world.refused("a1", "offline")
    assert [call.outcome for call in world.core.history.page("bob").calls] == ["offline"]


def test_somebody_in_a_call_is_busy_also_in_a_reload() -> None:
    world = on_the_phone()
    talk(world)
    world.drop("b1")
    world.drop("b2")
    world.send("c1", "invite", callId="call-0002", to="bob")
    world.one("c1", "busy")
    assert outcome(world, "call-0002") is EndReason.BUSY
    assert outcome(world) is None


def test_sockets_that_turn_out_to_be_gone_may_be_those_of_before_a_reload() -> None:
    world = on_the_phone()
    world.push.gone = {"b1", "b2"}
    invite(world)
    world.connect("bob", "b3", "dev-b1")
    world.send("b3", "hello")
    assert world.one("b3", "welcome")["call"]["callId"] == CALL


def test_who_has_blocked_the_caller_is_not_waited_for(world: World) -> None:
    world.core.contacts.change("bob", "ann", "blocked")
    assert [contact.online for contact in world.core.contacts.list_of("ann") if contact.name == "Bob"] == [
        False
    ]
    world.clear()
    world.send("a1", "invite", callId=CALL, to="bob")
    world.refused("a1", "offline")
    world.connect("bob", "b3", "dev-b1")
    world.send("b3", "hello")
    assert "call" not in world.one("b3", "welcome")


def test_the_usual_way_asks_for_the_callee_once() -> None:
    world = on_the_phone()
    world.connections.calls_of.clear()
    world.send("a1", "invite", callId=CALL, to="bob")
    assert world.connections.calls_of == {"get": 1, "attendance": 1}
    assert world.timers.pending("unreached") == []


def test_a_lost_timer_does_not_let_it_ring_for_ever(world: World) -> None:
    invite(world)
    world.timers.lose_all()
    world.pass_time(RING_MS + 5_000)
    assert [call.outcome for call in world.core.history.page("bob").calls] == ["timeout"]


def test_the_timer_may_come_twice(world: World) -> None:
    invite(world)
    [timer] = world.timers.pending("unreached")
    world.pass_time(GRACE_MS)
    world.clear()
    world.core.signaling.on_timer(timer.kind, timer.key)
    world.nothing("a1")
    call = world.calls.get(CALL)
    assert call is not None
    assert (call.state, call.reason) == (CallState.ENDED, EndReason.OFFLINE)
