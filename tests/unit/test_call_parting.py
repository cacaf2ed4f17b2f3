"""Blocking or removing somebody while a call between the two rings or goes on."""

from typing import Any

import pytest
from tests.unit.telephony import CALL, on_the_phone, outcome, ring, talk
from tests.unit.world import World

from videochat.core.errors import Conflict, Refusal, Unavailable
from videochat.core.models import EndReason
from videochat.core.presence import GRACE_MS


@pytest.fixture
def world() -> World:
    return on_the_phone()


def part(world: World, how: str, user_id: str, other_id: str) -> None:
    if how == "block":
        world.core.contacts.change(user_id, other_id, "blocked")
    else:
        world.core.contacts.remove(user_id, other_id)


def heard(world: World, connection_id: str) -> list[dict[str, Any]]:
    """What came, without the news of lists."""
    return [frame for frame in world.push.take(connection_id) if frame["action"] != "contacts"]


both_ways = pytest.mark.parametrize("how", ["block", "remove"])


@both_ways
def test_the_callee_parts_while_it_rings(world: World, how: str) -> None:
    ring(world)
    part(world, how, "bob", "ann")
    assert outcome(world) is EndReason.DECLINED
    for connection_id in ("a1", "b1", "b2"):
        assert [frame["action"] for frame in heard(world, connection_id)] == ["decline", "calls"]
    world.send("b1", "accept", callId=CALL)
    assert world.refused("b1", "call_ended")["reason"] == "declined"
    world.send("a1", "cancel", callId=CALL)
    assert world.refused("a1", "call_ended")["reason"] == "declined"


@both_ways
def test_the_caller_parts_while_it_rings(world: World, how: str) -> None:
    ring(world)
    part(world, how, "ann", "bob")
    assert outcome(world) is EndReason.CANCELLED
    for connection_id in ("a1", "b1", "b2"):
        frames = heard(world, connection_id)
        assert [frame["action"] for frame in frames] == ["cancel", "calls"]
        assert frames[0]["from"]["connectionId"] == "a1"


def both(world: World) -> dict[str, Any]:
    """All that Ann may see for a while after the call: frames, her history, her list."""
    frames = [(0, frame) for frame in world.push.take("a1")]
    for after in range(1, 2 * GRACE_MS // 500):
        world.pass_time(500)
        frames += [(after, frame) for frame in world.push.take("a1")]
    for _, frame in frames:
        frame.pop("at", None)
    history = [(call.outcome, call.answered_at, call.missed) for call in world.core.history.page("ann").calls]
    bob = next(contact for contact in world.core.contacts.list_of("ann") if contact.contact_id == "bob")
    return {"frames": frames, "history": history, "bob": (bob.state, bob.online)}


@pytest.mark.parametrize("ringing", [True, False], ids=["ringing", "talking"])
def test_a_block_looks_like_declining_or_hanging_up_and_leaving(ringing: bool) -> None:
    """To the millisecond, as far as frames tell."""
    seen = []
    for blocks in (True, False):
        world = on_the_phone()
        world.drop("b2")
        world.pass_time(GRACE_MS)
        (ring if ringing else talk)(world)
        world.clear()
        if blocks:
            world.core.contacts.change("bob", "ann", "blocked")
        else:
            world.send("b1", "decline" if ringing else "hangup", callId=CALL)
            world.drop("b1")
        seen.append(both(world))
    assert seen[0] == seen[1]
    assert [frame["action"] for _, frame in seen[0]["frames"]] == [
        "decline" if ringing else "hangup",
        "calls",
        "presence",
    ]


def test_a_block_without_a_call_hides_at_once(world: World) -> None:
    world.core.contacts.change("bob", "ann", "blocked")
    assert [(frame["action"], frame["online"]) for frame in heard(world, "a1")] == [("presence", False)]
    assert world.timers.pending("hide") == []


def test_a_block_that_is_lifted_at_once_hides_nobody(world: World) -> None:
    ring(world)
    world.core.contacts.change("bob", "ann", "blocked")
    world.core.contacts.change("bob", "ann", "accepted")
    world.pass_time(GRACE_MS)
    assert [frame["online"] for frame in heard(world, "a1") if frame["action"] == "presence"] == [True]


def test_a_block_ends_the_call_they_are_talking_in(world: World) -> None:
    talk(world)
    world.core.contacts.change("bob", "ann", "blocked")
    assert outcome(world) is EndReason.HANGUP
    for connection_id in ("a1", "b1"):
        frames = heard(world, connection_id)
        assert [frame["action"] for frame in frames] == ["hangup", "calls"]
        assert frames[0]["from"]["connectionId"] == "b1"
    assert [frame["action"] for frame in heard(world, "b2")] == ["calls"]


def test_a_block_ends_the_call_of_a_device_that_has_lost_the_server(world: World) -> None:
    talk(world)
    world.drop("b1")
    world.drop("b2")
    world.clear()
    world.core.contacts.change("bob", "ann", "blocked")
    frames = heard(world, "a1")
    assert [frame["action"] for frame in frames] == ["hangup", "calls"]
    assert (frames[0]["from"]["userId"], frames[0]["from"]["deviceId"]) == ("bob", "dev-b1")
    assert outcome(world) is EndReason.HANGUP


def test_removing_leaves_the_call_they_are_talking_in(world: World) -> None:
    talk(world)
    world.core.contacts.remove("bob", "ann")
    assert outcome(world) is None
    world.send("a1", "relay", to="b1", callId=CALL, payload=1)
    assert world.one("b1", "relay")["payload"] == 1


@both_ways
def test_calls_with_others_go_on(world: World, how: str) -> None:
    ring(world)
    part(world, how, "bob", "cid")
    part(world, how, "cid", "ann")
    assert outcome(world) is None
    world.send("b1", "accept", callId=CALL)
    world.one("a1", "accept")


def test_a_block_while_nobody_has_been_reached_yet(world: World) -> None:
    """In the middle of the callee's reload: as if nobody had come back."""
    world.drop("b1")
    world.drop("b2")
    world.send("a1", "invite", callId=CALL, to="bob")
    world.clear()
    world.core.contacts.change("bob", "ann", "blocked")
    refusal, calls = heard(world, "a1")
    assert (refusal["code"], refusal["about"], calls["action"]) == ("offline", "invite", "calls")
    assert outcome(world) is EndReason.OFFLINE
    world.pass_time(GRACE_MS)
    assert [frame["online"] for frame in heard(world, "a1")] == [False], "once, as of anybody who leaves"


def test_a_caller_who_is_away_parts(world: World) -> None:
    ring(world)
    world.drop("a1")
    world.core.contacts.remove("ann", "bob")
    frames = heard(world, "b1")
    assert (frames[0]["action"], frames[0]["reason"]) == ("cancel", "lost")
    assert outcome(world) is EndReason.LOST


def test_a_block_in_the_middle_of_ones_own_reload_hides_as_well(world: World) -> None:
    world.drop("b1")
    world.drop("b2")
    world.pass_time(GRACE_MS // 2)
    world.core.contacts.change("bob", "ann", "blocked")
    assert [frame["online"] for frame in heard(world, "a1")] == [False]
    world.pass_time(2 * GRACE_MS)
    assert heard(world, "a1") == []


def test_a_block_of_somebody_absent_says_nothing(world: World) -> None:
    world.drop("b1")
    world.drop("b2")
    world.pass_time(GRACE_MS)
    world.clear()
    world.core.contacts.change("bob", "ann", "blocked")
    assert heard(world, "a1") == []


def test_an_accept_that_crosses_a_block_is_hung_up(world: World) -> None:
    ring(world)
    world.calls.interfere("update", lambda: world.send("b2", "accept", callId=CALL))
    world.core.contacts.change("bob", "ann", "blocked")
    assert [frame["action"] for frame in heard(world, "a1")] == ["accept", "hangup", "calls"]
    assert outcome(world) is EndReason.HANGUP


def test_an_accept_that_crosses_a_removal_wins(world: World) -> None:
    ring(world)
    world.calls.interfere("update", lambda: world.send("b2", "accept", callId=CALL))
    world.core.contacts.remove("bob", "ann")
    assert outcome(world) is None


def test_endless_conflicts_end_in_a_clear_answer(world: World) -> None:
    ring(world)
    world.calls.fail_next(100, Conflict(), on="update")
    with pytest.raises(Refusal) as refused:
        world.core.contacts.change("bob", "ann", "blocked")
    assert (refused.value.code, refused.value.status) == ("try_again", 503)


def test_a_block_that_could_not_end_the_call_can_be_said_again(world: World) -> None:
    ring(world)
    world.calls.fail_next(on="update")
    with pytest.raises(Unavailable):
        world.core.contacts.change("bob", "ann", "blocked")
    assert heard(world, "a1") == [], "nothing is told before it is saved"
    world.core.contacts.change("bob", "ann", "blocked")
    assert outcome(world) is EndReason.DECLINED
    world.pass_time(GRACE_MS)
    assert [frame["action"] for frame in heard(world, "a1")] == ["decline", "calls", "presence"]
