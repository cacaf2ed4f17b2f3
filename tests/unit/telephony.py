"""People who can call each other, and what happens to a call between two of them."""

from tests.unit.world import World

from videochat.core.models import CallState, EndReason

CALL = "call-0001"


def on_the_phone() -> World:
    """Ann and Bob know each other, Cid knows both; Ann has one tab open, Bob two, Cid one."""
    world = World()
    world.people("ann", "bob", "cid")
    world.person("eve")
    for user_id, connection_id in (("ann", "a1"), ("bob", "b1"), ("bob", "b2"), ("cid", "c1"), ("eve", "e1")):
        world.connect(user_id, connection_id, f"dev-{connection_id}")
    world.clear()
    return world


def ring(world: World, call_id: str = CALL) -> None:
    world.send("a1", "invite", callId=call_id, to="bob")
    world.clear()


def talk(world: World) -> None:
    ring(world)
    world.send("b1", "accept", callId=CALL)
    world.clear()


def outcome(world: World, call_id: str = CALL) -> EndReason | None:
    call = world.calls.get(call_id)
    assert call is not None
    assert (call.state is CallState.ENDED) == (call.reason is not None)
    if call.state is CallState.ENDED:
        for user_id in (call.caller_id, call.callee_id):
            unfinished = world.calls.unfinished_of(user_id)
            assert unfinished is None or unfinished.call_id != call_id, "an ended call keeps nobody busy"
    return call.reason
