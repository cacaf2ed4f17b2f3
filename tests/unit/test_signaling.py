from typing import Any

import pytest
from tests.unit.world import World

from videochat.core.errors import Unauthorized, Unavailable
from videochat.core.presence import GRACE_MS, REPLACED_MS
from videochat.core.tickets import Admission


@pytest.fixture
def world() -> World:
    world = World()
    world.people("ann", "bob")
    world.person("eve")
    for user_id, connection_id in (("ann", "a1"), ("bob", "b1"), ("eve", "e1")):
        world.connect(user_id, connection_id)
    world.clear()
    return world


def presences(world: World, connection_id: str) -> list[tuple[str, bool]]:
    return [
        (frame["userId"], frame["online"])
        for frame in world.push.take(connection_id)
        if frame["action"] == "presence"
    ]


# -- opening ---------------------------------------------------------------------------------------------------------


def test_a_ticket_opens_a_socket_once(world: World) -> None:
    ticket = world.core.tickets.issue("ann").ticket
    assert world.core.doorkeeper.authenticate(ticket) == Admission("ann")
    with pytest.raises(Unauthorized):
        world.core.doorkeeper.authenticate(ticket)


def test_a_token_opens_a_socket_and_makes_the_user_known(world: World) -> None:
    token = world.tokens.add("aa.bb.cc", world.identity("new"))
    assert world.core.doorkeeper.authenticate(token) == Admission("new")
    assert world.core.contacts.add("ann", "new@example.org").contact_id == "new"


@pytest.mark.parametrize("auth", [None, "", "x", "aa.bb.cc", "a.b", "x" * 10_000])
def test_nothing_else_opens_a_socket(world: World, auth: str | None) -> None:
    with pytest.raises(Unauthorized):
        world.core.doorkeeper.authenticate(auth)


def resume(world: World, connection_id: str) -> str:
    world.send(connection_id, "hello")
    ticket = world.one(connection_id, "welcome")["resume"]
    assert isinstance(ticket, str)
    return ticket


def test_a_device_comes_back_with_what_its_welcome_gave_it(world: World) -> None:
    ends = world.connect("ann", "a2", "tab-2").expires_at
    ticket = resume(world, "a2")
    world.clock.advance(3_600_000)
    for device in ("tab-3", None):
        with pytest.raises(Unauthorized):
            world.core.doorkeeper.authenticate(ticket, device)
    admission = world.core.doorkeeper.authenticate(ticket, "tab-2")
    back = world.core.signaling.connect(admission, "a3", "tab-2")
    assert (back.user_id, back.device_id, back.expires_at) == ("ann", "tab-2", ends)
    with pytest.raises(Unauthorized):
        world.core.doorkeeper.authenticate(ticket, "tab-2")
    # Nor does coming back again and again make it longer.
    admission = world.core.doorkeeper.authenticate(resume(world, "a3"), "tab-2")
    assert world.core.signaling.connect(admission, "a4", "tab-2").expires_at == ends


def test_somebody_who_has_been_removed_does_not_come_back(world: World) -> None:
    world.connect("ann", "a2", "tab-2")
    ticket = resume(world, "a2")
    world.core.users.remove("ann")
    with pytest.raises(Unauthorized):
        world.core.doorkeeper.authenticate(ticket, "tab-2")


def test_hello(world: World) -> None:
    world.connect("ann", "a2", "tab-2")
    world.send("a2", "hello", id="h")
    welcome = world.one("a2", "welcome")
    assert welcome.pop("resume")
    assert welcome == {
        "action": "welcome",
        "id": "h",
        "connectionId": "a2",
        "userId": "ann",
        "deviceId": "tab-2",
        "protocol": 1,
        "now": world.clock.now(),
        "expiresAt": world.clock.now() + 2 * 3600 * 1000,
    }


@pytest.mark.parametrize("device", [None, "", "with space", "x" * 129])
def test_without_a_device_id_the_connection_is_the_device(world: World, device: str | None) -> None:
    assert world.connect("ann", "a3", device).device_id == "a3"


def test_connecting_sends_nothing_to_the_new_socket(world: World) -> None:
    world.core.signaling.connect(Admission("ann"), "a9")
    assert world.push.frames("a9") == []


def test_nobody_is_there_whose_coming_could_not_be_told(world: World) -> None:
    world.drop("a1")
    world.pass_time(GRACE_MS)
    world.push.fail_next()
    with pytest.raises(Unavailable):
        world.core.signaling.connect(Admission("ann"), "a2")
    assert world.connections.of_user("ann", world.clock.now()) == []


def test_ping(world: World) -> None:
    world.send("a1", "ping", id="p")
    assert world.one("a1", "pong") == {"action": "pong", "id": "p", "now": world.clock.now()}


def test_an_expired_connection_can_do_nothing(world: World) -> None:
    world.clock.advance(2 * 3600 * 1000)
    world.send("a1", "relay", to="bob", payload=1)
    world.refused("a1", "not_allowed")


# -- relay -----------------------------------------------------------------------------------------------------------


def test_a_user_id_reaches_every_device(world: World) -> None:
    world.connect("bob", "b2")
    world.send("a1", "relay", to="bob", callId="call-0001", payload={"x": [1]}, more="kept", id="1")
    expected = {
        "action": "relay",
        "to": "bob",
        "callId": "call-0001",
        "payload": {"x": [1]},
        "more": "kept",
        "from": {"userId": "ann", "connectionId": "a1", "deviceId": "a1"},
    }
    assert world.one("b1", "relay") == world.one("b2", "relay") == expected
    world.nothing("a1")


def test_a_connection_id_reaches_that_connection(world: World) -> None:
    world.connect("bob", "b2")
    world.send("a1", "relay", to="b2", payload=1)
    world.one("b2", "relay")
    world.nothing("b1")


def test_a_forged_sender_is_replaced(world: World) -> None:
    world.send("a1", "relay", to="bob", payload=1, from_={"userId": "eve", "connectionId": "e1"})
    assert world.one("b1", "relay")["from"]["userId"] == "ann"


@pytest.mark.parametrize("to", ["eve", "e1", "nobody", "ann", "a1"])
def test_only_contacts_can_be_reached(world: World, to: str) -> None:
    world.send("a1", "relay", to=to, payload=1)
    world.refused("a1", "not_allowed")
    world.nothing("e1")


def test_a_request_is_not_a_contact(world: World) -> None:
    world.core.contacts.add("ann", "eve@example.org")
    world.clear()
    for sender, to in (("a1", "eve"), ("e1", "ann")):
        world.send(sender, "relay", to=to, payload=1)
        world.refused(sender, "not_allowed")


def test_blocking_ends_reaching_and_is_silent(world: World) -> None:
    world.core.contacts.change("ann", "bob", "blocked")
    world.clear()
    world.send("a1", "relay", to="bob", payload=1)
    world.refused("a1", "not_allowed")
    for to in ("ann", "a1"):
        world.send("b1", "relay", to=to, payload=1)
        world.refused("b1", "offline")
    world.nothing("a1")


def test_whoever_asked_and_was_blocked_hears_what_everybody_who_asked_hears(world: World) -> None:
    world.core.contacts.add("eve", "ann@example.org")
    world.core.contacts.change("ann", "eve", "blocked")
    world.clear()
    for to in ("ann", "a1"):
        world.send("e1", "relay", to=to, payload=1)
        world.refused("e1", "not_allowed")
    world.send("e1", "invite", callId="call-0001", to="ann")
    world.refused("e1", "not_allowed")
    world.nothing("a1")


def test_nobody_there(world: World) -> None:
    world.drop("b1")
    world.clear()
    world.send("a1", "relay", to="bob", payload=1, id="7")
    assert world.refused("a1", "offline")["id"] == "7"


def test_a_gone_connection_is_tidied_up(world: World) -> None:
    world.push.gone = {"b1"}
    world.send("a1", "relay", to="bob", payload=1)
    world.refused("a1", "offline")
    assert world.connections.get("b1", world.clock.now()) is None
    world.pass_time(GRACE_MS)
    assert presences(world, "a1") == [("bob", False)]


def test_members_of_a_call_reach_each_other_after_the_contact_is_removed(world: World) -> None:
    world.send("a1", "invite", callId="call-0001", to="bob")
    world.send("b1", "accept", callId="call-0001")
    world.core.contacts.remove("ann", "bob")
    world.clear()
    world.send("a1", "relay", to="bob", callId="call-0001", payload=1)
    world.one("b1", "relay")
    world.send("a1", "relay", to="bob", payload=1)
    world.refused("a1", "not_allowed")
    world.send("e1", "relay", to="bob", callId="call-0001", payload=1)
    world.refused("e1", "not_allowed")
    world.send("a1", "hangup", callId="call-0001")
    world.clear()
    world.send("a1", "relay", to="bob", callId="call-0001", payload=1)
    world.refused("a1", "not_allowed")


@pytest.mark.parametrize(
    ("action", "fields", "code"),
    [
        ("relay", {"payload": 1}, "bad_frame"),
        ("relay", {"to": "bob"}, "bad_frame"),
        ("relay", {"to": ["bob"], "payload": 1}, "bad_frame"),
        ("relay", {"to": "bob", "payload": 1, "callId": 7}, "bad_frame"),
        ("signal", {"payload": 1}, "bad_frame"),
        ("signal", {"ticket": "x.y"}, "bad_frame"),
        ("signal", {"ticket": "x.y", "payload": 1}, "bad_ticket"),
        ("signal", {"ticket": 5, "payload": 1}, "bad_frame"),
        ("welcome", {}, "unknown_action"),
        ("", {}, "unknown_action"),
        ("__init__", {}, "unknown_action"),
    ],
)
def test_frames_that_are_refused(world: World, action: str, fields: dict[str, Any], code: str) -> None:
    world.send("a1", action, **fields)
    world.refused("a1", code)
    world.nothing("b1")


def test_a_frame_that_is_no_frame(world: World) -> None:
    world.core.signaling.receive("a1", b"\xff\xfe")
    world.refused("a1", "bad_frame")


# -- signal ----------------------------------------------------------------------------------------------------------


def test_signal_reads_no_store(world: World) -> None:
    world.send("a1", "invite", callId="call-0001", to="bob")
    route = world.one("b1", "invite")["route"]
    world.clear()
    stores = (world.users, world.contacts, world.connections, world.calls, world.tickets)
    for store in stores:
        store.calls_of.clear()
    world.send("b1", "signal", ticket=route, payload=1, id="5", callId="forged-00", from_={"userId": "eve"})
    assert world.one("a1", "signal") == {
        "action": "signal",
        "callId": "call-0001",
        "payload": 1,
        "from": {"userId": "bob", "connectionId": "b1", "deviceId": "b1"},
    }
    assert sum(store.calls_of.total() for store in stores) == 0


def test_a_route_is_not_for_others(world: World) -> None:
    world.send("a1", "invite", callId="call-0001", to="bob")
    route = world.one("b1", "invite")["route"]
    world.clear()
    for connection_id in ("e1", "a1"):
        world.send(connection_id, "signal", ticket=route, payload=1)
        world.refused(connection_id, "bad_ticket")


def test_a_route_to_a_connection_that_is_gone(world: World) -> None:
    world.send("a1", "invite", callId="call-0001", to="bob")
    route = world.one("b1", "invite")["route"]
    world.push.gone = {"a1"}
    for _ in range(2):
        world.send("b1", "signal", ticket=route, payload=1, callId="call-0001")
        refusal = world.refused("b1", "offline")
        assert (refusal["about"], refusal["callId"], refusal["connectionId"]) == ("signal", "call-0001", "a1")


# -- presence --------------------------------------------------------------------------------------------------------


def test_contacts_hear_who_comes_and_goes(world: World) -> None:
    world.drop("b1")
    world.pass_time(GRACE_MS - 1)
    assert presences(world, "a1") == []
    world.pass_time(1)
    assert presences(world, "a1") == [("bob", False)]
    world.connect("bob", "b2")
    assert presences(world, "a1") == [("bob", True)]
    assert world.push.frames("e1") == []


def test_a_reload_never_says_offline(world: World) -> None:
    world.drop("b1")
    world.pass_time(1_000)
    world.connect("bob", "b2")
    world.pass_time(10 * GRACE_MS)
    assert all(online for _, online in presences(world, "a1"))


@pytest.mark.parametrize("how", ["signal", "relay"])
def test_a_connection_that_a_frame_finds_gone_may_be_back_in_a_moment(world: World, how: str) -> None:
    world.send("b1", "invite", callId="call-0001", to="ann")
    route = world.one("a1", "invite")["route"]
    world.clear()
    world.push.gone = {"b1"}
    if how == "signal":
        world.send("a1", "signal", ticket=route, payload=1)
    else:
        world.send("a1", "relay", to="b1", payload=1)
    world.refused("a1", "offline")
    assert [contact.online for contact in world.core.contacts.list_of("ann")] == [True]
    world.pass_time(GRACE_MS - 1)
    assert presences(world, "a1") == []
    world.connect("bob", "b2")
    world.pass_time(10 * GRACE_MS)
    assert presences(world, "a1") == [("bob", True)]


def test_a_connection_that_a_frame_finds_gone_and_that_stays_away(world: World) -> None:
    world.push.gone = {"b1"}
    world.send("a1", "relay", to="bob", payload=1)
    world.pass_time(GRACE_MS - 1)
    assert presences(world, "a1") == []
    world.pass_time(1)
    assert presences(world, "a1") == [("bob", False)]
    assert [contact.online for contact in world.core.contacts.list_of("ann")] == [False]


def test_a_reload_after_a_reload_never_says_offline(world: World) -> None:
    """The window of the first ends in the middle of the second."""
    world.drop("b1")
    world.pass_time(1_000)
    world.connect("bob", "b2")
    world.pass_time(GRACE_MS - 1_500)
    world.drop("b2")
    world.pass_time(1_000)
    world.connect("bob", "b3")
    world.pass_time(10 * GRACE_MS)
    assert all(online for _, online in presences(world, "a1"))
    world.drop("b3")
    world.pass_time(GRACE_MS)
    assert presences(world, "a1") == [("bob", False)]


def test_the_list_shows_who_is_in_the_middle_of_a_reload(world: World) -> None:
    world.drop("b1")
    world.pass_time(GRACE_MS - 1)
    assert [contact.online for contact in world.core.contacts.list_of("ann")] == [True]
    assert world.core.contacts.change("ann", "bob", "accepted").online is True
    world.pass_time(1)
    assert [contact.online for contact in world.core.contacts.list_of("ann")] == [False]
    assert world.core.contacts.change("ann", "bob", "accepted").online is False


def test_a_second_tab_changes_nothing(world: World) -> None:
    world.connect("bob", "b2")
    world.drop("b1")
    world.pass_time(10 * GRACE_MS)
    assert presences(world, "a1") == []


def test_a_socket_that_died_unseen_does_not_outlive_its_successor(world: World) -> None:
    """The network changes under a device: its old socket is never seen to close."""
    world.connect("bob", "b2", "bob-phone")
    world.connect("bob", "b3", "bob-phone")
    world.drop("b1")
    world.pass_time(REPLACED_MS)
    world.clear()
    world.drop("b3")
    world.pass_time(GRACE_MS)
    assert presences(world, "a1") == [("bob", False)]
    assert not world.connections.of_user("bob", world.clock.now())


def test_a_successor_that_did_not_last_leaves_the_old_socket(world: World) -> None:
    world.connect("bob", "b2", "bob-phone")
    world.connect("bob", "b3", "bob-phone")
    world.drop("b1")
    world.pass_time(REPLACED_MS - 1)
    world.drop("b3")
    world.pass_time(10 * GRACE_MS)
    assert [c.connection_id for c in world.connections.of_user("bob", world.clock.now())] == ["b2"]
    assert presences(world, "a1") == []


def test_a_replaced_socket_that_closes_leaves_its_successor(world: World) -> None:
    world.connect("bob", "b2", "bob-phone")
    world.drop("b1")
    world.pass_time(REPLACED_MS)
    world.connect("bob", "b3", "bob-phone")
    world.drop("b2")
    world.pass_time(10 * GRACE_MS)
    assert [c.connection_id for c in world.connections.of_user("bob", world.clock.now())] == ["b3"]
    assert presences(world, "a1") == []


def test_disconnecting_twice_is_no_error(world: World) -> None:
    world.drop("b1")
    world.drop("b1")
    world.drop("never-there")
    world.pass_time(GRACE_MS)
    assert presences(world, "a1") == [("bob", False)]


def test_the_blocked_do_not_see_who_blocked_them_come(world: World) -> None:
    world.core.contacts.change("ann", "bob", "blocked")
    world.drop("a1")
    world.pass_time(GRACE_MS)
    world.clear()
    world.connect("ann", "a2")
    assert presences(world, "b1") == []


def test_an_unknown_timer_is_an_error(world: World) -> None:
    with pytest.raises(ValueError, match="unknown timer"):
        world.core.signaling.on_timer("nonsense", "x")
