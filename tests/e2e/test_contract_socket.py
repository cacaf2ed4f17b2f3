"""The WebSocket, from outside: its door, its frames, its refusals."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.client import Account, Socket, open_socket
from tests.e2e.conftest import AccountMaker
from tests.e2e.deployment import Deployment, LocalDeployment
from websockets.exceptions import ConnectionClosed, InvalidStatus


@pytest.fixture(scope="module")
def pair(account: AccountMaker) -> tuple[Account, Account]:
    """Two contacts."""
    ada, grace = account("Ada"), account("Grace")
    ada.befriend(grace)
    return ada, grace


@pytest.fixture
def sockets(pair: tuple[Account, Account]) -> Iterator[tuple[Socket, Socket]]:
    """A socket of each."""
    with pair[0].socket() as first, pair[1].socket() as second:
        yield first, second


def refused(deployment: Deployment, auth: str | None, device: str | None = None) -> None:
    """Checks that the handshake is refused."""
    with pytest.raises(InvalidStatus) as refusal:
        open_socket(deployment, auth, device)
    assert refusal.value.response.status_code in (401, 403)


# --- The door ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", [None, "", "x", "a.b", "a.b.c", "..", "é", "a" * 3000])
def test_without_good_auth_the_door_stays_shut(deployment: LocalDeployment, auth: str | None) -> None:
    refused(deployment, auth)


def test_a_ticket_opens_one_socket(pair: tuple[Account, Account]) -> None:
    ada = pair[0]
    ticket = ada.ticket()
    with ada.socket(auth=ticket) as socket:
        assert socket.user_id == ada.user_id
    refused(ada.deployment, ticket)


def test_a_ticket_opens_one_socket_however_many_try_at_once(pair: tuple[Account, Account]) -> None:
    ada = pair[0]
    ticket = ada.ticket()

    def attempt(_: int) -> bool:
        try:
            connection = open_socket(ada.deployment, ticket)
        except InvalidStatus:
            return False
        connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_ticket_that_was_tampered_with_opens_nothing(pair: tuple[Account, Account]) -> None:
    ada = pair[0]
    body, _, mac = ada.ticket().partition(".")
    for forged in (f"{body}.", f"{body}.{mac[:-2]}AA", f"{body[:-2]}AA.{mac}", f".{mac}", f"{body}.{body}"):
        refused(ada.deployment, forged)


def test_a_token_opens_a_socket_too(pair: tuple[Account, Account]) -> None:
    ada = pair[0]
    with ada.socket(auth=ada.token) as socket:
        assert socket.user_id == ada.user_id


def test_nothing_is_sent_before_hello(pair: tuple[Account, Account]) -> None:
    ada = pair[0]
    connection = open_socket(ada.deployment, ada.ticket())
    connection.send('{"action":"ping"}')
    assert json.loads(connection.recv(timeout=20))["action"] == "pong"
    connection.close()


def test_welcome_says_who_and_where_one_is(pair: tuple[Account, Account]) -> None:
    ada = pair[0]
    with ada.socket(device="tab-1") as socket:
        welcome = socket.welcome
        assert welcome["userId"] == ada.user_id
        assert welcome["deviceId"] == "tab-1"
        assert welcome["protocol"] == 1
        assert welcome["now"] < welcome["expiresAt"]
    with ada.socket() as socket:
        assert socket.welcome["deviceId"] == socket.id


def test_a_device_comes_back_once_with_what_its_welcome_gave_it(pair: tuple[Account, Account]) -> None:
    ada = pair[0]
    with ada.socket(device="tab-1") as socket:
        welcome = socket.welcome
    resume = ada.deployment.secrets.remember(welcome["resume"])
    refused(ada.deployment, resume)
    refused(ada.deployment, resume, "tab-2")
    with ada.socket(auth=resume, device="tab-1") as socket:
        assert socket.user_id == ada.user_id
        assert socket.welcome["expiresAt"] == welcome["expiresAt"]
        assert socket.welcome["resume"] != resume
    refused(ada.deployment, resume, "tab-1")


# --- Frames that are none ---------------------------------------------------------------------------------------------

BAD_FRAMES: list[tuple[str, str | bytes, str]] = [
    ("empty", "", "bad_frame"),
    ("not JSON", "hello", "bad_frame"),
    ("cut", '{"action":"ping"', "bad_frame"),
    ("null", "null", "bad_frame"),
    ("array", '["ping"]', "bad_frame"),
    ("no action", "{}", "bad_frame"),
    ("action is a number", '{"action":1}', "bad_frame"),
    ("action is null", '{"action":null}', "bad_frame"),
    ("two values", '{"action":"ping"}{"action":"ping"}', "bad_frame"),
    ("not a number", '{"action":"ping","x":NaN}', "bad_frame"),
    ("binary", b'{"action":"ping"}', "bad_frame"),
    ("id is a number", '{"action":"ping","id":7}', "bad_frame"),
    ("id is long", '{"action":"ping","id":"' + "i" * 65 + '"}', "bad_frame"),
    ("deep arrays", '{"action":"ping","x":' + "[" * 100 + "]" * 100 + "}", "bad_frame"),
    ("very deep objects", '{"action":"ping","x":' + '{"a":' * 5000 + "1" + "}" * 5000 + "}", "bad_frame"),
    ("unknown", '{"action":"dance"}', "unknown_action"),
    ("a server's action", '{"action":"welcome"}', "unknown_action"),
    ("just too large", '{"action":"ping","x":"' + "a" * 32_768 + '"}', "too_large"),
    ("large", '{"action":"ping","x":"' + "a" * 60_000 + '"}', "too_large"),
    ("too large in bytes", '{"action":"ping","x":"' + "é" * 16_400 + '"}', "too_large"),
    ("invite without a call", '{"action":"invite","to":"someone"}', "bad_frame"),
    ("invite to a number", '{"action":"invite","to":3,"callId":"12345678"}', "bad_frame"),
    ("call id too short", '{"action":"invite","to":"someone","callId":"1"}', "bad_frame"),
    ("call id with a space", '{"action":"accept","callId":"1234 5678"}', "bad_frame"),
    ("accept without a call", '{"action":"accept"}', "bad_frame"),
    ("relay to nobody", '{"action":"relay","payload":{}}', "bad_frame"),
    ("relay to a list", '{"action":"relay","to":[],"payload":{}}', "bad_frame"),
    ("signal without a ticket", '{"action":"signal","payload":{}}', "bad_frame"),
]


@pytest.mark.parametrize(
    ("message", "code"), [(m, c) for _, m, c in BAD_FRAMES], ids=[name for name, _, _ in BAD_FRAMES]
)
def test_a_bad_frame_is_answered_and_the_socket_lives_on(
    sockets: tuple[Socket, Socket], message: str | bytes, code: str
) -> None:
    ours, theirs = sockets
    ours.connection.send(message)
    ours.expect_error(code)
    ours.expect_nothing()
    theirs.expect_nothing()


def test_a_frame_that_is_not_utf_8_reaches_nobody(sockets: tuple[Socket, Socket]) -> None:
    """RFC 6455, section 8.1: the connection may be failed with 1007; an error frame is an answer too."""
    ours, theirs = sockets
    ours.connection.send(
        b'{"action":"relay","to":"' + theirs.user_id.encode() + b'","payload":"\xff\xfe"}', text=True
    )
    try:
        ours.expect_error("bad_frame")
    except ConnectionClosed:
        assert ours.connection.close_code == 1007
    theirs.expect_nothing()


def test_an_error_says_what_it_is_about(sockets: tuple[Socket, Socket]) -> None:
    ours, _ = sockets
    ours.send({"action": "accept", "callId": "no-such-call", "id": "q1"})
    error = ours.expect_error("call_not_found")
    assert error["about"] == "accept"
    assert error["id"] == "q1"
    assert error["callId"] == "no-such-call"


def test_a_flood_is_answered_with_rate_limited_and_the_socket_lives_on(pair: tuple[Account, Account]) -> None:
    with pair[0].socket() as socket:
        for number in range(1500):
            socket.send({"action": "ping", "id": str(number)})
        pongs = 0
        while (frame := socket.receive())["action"] != "error":
            # On a busy machine the server may still be telling what was before.
            assert frame["action"] in ("pong", "presence")
            pongs += frame["action"] == "pong"
        assert frame["code"] == "rate_limited"
        assert pongs >= 100


# --- relay ------------------------------------------------------------------------------------------------------------


def test_a_relayed_frame_arrives_stamped(sockets: tuple[Socket, Socket]) -> None:
    ours, theirs = sockets
    forged = {"userId": "somebody", "connectionId": "else", "deviceId": "x"}
    ours.send(
        {
            "action": "relay",
            "to": theirs.user_id,
            "payload": {"x": [1, "é"]},
            "extra": True,
            "from": forged,
            "id": "1",
        }
    )
    frame = theirs.expect("relay")
    assert frame == {
        "action": "relay",
        "to": theirs.user_id,
        "payload": {"x": [1, "é"]},
        "extra": True,
        "from": {"userId": ours.user_id, "connectionId": ours.id, "deviceId": ours.welcome["deviceId"]},
    }


def test_a_user_id_reaches_every_device_and_a_connection_id_one(pair: tuple[Account, Account]) -> None:
    ada, grace = pair
    with ada.socket() as ours, grace.socket() as first, grace.socket() as second:
        ours.send({"action": "relay", "to": grace.user_id, "payload": 1})
        assert first.expect("relay")["payload"] == second.expect("relay")["payload"] == 1
        ours.send({"action": "relay", "to": second.id, "payload": 2})
        assert second.expect("relay")["payload"] == 2
        first.expect_nothing()


def test_a_relay_to_whom_one_may_not_reach_is_refused(account: AccountMaker) -> None:
    ada, grace, eve = account("Ada"), account("Grace"), account("Eve")
    assert ada.add(grace).status_code == 201
    with ada.socket() as ours, grace.socket() as theirs, eve.socket() as stranger:
        for to in (grace.user_id, theirs.id, eve.user_id, stranger.id, "nobody", "no-such-connection="):
            ours.send({"action": "relay", "to": to, "payload": {}})
            ours.expect_error("not_allowed")
        stranger.send({"action": "relay", "to": ada.user_id, "payload": {}})
        stranger.expect_error("not_allowed")
        for socket in (ours, theirs, stranger):
            socket.expect_nothing()


def test_blocked_and_blocker_do_not_reach_each_other(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    ada.befriend(grace)
    assert grace.change(ada, "blocked").status_code == 200
    with ada.socket() as blocked, grace.socket() as blocker:
        for to in (grace.user_id, blocker.id):
            # Silent: it looks as if she were away.
            blocked.send({"action": "relay", "to": to, "payload": {}})
            blocked.expect_error("offline")
        blocked.send({"action": "invite", "to": grace.user_id, "callId": "blocked-call-1"})
        blocked.expect_error("offline")
        for to in (ada.user_id, blocked.id):
            blocker.send({"action": "relay", "to": to, "payload": {}})
            blocker.expect_error("not_allowed")
        blocker.send({"action": "invite", "to": ada.user_id, "callId": "blocked-call-2"})
        blocker.expect_error("not_allowed")
        blocked.expect_nothing()
        blocker.expect_nothing()


def test_a_relay_to_a_contact_who_is_away_says_offline(pair: tuple[Account, Account]) -> None:
    ada, grace = pair
    with ada.socket() as ours:
        with grace.socket() as theirs:
            gone = theirs.id
        ours.expect_unasked("presence", userId=grace.user_id, online=False)
        ours.send({"action": "relay", "to": grace.user_id, "payload": {}})
        ours.expect_error("offline")
        ours.send({"action": "relay", "to": gone, "payload": {}})
        error = ours.expect("error")
        assert error["code"] in ("offline", "not_allowed")


# --- Presence and news ------------------------------------------------------------------------------------------------


def test_presence_comes_and_goes_without_flicker(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    ada.befriend(grace)
    with ada.socket() as ours:
        first = grace.socket(device="tab")
        came = ours.expect_unasked("presence", userId=grace.user_id, online=True)
        contact = ada.contact(grace)
        assert contact is not None
        assert contact["online"] is True
        first.drop()
        second = grace.socket(device="tab")
        ours.expect_nothing()
        assert not [frame for frame in ours.unasked if not frame.get("online", True)], (
            "a reload does not flicker"
        )
        second.close()
        went = ours.expect_unasked("presence", userId=grace.user_id, online=False)
        assert went["at"] > came["at"]
        contact = ada.contact(grace)
        assert contact is not None
        assert contact["online"] is False


def test_strangers_learn_nothing_of_presence(account: AccountMaker) -> None:
    ada, grace, eve = account("Ada"), account("Grace"), account("Eve")
    assert eve.add(ada).status_code == 201
    ada.befriend(grace)
    with eve.socket() as stranger, grace.socket() as friend:
        with ada.socket():
            friend.expect_unasked("presence", userId=ada.user_id, online=True)
        friend.expect_unasked("presence", userId=ada.user_id, online=False)
        stranger.expect_nothing()
        assert not [frame for frame in stranger.unasked if frame["action"] == "presence"]


def test_the_contact_list_announces_its_changes(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    with ada.socket() as ours, grace.socket() as theirs:
        assert ada.add(grace).status_code == 201
        theirs.expect_unasked("contacts")
        assert grace.change(ada, "accepted").status_code == 200
        ours.expect_unasked("contacts")
        assert grace.remove(ada).status_code == 204
        ours.expect_unasked("contacts")


# --- Two tabs, dropped lines ------------------------------------------------------------------------------------------


def test_dropped_sockets_leave_nothing_behind(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    ada.befriend(grace)
    with ada.socket() as ours:
        theirs = [grace.socket() for _ in range(10)]
        ours.expect_unasked("presence", userId=grace.user_id, online=True)
        for number, socket in enumerate(theirs):
            socket.send({"action": "relay", "to": ada.user_id, "payload": number})
            socket.drop()
        received = {ours.expect("relay")["payload"] for _ in theirs}
        assert received == set(range(10))
        ours.expect_unasked("presence", userId=grace.user_id, online=False)
        ours.send({"action": "relay", "to": grace.user_id, "payload": {}})
        ours.expect_error("offline")
