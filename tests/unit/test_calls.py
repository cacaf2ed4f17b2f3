from collections.abc import Callable

import pytest
from msgspec.structs import replace
from tests.unit.telephony import CALL, on_the_phone, outcome, ring, talk
from tests.unit.world import World

from videochat.core.calls import CALLER_GRACE_MS, MEMBERS_GRACE_MS, RING_MS
from videochat.core.errors import Conflict, Unavailable
from videochat.core.models import EndReason
from videochat.core.presence import GRACE_MS


@pytest.fixture
def world() -> World:
    return on_the_phone()


def test_an_invite_rings_every_device_of_the_callee(world: World) -> None:
    world.send("a1", "invite", callId=CALL, to="bob", video=False, id="1")
    invited = world.one("a1", "invited")
    assert (invited["id"], invited["callId"], invited["devices"]) == ("1", CALL, 2)
    assert invited["ringUntil"] == world.clock.now() + RING_MS
    for connection_id in ("b1", "b2"):
        invite = world.one(connection_id, "invite")
        assert invite["from"] == {"userId": "ann", "connectionId": "a1", "deviceId": "dev-a1"}
        assert (invite["name"], invite["video"], invite["ringUntil"]) == ("Ann", False, invited["ringUntil"])
        world.send(connection_id, "signal", ticket=invite["route"], payload={"type": "candidates"})
        assert world.one("a1", "signal")["from"]["connectionId"] == connection_id
    world.nothing("c1")


def test_a_forged_from_is_thrown_away(world: World) -> None:
    world.send("a1", "invite", callId=CALL, to="bob", from_={"userId": "cid"})
    assert world.one("b1", "invite")["from"]["userId"] == "ann"


def test_ringing_gives_the_caller_a_route_to_that_device(world: World) -> None:
    ring(world)
    world.send("b2", "ringing", callId=CALL)
    ringing = world.one("a1", "ringing")
    assert ringing["from"]["deviceId"] == "dev-b2"
    world.send("a1", "signal", ticket=ringing["route"], payload=1)
    assert world.one("b2", "signal")["payload"] == 1
    world.nothing("b1")


def test_a_ringing_that_its_accept_has_overtaken_ends_nothing(world: World) -> None:
    """As on AWS, where each frame has a Lambda of its own."""
    ring(world)
    world.send("b1", "accept", callId=CALL)
    for connection_id, action in (("b1", "accepted"), ("a1", "accept"), ("b2", "answered_elsewhere")):
        world.one(connection_id, action)
    world.send("b1", "ringing", callId=CALL)
    for connection_id in ("a1", "b1"):
        world.nothing(connection_id)
    world.send("b2", "ringing", callId=CALL)
    assert world.refused("b2", "call_ended")["reason"] == "answered_elsewhere"


def test_the_first_accept_wins(world: World) -> None:
    ring(world)
    world.send("b1", "accept", callId=CALL)
    accept = world.one("a1", "accept")
    assert accept["from"]["deviceId"] == "dev-b1"
    accepted = world.one("b1", "accepted")
    assert accepted["peer"]["deviceId"] == "dev-a1"
    assert world.one("b2", "answered_elsewhere")["callId"] == CALL
    world.send("b2", "accept", callId=CALL)
    assert world.refused("b2", "call_ended")["reason"] == "answered_elsewhere"
    world.nothing("a1")
    for sender, receiver, route in (("a1", "b1", accept["route"]), ("b1", "a1", accepted["route"])):
        world.send(sender, "signal", ticket=route, payload="x")
        world.one(receiver, "signal")


def test_two_devices_accept_at_the_same_moment(world: World) -> None:
    ring(world)
    world.calls.interfere("update", lambda: world.send("b2", "accept", callId=CALL))
    world.send("b1", "accept", callId=CALL)
    call = world.calls.get(CALL)
    assert call is not None
    assert call.callee_device == "dev-b2"
    actions = [frame["action"] for frame in world.take("b1")]
    assert sorted(actions) == ["answered_elsewhere", "error"]
    world.one("a1", "accept")


def test_accepting_twice_is_answered_twice(world: World) -> None:
    ring(world)
    world.send("b1", "accept", callId=CALL)
    world.clear()
    world.send("b1", "accept", callId=CALL, id="again")
    assert world.one("b1", "accepted")["id"] == "again"


def test_declining_stops_every_device(world: World) -> None:
    ring(world)
    world.send("b1", "decline", callId=CALL)
    assert world.one("a1", "decline")["from"]["userId"] == "bob"
    assert world.one("b2", "decline")["from"]["userId"] == "bob"
    assert outcome(world) is EndReason.DECLINED


@pytest.mark.parametrize("action", ["cancel", "hangup"])
def test_the_caller_gives_up(world: World, action: str) -> None:
    ring(world)
    world.send("a1", action, callId=CALL)
    world.one("b1", "cancel")
    world.one("b2", "cancel")
    assert outcome(world) is EndReason.CANCELLED
    world.send("b1", "accept", callId=CALL)
    assert world.refused("b1", "call_ended")["reason"] == "cancelled"


def test_a_hangup_of_the_callee_before_the_accept_is_a_decline(world: World) -> None:
    ring(world)
    world.send("b1", "hangup", callId=CALL)
    world.one("a1", "decline")
    assert outcome(world) is EndReason.DECLINED


def test_a_cancel_that_crosses_an_accept_loses(world: World) -> None:
    ring(world)
    world.calls.interfere("update", lambda: world.send("b1", "accept", callId=CALL))
    world.send("a1", "cancel", callId=CALL)
    frames = world.take("a1", "accept", "error")
    assert (frames[1]["code"], frames[1]["reason"]) == ("call_ended", "accepted")
    world.send("a1", "hangup", callId=CALL)
    world.take("b1", "accepted", "hangup")
    assert outcome(world) is EndReason.HANGUP


@pytest.mark.parametrize(("one", "other"), [("a1", "b1"), ("b1", "a1")])
def test_either_side_hangs_up(world: World, one: str, other: str) -> None:
    talk(world)
    world.send(one, "hangup", callId=CALL)
    world.one(other, "hangup")
    world.nothing("b2")
    assert outcome(world) is EndReason.HANGUP
    world.send(other, "hangup", callId=CALL)
    assert world.refused(other, "call_ended")["reason"] == "hangup"


@pytest.mark.parametrize(("one", "other"), [("a1", "b1"), ("b1", "a1")])
def test_either_side_loses_the_other(world: World, one: str, other: str) -> None:
    talk(world)
    world.send(one, "hangup", callId=CALL, reason="lost")
    told = world.one(other, "hangup")
    assert told["reason"] == "lost"
    assert told["from"]["userId"] == ("ann" if one == "a1" else "bob")
    assert outcome(world) is EndReason.LOST


@pytest.mark.parametrize("reason", ["hangup", "", None, 1])
def test_a_hangup_has_no_other_reason(world: World, reason: object) -> None:
    talk(world)
    world.send("a1", "hangup", callId=CALL, reason=reason)
    assert world.refused("a1", "bad_frame")
    assert outcome(world) is None


def test_another_tab_cannot_hang_up_while_the_tab_in_the_call_is_there(world: World) -> None:
    talk(world)
    world.send("b2", "hangup", callId=CALL)
    world.refused("b2", "call_ended")
    assert outcome(world) is None
    world.drop("b1")
    world.send("b2", "hangup", callId=CALL)
    assert outcome(world) is EndReason.HANGUP


def test_nobody_answers(world: World) -> None:
    ring(world)
    world.pass_time(RING_MS - 1)
    world.nothing("a1")
    world.pass_time(1)
    for connection_id in ("a1", "b1", "b2"):
        world.one(connection_id, "timeout")
    assert outcome(world) is EndReason.TIMEOUT
    [call] = world.core.history.page("bob").calls
    assert call.missed
    [call] = world.core.history.page("ann").calls
    assert not call.missed


def test_a_lost_timer_does_not_let_it_ring_for_ever(world: World) -> None:
    ring(world)
    world.timers.lose_all()
    world.pass_time(RING_MS + 5_000)
    assert [call.outcome for call in world.core.history.page("bob").calls] == ["timeout"]
    world.send("b1", "accept", callId=CALL)
    assert world.take("b1")[-1]["reason"] == "timeout"
    ring(world, "call-0002")
    assert outcome(world, "call-0002") is None


def test_the_callee_is_in_another_call(world: World) -> None:
    talk(world)
    world.send("c1", "invite", callId="call-0002", to="bob", id="9")
    busy = world.one("c1", "busy")
    assert (busy["callId"], busy["id"]) == ("call-0002", "9")
    world.nothing("b2")
    assert outcome(world, "call-0002") is EndReason.BUSY
    assert [call.missed for call in world.core.history.page("bob").calls] == [True, False]
    assert outcome(world) is None


def test_a_second_call_while_in_one(world: World) -> None:
    talk(world)
    world.send("a1", "invite", callId="call-0002", to="cid")
    assert world.refused("a1", "in_call")["activeCallId"] == CALL
    world.nothing("c1")
    assert world.calls.get("call-0002") is None


def test_a_second_call_while_ringing(world: World) -> None:
    ring(world)
    world.send("a1", "invite", callId="call-0002", to="bob")
    world.refused("a1", "in_call")


def test_both_call_each_other(world: World) -> None:
    ring(world)
    world.send("b1", "invite", callId="call-0002", to="ann")
    assert world.refused("b1", "glare")["activeCallId"] == CALL
    world.send("b1", "accept", callId=CALL)
    world.one("a1", "accept")


def test_nobody_there(world: World) -> None:
    world.drop("b1")
    world.drop("b2")
    world.pass_time(GRACE_MS)
    world.send("a1", "invite", callId=CALL, to="bob")
    assert world.refused("a1", "offline")["callId"] == CALL
    assert outcome(world) is EndReason.OFFLINE
    assert [call.missed for call in world.core.history.page("bob").calls] == [True]


def test_sockets_that_turn_out_to_be_gone(world: World) -> None:
    world.push.gone = {"b1", "b2"}
    world.send("a1", "invite", callId=CALL, to="bob")
    assert world.one("a1", "invited")["devices"] == 0
    assert outcome(world) is None
    world.pass_time(GRACE_MS)
    world.refused("a1", "offline")
    assert outcome(world) is EndReason.OFFLINE
    assert world.connections.of_user("bob", world.clock.now()) == []


def restart(world: World) -> None:
    """Of a server that holds timers and connections in memory."""
    for connection_id in ("a1", "b1", "b2"):
        world.connections.remove(connection_id, world.clock.now())
    world.timers.scheduled.clear()
    call = world.calls.get(CALL)
    assert call is not None
    world.core.calls.resume(call)


def test_after_a_restart_a_call_rings_no_longer_than_it_would_have(world: World) -> None:
    ring(world)
    world.pass_time(20_000)
    restart(world)
    world.connect("ann", "a9", "dev-a1")
    world.connect("bob", "b9", "dev-b1")
    world.clear()
    world.pass_time(39_000)
    world.nothing("b9")
    world.pass_time(1_000)
    for connection_id in ("a9", "b9"):
        assert world.one(connection_id, "timeout")["callId"] == CALL
    assert outcome(world) is EndReason.TIMEOUT


def test_a_caller_who_does_not_come_back_after_a_restart_stops_ringing(world: World) -> None:
    ring(world)
    restart(world)
    world.connect("bob", "b9", "dev-b1")
    world.clear()
    world.pass_time(MEMBERS_GRACE_MS - 2)
    world.nothing("b9")
    world.pass_time(1)
    assert world.one("b9", "cancel")["reason"] == "lost"
    assert outcome(world) is EndReason.LOST


@pytest.mark.parametrize("back", [True, False])
def test_a_call_outlives_a_restart_when_somebody_comes_back(world: World, back: bool) -> None:
    talk(world)
    restart(world)
    if back:
        world.connect("bob", "b9", "dev-b1")
    world.pass_time(MEMBERS_GRACE_MS)
    assert outcome(world) is (None if back else EndReason.LOST)


@pytest.mark.parametrize("to", ["eve", "ann", "nobody"])
def test_strangers_cannot_be_rung(world: World, to: str) -> None:
    world.send("a1", "invite", callId=CALL, to=to)
    world.refused("a1", "not_allowed")
    world.nothing("e1")
    assert world.calls.get(CALL) is None


def test_the_blocked_find_the_other_away_and_leave_no_trace(world: World) -> None:
    away = "call-away"
    for connection_id in ("c1", "b1", "b2"):
        world.drop(connection_id)
    world.pass_time(GRACE_MS)
    world.send("a1", "invite", callId=away, to="cid")
    world.connect("bob", "b1", "dev-b1")
    world.core.contacts.change("bob", "ann", "blocked")
    world.clear()
    world.send("a1", "invite", callId=CALL, to="bob")
    calls, refusal = world.push.take("a1")
    assert (calls["action"], refusal["code"]) == ("calls", "offline")
    assert world.push.take("b1") == []
    assert world.core.history.page("bob").calls == []
    # Nothing in the caller's history tells the two calls apart, nor does what comes after.
    calls = {call.call_id: call for call in world.core.history.page("ann").calls}
    whom = {"contact_id": "bob", "email": "bob@example.org", "name": "Bob"}
    at = calls[CALL].started_at
    assert calls[CALL] == replace(calls[away], call_id=CALL, **whom, started_at=at, ended_at=at)
    for call_id in (CALL, away):
        world.clear()
        world.send("a1", "invite", callId=call_id, to="bob")
        world.refused("a1", "call_exists")
        world.send("a1", "cancel", callId=call_id)
        assert world.refused("a1", "call_ended")["reason"] == "offline"
    world.clear()
    world.send("b1", "invite", callId=CALL, to="ann")
    world.refused("b1", "not_allowed")


@pytest.mark.parametrize("action", ["ringing", "accept", "decline", "cancel", "hangup", "route"])
def test_calls_of_others_are_not_found(world: World, action: str) -> None:
    ring(world)
    for connection_id in ("c1", "e1"):
        world.send(connection_id, action, callId=CALL)
        world.refused(connection_id, "call_not_found")
        world.send(connection_id, action, callId="no-such-call")
        world.refused(connection_id, "call_not_found")
    assert outcome(world) is None


@pytest.mark.parametrize("action", ["ringing", "accept", "decline"])
def test_the_caller_cannot_answer_the_own_call(world: World, action: str) -> None:
    ring(world)
    world.send("a1", action, callId=CALL)
    world.refused("a1", "call_not_found")
    assert outcome(world) is None


def test_the_callee_cannot_cancel(world: World) -> None:
    ring(world)
    world.send("b1", "cancel", callId=CALL)
    world.refused("b1", "call_not_found")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"callId": CALL},
        {"callId": CALL, "to": 5},
        {"callId": CALL, "to": ""},
        {"callId": CALL, "to": "bob", "video": "yes"},
        {"callId": "short", "to": "bob"},
        {"callId": "with space", "to": "bob"},
        {"callId": None, "to": "bob"},
    ],
)
def test_malformed_invites(world: World, fields: dict[str, object]) -> None:
    world.send("a1", "invite", **fields)
    world.refused("a1", "bad_frame")
    world.nothing("b1")


def test_a_call_id_is_used_once(world: World) -> None:
    ring(world)
    world.send("a1", "cancel", callId=CALL)
    world.clear()
    world.send("a1", "invite", callId=CALL, to="bob")
    world.refused("a1", "call_exists")
    world.send("c1", "invite", callId=CALL, to="bob")
    world.refused("c1", "call_exists")


def test_an_invite_sent_again_is_the_same_call(world: World) -> None:
    ring(world)
    world.send("a1", "invite", callId=CALL, to="bob")
    world.one("a1", "invited")
    world.one("b1", "invite")


def test_the_callers_tab_reloads_while_it_rings(world: World) -> None:
    ring(world)
    world.drop("a1")
    world.pass_time(2_000)
    world.connect("ann", "a2", "dev-a1")
    world.pass_time(CALLER_GRACE_MS)
    assert outcome(world) is None
    world.send("a2", "hello")
    assert world.one("a2", "welcome")["call"] == {
        "callId": CALL,
        "state": "ringing",
        "role": "caller",
        "peer": {"userId": "bob", "name": "Bob"},
        "video": True,
        "ringUntil": world.calls.get(CALL).ring_until,  # type: ignore[union-attr]  # outcome() has looked
        "deviceId": "dev-a1",
    }
    world.send("a2", "route", callId=CALL)
    assert len(world.one("a2", "route")["peers"]) == 2


def test_the_caller_goes_away_while_it_rings(world: World) -> None:
    ring(world)
    world.drop("a1")
    world.pass_time(CALLER_GRACE_MS - 1)
    world.nothing("b1")
    world.pass_time(1)
    assert world.one("b1", "cancel")["reason"] == "lost"
    assert outcome(world) is EndReason.LOST


def test_the_caller_starts_anew_from_another_tab(world: World) -> None:
    ring(world)
    world.drop("a1")
    world.connect("ann", "a2", "dev-a2")
    world.send("a2", "invite", callId="call-0002", to="cid")
    world.one("a2", "invited")
    world.one("b1", "cancel")
    assert outcome(world) is EndReason.CANCELLED


def test_a_call_goes_on_while_one_side_is_connected(world: World) -> None:
    talk(world)
    world.drop("a1")
    world.pass_time(10 * MEMBERS_GRACE_MS)
    assert outcome(world) is None
    world.drop("b1")
    world.pass_time(MEMBERS_GRACE_MS - 1)
    assert outcome(world) is None
    world.pass_time(1)
    assert outcome(world) is EndReason.LOST


def test_nobody_stays_busy_after_a_restart(world: World) -> None:
    talk(world)
    world.timers.lose_all()
    world.drop("a1")
    world.drop("b1")
    world.timers.lose_all()
    world.send("c1", "invite", callId="call-0002", to="bob")
    world.one("c1", "invited")
    assert outcome(world) is EndReason.LOST


def test_new_routes_after_a_reconnect(world: World) -> None:
    talk(world)
    world.connect("ann", "a2", "dev-a1")
    world.drop("a1")
    world.send("a2", "route", callId=CALL, id="r")
    answer = world.one("a2", "route")
    assert answer["id"] == "r"
    [peer] = answer["peers"]
    assert (peer["connectionId"], peer["deviceId"]) == ("b1", "dev-b1")
    world.send("a2", "signal", ticket=peer["route"], payload="x")
    frames = world.take("b1", "route", "signal")
    [asker] = frames[0]["peers"]
    assert (asker["connectionId"], asker["userId"]) == ("a2", "ann")
    world.send("b1", "signal", ticket=asker["route"], payload="y")
    world.one("a2", "signal")
    world.nothing("b2")
    world.send("b2", "route", callId=CALL)
    assert world.refused("b2", "call_ended")["reason"] == "answered_elsewhere"


def test_a_device_with_two_sockets_rings_once(world: World) -> None:
    world.connect("bob", "b3", "dev-b1")
    world.clear()
    world.send("a1", "invite", callId=CALL, to="bob")
    assert world.one("a1", "invited")["devices"] == 2
    world.nothing("b1")
    world.one("b3", "invite")


def test_a_store_that_fails_leaves_nothing_half_done(world: World) -> None:
    world.calls.fail_next(on="create")
    with pytest.raises(Unavailable):
        world.send("a1", "invite", callId=CALL, to="bob")
    world.nothing("b1")
    ring(world)
    world.calls.fail_next(on="update")
    with pytest.raises(Unavailable):
        world.send("b1", "accept", callId=CALL)
    world.nothing("a1")
    world.send("b1", "accept", callId=CALL)
    world.one("a1", "accept")


def test_endless_conflicts_end_in_a_clear_answer(world: World) -> None:
    ring(world)
    world.calls.fail_next(100, Conflict(), on="update")
    world.send("b1", "accept", callId=CALL)
    world.refused("b1", "server_error")


def test_history_is_paged_newest_first(world: World) -> None:
    for index in range(5):
        ring(world, f"call-000{index}")
        world.send("b1", "decline", callId=f"call-000{index}")
        world.clock.advance(1000)
    first = world.core.history.page("ann", limit=3)
    assert [call.call_id for call in first.calls] == ["call-0004", "call-0003", "call-0002"]
    second = world.core.history.page("ann", limit=3, after=first.next)
    assert [call.call_id for call in second.calls] == ["call-0001", "call-0000"]
    assert second.next is None
    [call, *_] = first.calls
    assert (call.direction, call.contact_id, call.name, call.email, call.outcome, call.missed) == (
        "outgoing",
        "bob",
        "Bob",
        "bob@example.org",
        "declined",
        False,
    )


@pytest.mark.parametrize("action", ["hangup", "decline", "cancel"])
def test_both_sides_hear_that_their_history_has_changed(world: World, action: str) -> None:
    if action == "hangup":
        talk(world)
    else:
        ring(world)
    world.send("b1" if action == "decline" else "a1", action, callId=CALL)
    for connection_id in ("a1", "b1", "b2"):
        assert world.push.actions(connection_id)[-1:] == ["calls"]


# -- what could not be told at the time ------------------------------------------------------------------------------


def record(world: World, call_id: str = CALL) -> tuple[EndReason | None, int | None, int | None, str | None]:
    """How it ended, the seconds from its start to the answer and to the end, and who answered."""
    call = world.calls.get(call_id)
    assert call is not None
    answered, ended = (
        None if at is None else (at - call.started_at) // 1000 for at in (call.answered_at, call.ended_at)
    )
    return outcome(world, call_id), answered, ended, call.callee_device


UNHEARD = {"answeredAgo": 40_000, "ago": 10_000}


def test_an_accept_told_late_counts_from_when_it_was_said(world: World) -> None:
    ring(world)
    world.clock.advance(90_000)  # and the timer of the ringing was lost in the restart
    world.send("b1", "accept", callId=CALL, ago=80_000)
    world.one("b1", "accepted")
    world.one("a1", "accept")
    world.one("b2", "answered_elsewhere")
    world.send("a1", "hangup", callId=CALL)
    assert record(world) == (EndReason.HANGUP, 10, 90, "dev-b1")


def test_an_accept_that_was_said_after_the_ringing_is_too_late(world: World) -> None:
    ring(world)
    world.clock.advance(90_000)
    world.send("b1", "accept", callId=CALL, ago=20_000)
    world.take("b1", "timeout", "error")
    assert outcome(world) is EndReason.TIMEOUT


def test_a_call_that_was_answered_and_ended_unheard(world: World) -> None:
    ring(world)
    world.clock.advance(50_000)
    world.send("b1", "hangup", callId=CALL, **UNHEARD)
    assert record(world) == (EndReason.HANGUP, 10, 40, "dev-b1")
    assert world.one("a1", "hangup")["from"]["deviceId"] == "dev-b1"
    world.one("b2", "answered_elsewhere")
    world.nothing("b1")
    world.send("b1", "hangup", callId=CALL, **UNHEARD)
    assert world.refused("b1", "call_ended")["reason"] == "hangup"
    assert record(world) == (EndReason.HANGUP, 10, 40, "dev-b1")


@pytest.mark.parametrize(
    ("ends", "stored"),
    [
        (lambda world: world.send("a1", "hangup", callId=CALL, ago=10_000), EndReason.CANCELLED),
        (lambda world: world.send("b2", "decline", callId=CALL), EndReason.DECLINED),
        (lambda world: world.pass_time(60_000), EndReason.TIMEOUT),
        (lambda world: (world.drop("a1"), world.pass_time(CALLER_GRACE_MS + 1)), EndReason.LOST),
    ],
    ids=["cancelled", "declined elsewhere", "timed out", "lost"],
)
def test_the_callees_word_stands_above_what_was_stored_meanwhile(
    world: World, ends: Callable[[World], object], stored: EndReason
) -> None:
    ring(world)
    call = world.calls.get(CALL)
    assert call is not None
    world.clock.advance(30_000)
    ends(world)
    assert outcome(world) is stored
    since = world.clock.now() - call.started_at
    world.clear()
    world.send("b1", "hangup", callId=CALL, answeredAgo=since - 5_000, ago=since - 20_000, reason="lost")
    assert record(world) == (EndReason.LOST, 5, 20, "dev-b1")
    world.nothing("b1")
    history = world.core.history.page("bob").calls[0]
    assert (history.missed, history.outcome) == (False, "lost")


def test_only_a_device_that_rang_can_have_answered(world: World) -> None:
    world.send("c1", "invite", callId="call-0002", to="bob")
    world.send("c1", "cancel", callId="call-0002")
    world.drop("b1")
    world.drop("b2")
    world.pass_time(GRACE_MS)
    world.send("a1", "invite", callId=CALL, to="bob")
    assert outcome(world) is EndReason.OFFLINE
    world.connect("bob", "b3", "dev-b3")
    world.clear()
    world.send("b3", "hangup", callId=CALL, **UNHEARD)
    assert world.refused("b3", "call_ended")["reason"] == "offline"


def test_the_caller_cannot_say_that_it_was_answered(world: World) -> None:
    ring(world)
    world.clock.advance(50_000)
    world.send("a1", "hangup", callId=CALL, **UNHEARD)
    assert record(world) == (EndReason.CANCELLED, None, 40, None)


def test_a_late_word_of_one_device_does_not_end_the_call_of_another(world: World) -> None:
    talk(world)
    world.drop("b1")
    world.send("b2", "hangup", callId=CALL, **UNHEARD)
    assert world.refused("b2", "call_ended")["reason"] == "answered_elsewhere"


def test_a_hangup_told_late_ended_when_it_was_said(world: World) -> None:
    talk(world)
    world.clock.advance(50_000)
    world.send("b1", "hangup", callId=CALL, ago=30_000)
    assert record(world) == (EndReason.HANGUP, 0, 20, "dev-b1")


def test_nothing_happened_before_the_call(world: World) -> None:
    ring(world)
    world.send("b1", "hangup", callId=CALL, answeredAgo=10**9, ago=10**12)
    assert record(world) == (EndReason.HANGUP, 0, 0, "dev-b1")


@pytest.mark.parametrize("ago", [-1, 1.5, "1", True, None, 2**53])
@pytest.mark.parametrize(
    ("action", "field"), [("accept", "ago"), ("hangup", "ago"), ("hangup", "answeredAgo")]
)
def test_times_are_whole_milliseconds(world: World, action: str, field: str, ago: object) -> None:
    ring(world)
    world.send("b1", action, callId=CALL, **{field: ago})
    world.refused("b1", "bad_frame")
    assert outcome(world) is None


def test_a_late_word_that_others_overtake_is_asked_for_again(world: World) -> None:
    ring(world)
    world.clock.advance(50_000)
    world.calls.interfere("update", lambda: world.send("b2", "decline", callId=CALL))
    world.send("b1", "hangup", callId=CALL, **UNHEARD)
    assert [frame["code"] for frame in world.take("b1") if frame["action"] == "error"] == ["server_error"]
    world.send("b1", "hangup", callId=CALL, **UNHEARD)
    assert record(world) == (EndReason.HANGUP, 10, 40, "dev-b1")
