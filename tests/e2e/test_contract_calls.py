"""The life of a call as the server sees it, from outside: every way it can go and end."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.e2e.client import Account, Frame, Socket
from tests.e2e.conftest import AccountMaker, Starter, make_account


@pytest.fixture
def pair(account: AccountMaker) -> tuple[Account, Account]:
    """Two contacts that nobody else knows."""
    ada, grace = account("Ada"), account("Grace")
    ada.befriend(grace)
    return ada, grace


@pytest.fixture
def sockets(pair: tuple[Account, Account]) -> Iterator[tuple[Socket, Socket]]:
    """A socket of each."""
    with pair[0].socket(device="ada-tab") as caller, pair[1].socket(device="grace-tab") as callee:
        yield caller, callee


def new_call_id() -> str:
    return str(uuid.uuid4())


def sender(socket: Socket) -> Frame:
    """How the server stamps frames of ``socket``."""
    return {"userId": socket.user_id, "connectionId": socket.id, "deviceId": socket.welcome["deviceId"]}


def invite(caller: Socket, callee: Socket, *also: Socket) -> tuple[str, Frame]:
    """Rings; returns the call id and what the callee was told."""
    call_id = new_call_id()
    caller.send({"action": "invite", "callId": call_id, "to": callee.user_id, "video": True, "id": "i1"})
    told = callee.expect("invite")
    for device in also:
        assert device.expect("invite")["callId"] == call_id
    invited = caller.expect("invited")
    assert invited["id"] == "i1"
    assert invited["callId"] == told["callId"] == call_id
    assert invited["devices"] == 1 + len(also)
    assert invited["ringUntil"] == told["ringUntil"]
    return call_id, told


def accept(caller: Socket, callee: Socket) -> tuple[str, Frame, Frame]:
    """Rings and accepts; returns the call id, what the caller was told, and what the callee was."""
    call_id, _ = invite(caller, callee)
    callee.send({"action": "accept", "callId": call_id})
    return call_id, caller.expect("accept"), callee.expect("accepted")


def last_call(account: Account) -> dict[str, Any]:
    """The newest entry of the history."""
    calls = account.request("GET", "/calls").json()["calls"]
    assert isinstance(calls[0], dict)
    return calls[0]


def test_a_call_is_made_and_ends(pair: tuple[Account, Account], sockets: tuple[Socket, Socket]) -> None:
    caller, callee = sockets
    call_id, told = invite(caller, callee)
    assert told["from"] == sender(caller)
    assert told["name"] == "Ada"
    assert told["video"] is True

    callee.send({"action": "ringing", "callId": call_id})
    ringing = caller.expect("ringing")
    assert ringing["from"] == sender(callee)

    # Connecting while it rings, over the route tickets that both sides have been given.
    callee.send(
        {"action": "signal", "ticket": told["route"], "payload": {"offer": 1}, "from": {"userId": "forged"}}
    )
    offer = caller.expect("signal")
    assert (offer["from"], offer["payload"], offer["callId"]) == (sender(callee), {"offer": 1}, call_id)
    assert "ticket" not in offer
    caller.send({"action": "signal", "ticket": ringing["route"], "payload": {"answer": 1}})
    assert callee.expect("signal")["payload"] == {"answer": 1}

    callee.send({"action": "accept", "callId": call_id, "id": "a1"})
    accepted = callee.expect("accepted")
    assert accepted["id"] == "a1"
    assert accepted["peer"] == sender(caller)
    assert caller.expect("accept")["from"] == sender(callee)

    caller.send({"action": "hangup", "callId": call_id})
    assert callee.expect("hangup")["from"] == sender(caller)
    caller.expect_nothing()
    for account in pair:
        call = last_call(account)
        assert call["callId"] == call_id
        assert call["outcome"] == "hangup"


def test_the_callee_hangs_up(sockets: tuple[Socket, Socket]) -> None:
    caller, callee = sockets
    call_id, _, _ = accept(caller, callee)
    callee.send({"action": "hangup", "callId": call_id})
    assert caller.expect("hangup")["callId"] == call_id
    caller.send({"action": "hangup", "callId": call_id})
    caller.expect_error("call_ended")


def test_the_callee_declines(pair: tuple[Account, Account], sockets: tuple[Socket, Socket]) -> None:
    caller, callee = sockets
    call_id, _ = invite(caller, callee)
    callee.send({"action": "decline", "callId": call_id})
    assert caller.expect("decline")["from"] == sender(callee)
    assert last_call(pair[0])["outcome"] == "declined"


def test_the_caller_cancels(pair: tuple[Account, Account], sockets: tuple[Socket, Socket]) -> None:
    caller, callee = sockets
    call_id, _ = invite(caller, callee)
    caller.send({"action": "cancel", "callId": call_id})
    assert callee.expect("cancel")["callId"] == call_id
    assert last_call(pair[1])["outcome"] == "cancelled"
    callee.send({"action": "accept", "callId": call_id})
    assert callee.expect_error("call_ended")["reason"] == "cancelled"


def test_hanging_up_before_the_accept_cancels_or_declines(sockets: tuple[Socket, Socket]) -> None:
    caller, callee = sockets
    call_id, _ = invite(caller, callee)
    caller.send({"action": "hangup", "callId": call_id})
    assert callee.expect("cancel")["callId"] == call_id
    call_id, _ = invite(caller, callee)
    callee.send({"action": "hangup", "callId": call_id})
    assert caller.expect("decline")["callId"] == call_id


def test_a_cancel_that_comes_after_the_accept_loses(sockets: tuple[Socket, Socket]) -> None:
    caller, callee = sockets
    call_id, _, _ = accept(caller, callee)
    caller.send({"action": "cancel", "callId": call_id})
    assert caller.expect_error("call_ended")["reason"] == "accepted"
    callee.expect_nothing()


def test_nobody_answers(start: Starter) -> None:
    deployment = start(ring_seconds="1")
    ada, grace = make_account(deployment, "Ada"), make_account(deployment, "Grace")
    ada.befriend(grace)
    with ada.socket() as caller, grace.socket() as callee:
        call_id, _ = invite(caller, callee)
        assert caller.expect("timeout")["callId"] == callee.expect("timeout")["callId"] == call_id
        callee.send({"action": "accept", "callId": call_id})
        assert callee.expect_error("call_ended")["reason"] == "timeout"
        assert last_call(grace)["outcome"] == "timeout"
        invite(caller, callee)


def test_the_callee_is_offline(pair: tuple[Account, Account]) -> None:
    ada, grace = pair
    with ada.socket() as caller:
        call_id = new_call_id()
        caller.send({"action": "invite", "callId": call_id, "to": grace.user_id})
        assert caller.expect_error("offline")["callId"] == call_id
    call = last_call(grace)
    assert (call["callId"], call["outcome"]) == (call_id, "offline")


def test_a_second_call_is_refused_as_busy(account: AccountMaker) -> None:
    ada, grace, eve = account("Ada"), account("Grace"), account("Eve")
    ada.befriend(grace)
    eve.befriend(grace)
    eve.befriend(ada)
    with ada.socket() as caller, grace.socket() as callee, eve.socket() as third:
        call_id, _, _ = accept(caller, callee)
        for busy in (callee, caller):
            late = new_call_id()
            third.send({"action": "invite", "callId": late, "to": busy.user_id})
            assert third.expect("busy")["callId"] == late
            busy.expect_nothing()
        caller.send({"action": "invite", "callId": new_call_id(), "to": eve.user_id})
        caller.expect_error("in_call")
        caller.send({"action": "hangup", "callId": call_id})
        callee.expect("hangup")
        invite(third, callee)
    assert [c["outcome"] for c in grace.request("GET", "/calls").json()["calls"]].count("busy") == 1


def test_a_call_id_is_used_once(sockets: tuple[Socket, Socket]) -> None:
    caller, callee = sockets
    call_id, _ = invite(caller, callee)
    caller.send({"action": "cancel", "callId": call_id})
    callee.expect("cancel")
    caller.send({"action": "invite", "callId": call_id, "to": callee.user_id})
    caller.expect_error("call_exists")
    callee.expect_nothing()


def test_only_one_of_two_devices_wins_the_accept(pair: tuple[Account, Account]) -> None:
    ada, grace = pair
    with ada.socket() as caller, grace.socket(device="desk") as desk, grace.socket(device="phone") as phone:
        call_id, _ = invite(caller, desk, phone)
        phone.send({"action": "accept", "callId": call_id})
        phone.expect("accepted")
        assert desk.expect("answered_elsewhere")["callId"] == call_id
        assert caller.expect("accept")["from"]["deviceId"] == "phone"
        desk.send({"action": "accept", "callId": call_id})
        desk.expect_error("call_ended")
        # The device that did not take the call cannot end it for the one that did.
        desk.send({"action": "decline", "callId": call_id})
        desk.expect_error("call_ended")
        phone.expect_nothing()
        caller.expect_nothing()


def test_two_devices_race_for_the_accept(pair: tuple[Account, Account]) -> None:
    ada, grace = pair
    with ada.socket() as caller, grace.socket(device="desk") as desk, grace.socket(device="phone") as phone:
        call_id, _ = invite(caller, desk, phone)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda s: s.send({"action": "accept", "callId": call_id}), (desk, phone)))
        winner = caller.expect("accept")["from"]["deviceId"]
        won, lost = (desk, phone) if winner == "desk" else (phone, desk)
        won.expect("accepted")
        lost_heard = {lost.receive()["action"] for _ in range(2)}
        assert lost_heard == {"answered_elsewhere", "error"}
        caller.expect_nothing()


def test_declining_on_one_device_stops_the_other(pair: tuple[Account, Account]) -> None:
    ada, grace = pair
    with ada.socket() as caller, grace.socket(device="desk") as desk, grace.socket(device="phone") as phone:
        call_id, _ = invite(caller, desk, phone)
        desk.send({"action": "decline", "callId": call_id})
        assert phone.expect("decline")["callId"] == call_id
        assert caller.expect("decline")["callId"] == call_id


def test_calling_each_other_at_once_leaves_one_call(sockets: tuple[Socket, Socket]) -> None:
    first, second = sockets
    call_id, _ = invite(first, second)
    second.send({"action": "invite", "callId": new_call_id(), "to": first.user_id})
    assert second.expect_error("glare")["activeCallId"] == call_id
    first.expect_nothing()
    second.send({"action": "accept", "callId": call_id})
    assert first.expect("accept")["callId"] == call_id


def test_nobody_else_can_touch_a_call(account: AccountMaker, sockets: tuple[Socket, Socket]) -> None:
    caller, callee = sockets
    call_id, _ = invite(caller, callee)
    with account("Eve").socket() as stranger:
        for action in ("ringing", "accept", "decline", "cancel", "hangup", "route"):
            stranger.send({"action": action, "callId": call_id})
            stranger.expect_error("call_not_found")
        for action in ("ringing", "accept", "decline"):
            caller.send({"action": action, "callId": call_id})
            caller.expect_error("call_not_found")
        callee.send({"action": "cancel", "callId": call_id})
        callee.expect_error("call_not_found")
        caller.expect_nothing()
        callee.expect_nothing()


def test_strangers_cannot_ring(account: AccountMaker) -> None:
    ada, eve = account("Ada"), account("Eve")
    assert eve.add(ada).status_code == 201
    with eve.socket() as stranger, ada.socket() as victim:
        for to in (ada.user_id, "nobody", eve.user_id):
            stranger.send({"action": "invite", "callId": new_call_id(), "to": to})
            stranger.expect_error("not_allowed")
        victim.expect_nothing()
    assert ada.request("GET", "/calls").json()["calls"] == []


def test_a_route_ticket_serves_nobody_else(account: AccountMaker, sockets: tuple[Socket, Socket]) -> None:
    caller, callee = sockets
    _, told = invite(caller, callee)
    route = told["route"]
    body, _, mac = route.partition(".")
    with account("Eve").socket() as thief:
        thief.send({"action": "signal", "ticket": route, "payload": {}})
        thief.expect_error("bad_ticket")
    # Not the other way round either, nor changed, nor a ticket of another kind.
    caller.send({"action": "signal", "ticket": route, "payload": {}})
    caller.expect_error("bad_ticket")
    for forged in (f"{body}.", f"{body[:-2]}AA.{mac}", f".{mac}", "x", "", "é.é"):
        callee.send({"action": "signal", "ticket": forged, "payload": {}})
        callee.expect_error("bad_ticket")
    caller.expect_nothing()


def test_a_socket_ticket_is_no_route_ticket(
    pair: tuple[Account, Account], sockets: tuple[Socket, Socket]
) -> None:
    caller, callee = sockets
    caller.send({"action": "signal", "ticket": pair[0].ticket(), "payload": {}})
    caller.expect_error("bad_ticket")
    callee.expect_nothing()


def test_a_new_socket_of_the_same_device_gets_new_routes(
    pair: tuple[Account, Account], sockets: tuple[Socket, Socket]
) -> None:
    caller, callee = sockets
    call_id, accepted, _ = accept(caller, callee)
    with pair[0].socket(device="ada-tab") as replacement:
        assert replacement.welcome["call"]["callId"] == call_id
        assert replacement.welcome["call"]["state"] == "accepted"
        caller.close()
        replacement.send({"action": "route", "callId": call_id})
        route = replacement.expect("route")
        assert [peer["connectionId"] for peer in route["peers"]] == [callee.id]
        unasked = callee.expect("route")
        assert [peer["connectionId"] for peer in unasked["peers"]] == [replacement.id]
        callee.send({"action": "signal", "ticket": unasked["peers"][0]["route"], "payload": 1})
        assert replacement.expect("signal")["payload"] == 1
        replacement.send({"action": "signal", "ticket": route["peers"][0]["route"], "payload": 2})
        assert callee.expect("signal")["payload"] == 2
        # The old socket's route has nobody to serve any more.
        replacement.send({"action": "signal", "ticket": accepted["route"], "payload": 3})
        replacement.expect_error("bad_ticket")
        replacement.send({"action": "hangup", "callId": call_id})
        callee.expect("hangup")


def test_a_device_that_comes_late_learns_that_it_rings(
    pair: tuple[Account, Account], sockets: tuple[Socket, Socket]
) -> None:
    caller, callee = sockets
    call_id, _ = invite(caller, callee)
    with pair[1].socket(device="phone") as phone:
        call = phone.welcome["call"]
        assert (call["callId"], call["state"], call["role"]) == (call_id, "ringing", "callee")
        assert call["peer"] == {"userId": caller.user_id, "name": "Ada"}
        phone.send({"action": "accept", "callId": call_id})
        phone.expect("accepted")
        callee.expect("answered_elsewhere")


def test_a_caller_who_vanishes_stops_ringing(pair: tuple[Account, Account]) -> None:
    ada, grace = pair
    caller = ada.socket(device="ada-tab")
    with grace.socket() as callee:
        call_id, _ = invite(caller, callee)
        caller.drop()
        cancel = callee.expect("cancel")
        assert (cancel["callId"], cancel["reason"]) == (call_id, "lost")
    assert last_call(grace)["outcome"] == "lost"


def test_a_callee_who_parts_stops_the_ringing_on_every_device(account: AccountMaker) -> None:
    for how in ("block", "remove"):
        ada, grace = account("Ada"), account("Grace")
        ada.befriend(grace)
        with (
            ada.socket() as caller,
            grace.socket(device="desk") as desk,
            grace.socket(device="phone") as phone,
        ):
            call_id, _ = invite(caller, desk, phone)
            if how == "block":
                assert grace.change(ada, "blocked").status_code == 200
            else:
                assert grace.remove(ada).status_code == 204
            for socket in (caller, desk, phone):
                told = socket.expect("decline")
                assert (told["callId"], told["from"]["userId"]) == (call_id, grace.user_id)
            phone.send({"action": "accept", "callId": call_id})
            assert phone.expect_error("call_ended")["reason"] == "declined"
            if how == "block":
                caller.expect_unasked("presence", userId=grace.user_id, online=False)
        assert last_call(ada)["outcome"] == last_call(grace)["outcome"] == "declined"


def test_a_caller_who_blocks_stops_the_ringing(
    pair: tuple[Account, Account], sockets: tuple[Socket, Socket]
) -> None:
    caller, callee = sockets
    call_id, _ = invite(caller, callee)
    assert pair[0].change(pair[1], "blocked").status_code == 200
    for socket in (caller, callee):
        told = socket.expect("cancel")
        assert (told["callId"], told["from"]) == (call_id, sender(caller))
    assert last_call(pair[1])["outcome"] == "cancelled"


def test_a_block_hangs_up(pair: tuple[Account, Account], sockets: tuple[Socket, Socket]) -> None:
    caller, callee = sockets
    call_id, _, _ = accept(caller, callee)
    assert pair[1].change(pair[0], "blocked").status_code == 200
    for socket in (caller, callee):
        assert socket.expect("hangup")["callId"] == call_id
    assert last_call(pair[0])["outcome"] == "hangup"


def has_seen_them_go(caller: Socket, account: Account) -> None:
    """Waits until the server knows that ``account`` has no socket left: a moment after it was closed here."""
    while True:
        caller.send({"action": "relay", "to": account.user_id, "payload": "still there?"})
        caller.send({"action": "ping"})
        if "offline" in [frame.get("code") for frame in until_pong(caller)]:
            return


def until_pong(socket: Socket) -> list[Frame]:
    """What comes up to the next pong."""
    frames = [socket.receive()]
    while frames[-1]["action"] != "pong":
        frames.append(socket.receive())
    return frames


def test_somebody_in_the_middle_of_a_reload_is_rung_when_back(pair: tuple[Account, Account]) -> None:
    ada, grace = pair
    with ada.socket() as caller:
        ticket = grace.ticket()  # before the window begins
        grace.socket(device="grace-tab").close()
        has_seen_them_go(caller, grace)
        call_id = new_call_id()
        caller.send({"action": "invite", "callId": call_id, "to": grace.user_id})
        assert caller.expect("invited")["devices"] == 0
        with grace.socket(auth=ticket, device="grace-tab") as callee:
            call = callee.welcome["call"]
            assert (call["callId"], call["state"], call["role"]) == (call_id, "ringing", "callee")
            callee.send({"action": "ringing", "callId": call_id})
            assert caller.expect("ringing")["from"] == sender(callee)
            callee.send({"action": "accept", "callId": call_id})
            callee.expect("accepted")
            assert caller.expect("accept")["callId"] == call_id


def test_nobody_comes_back_from_a_reload(pair: tuple[Account, Account]) -> None:
    ada, grace = pair
    with ada.socket() as caller:
        grace.socket(device="grace-tab").close()
        has_seen_them_go(caller, grace)
        call_id = new_call_id()
        caller.send({"action": "invite", "callId": call_id, "to": grace.user_id})
        assert caller.expect("invited")["devices"] == 0
        told = caller.expect_error("offline")
        assert (told["about"], told["callId"]) == ("invite", call_id)
        caller.expect_unasked("presence", userId=grace.user_id, online=False)
    call = last_call(grace)
    assert (call["callId"], call["outcome"], call["missed"]) == (call_id, "offline", True)


def test_members_of_a_call_reach_each_other_after_the_contact_is_gone(
    pair: tuple[Account, Account], sockets: tuple[Socket, Socket]
) -> None:
    caller, callee = sockets
    call_id, _, _ = accept(caller, callee)
    assert pair[0].remove(pair[1]).status_code == 204
    caller.send({"action": "relay", "to": callee.id, "callId": call_id, "payload": 1})
    assert callee.expect("relay")["payload"] == 1
    callee.send({"action": "hangup", "callId": call_id})
    caller.expect("hangup")
    caller.send({"action": "relay", "to": callee.id, "callId": call_id, "payload": 2})
    caller.expect_error("not_allowed")


def test_the_history_is_paged_newest_first(pair: tuple[Account, Account]) -> None:
    ada, grace = pair
    made = [new_call_id() for _ in range(5)]
    with ada.socket() as caller:
        for call_id in made:
            caller.send({"action": "invite", "callId": call_id, "to": grace.user_id})
            caller.expect_error("offline")
    seen: list[str] = []
    after = ""
    while True:
        page = grace.request("GET", f"/calls?limit=2{after}").json()
        assert len(page["calls"]) <= 2
        seen += [call["callId"] for call in page["calls"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert sorted(seen) == sorted(made)
    times = [call["startedAt"] for call in grace.request("GET", "/calls").json()["calls"]]
    assert times == sorted(times, reverse=True)
