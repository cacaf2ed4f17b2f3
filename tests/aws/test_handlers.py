"""Each function on events as they are recorded, over an emulated database and a service that takes its requests."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.aws import events
from tests.aws.dynamodb import SerialClient
from tests.aws.functions import befriend, frames, online, problem, user
from tests.aws.service import Service

from videochat.aws import composition, process
from videochat.aws.handlers import (
    add_contact,
    authorizer,
    calls,
    change_contact,
    connect,
    disconnect,
    get_ice_servers,
    get_user,
    hello,
    issue_ticket,
    list_calls,
    list_contacts,
    relay,
    remove_contact,
    signal,
    timers,
)
from videochat.core.presence import GRACE_MS
from videochat.core.services import Core

# REST


def test_a_user_is_created_on_first_use(core: Core) -> None:
    answer = get_user.handler(events.rest("GET", "/user"), None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {
        "userId": "user-ann",
        "email": "user-ann@example.org",
        "name": "Ann",
    }
    assert answer["headers"]["Access-Control-Allow-Origin"] == "https://video.example"
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "said", [{"aud": "client-2"}, {"token_use": "access"}, {"email_verified": "false"}, {"email": ""}]
)
def test_claims_of_another_kind_are_refused(core: Core, said: dict[str, str]) -> None:
    answer = get_user.handler(events.rest("GET", "/user", said=said), None)
    problem(answer, 401, "unauthorized")
    assert answer["headers"]["WWW-Authenticate"].startswith("Bearer")
    assert answer["headers"]["Access-Control-Allow-Origin"] == "https://video.example"


def test_without_claims_nobody_is_let_in(core: Core) -> None:
    event = events.rest("GET", "/user")
    del event["requestContext"]["authorizer"]
    problem(get_user.handler(event, None), 401, "unauthorized")


def test_contacts_from_request_to_removal(core: Core) -> None:
    befriend()
    listed = json.loads(list_contacts.handler(events.rest("GET", "/contacts"), None)["body"])
    assert listed == {
        "contacts": [
            {
                "contactId": "user-bob",
                "email": "user-bob@example.org",
                "name": "Bob",
                "state": "accepted",
                "online": False,
            }
        ]
    }
    event = events.rest("DELETE", "/contacts/{contactId}", contact_id="user-bob")
    removed = remove_contact.handler(event, None)
    assert (removed["statusCode"], removed["body"]) == (204, "")
    assert "Content-Type" not in removed["headers"]
    problem(remove_contact.handler(event, None), 404, "contact_not_found")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (None, 400, "bad_request"),
        ("", 400, "bad_request"),
        ("{", 400, "bad_json"),
        ("[" * 5000, 400, "bad_json"),
        ("[]", 400, "bad_request"),
        ("{}", 400, "bad_request"),
        ('{"email":5}', 400, "bad_request"),
        ('{"email":"nobody"}', 400, "invalid_email"),
        ('{"email":"user-ann@example.org"}', 400, "cannot_add_self"),
        ('{"email":"nobody@example.org"}', 404, "user_not_found"),
        ('{"email":"' + "x" * 17_000 + '"}', 413, "too_large"),
        ('{"email":"\ud800"}', 400, "bad_json"),
    ],
)
def test_bad_bodies_are_refused(core: Core, body: str | None, status: int, code: str) -> None:
    user("user-ann")
    problem(add_contact.handler(events.rest("POST", "/contacts", body=body), None), status, code)


def test_a_body_may_come_encoded(core: Core) -> None:
    user("user-ann")
    event = events.rest("POST", "/contacts", body=base64.b64encode(b"\xff").decode())
    problem(add_contact.handler({**event, "isBase64Encoded": True}, None), 400, "bad_json")


def test_a_contact_id_that_is_too_long_is_refused(core: Core) -> None:
    event = events.rest("DELETE", "/contacts/{contactId}", contact_id="x" * 129)
    problem(remove_contact.handler(event, None), 400, "bad_request")


@pytest.mark.parametrize("limit", ["0", "101", "x", "", "-1", "1e1", "٣", "1" * 5000, "00101", "0010000"])
def test_a_limit_that_is_none_is_refused(core: Core, limit: str) -> None:
    answer = list_calls.handler(events.rest("GET", "/calls", query={"limit": limit}), None)
    problem(answer, 400, "bad_request")


def test_history_is_empty_at_first(core: Core) -> None:
    for query in (None, {"limit": "100"}, {"after": ""}, {"after": "no cursor"}):
        answer = list_calls.handler(events.rest("GET", "/calls", query=query), None)
        assert json.loads(answer["body"]) == {"calls": [], "next": None}
    problem(
        list_calls.handler(events.rest("GET", "/calls", query={"after": "x" * 513}), None),
        400,
        "bad_request",
    )


def test_stun_servers_alone(environment: pytest.MonkeyPatch) -> None:
    answer = json.loads(get_ice_servers.handler(events.rest("GET", "/ice-servers"), None)["body"])
    assert answer == {"iceServers": [{"urls": ["stun:stun.example:3478"]}], "ttl": 3600}


def test_turn_servers_with_credentials(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TURN_URLS", "turn:a.example,turns:b.example")
    environment.setenv("TURN_SECRET", "arn:turn")
    environment.setenv("TURN_TTL", "600")
    answer = json.loads(get_ice_servers.handler(events.rest("GET", "/ice-servers"), None)["body"])
    turn = answer["iceServers"][1]
    assert turn["urls"] == ["turn:a.example", "turns:b.example"]
    assert turn["username"].endswith(":user-ann")
    assert turn["credential"]
    assert answer["ttl"] == 600


def test_a_secret_that_cannot_be_read_is_unavailable(
    environment: pytest.MonkeyPatch, service: Service
) -> None:
    service.answers["/"] = [(400, b'{"__type":"AccessDeniedException"}')]
    answer = issue_ticket.handler(events.rest("POST", "/tickets"), None)
    problem(answer, 503, "unavailable")
    assert answer["headers"]["Retry-After"] == "1"


def test_a_mistake_of_ours_is_a_problem_too(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("USERS_TABLE")
    environment.setattr(composition, "core", lambda: None)
    problem(get_user.handler(events.rest("GET", "/user"), None), 500, "server_error")


# Sockets


def test_a_ticket_opens_one_socket(core: Core, service: Service) -> None:
    ticket = json.loads(issue_ticket.handler(events.rest("POST", "/tickets"), None)["body"])["ticket"]
    user("user-ann")
    assert connect.handler(events.connect(ticket, "c1="), None) == {"statusCode": 200}
    assert connect.handler(events.connect(ticket, "c2="), None) == {"statusCode": 401}
    hello.handler(events.socket("hello", "c2=", {"action": "hello"}), None)
    assert [frame["code"] for frame in frames(service, "c2=")] == ["not_allowed"]


def test_a_token_opens_a_socket_with_what_the_authorizer_found(core: Core, service: Service) -> None:
    event = events.connect("a.b.c", userId="user-ann", email="user-ann@example.org", name="Ann")
    assert connect.handler(event, None) == {"statusCode": 200}
    hello.handler(events.socket("hello", frame={"action": "hello", "id": "h1"}), None)
    (welcome,) = frames(service, "c1=")
    assert welcome["action"] == "welcome"
    assert (welcome["userId"], welcome["connectionId"], welcome["deviceId"]) == ("user-ann", "c1=", "c1=")


def test_a_device_comes_back_with_what_its_welcome_gave_it(core: Core, service: Service) -> None:
    user("user-ann")
    ticket = json.loads(issue_ticket.handler(events.rest("POST", "/tickets"), None)["body"])["ticket"]
    connect.handler(events.connect(ticket, "c1=", device="tab-1"), None)
    hello.handler(events.socket("hello", frame={"action": "hello"}), None)
    (welcome,) = frames(service, "c1=")
    assert authorizer.handler(events.authorize(welcome["resume"]), None)["principalId"] == "user-ann"
    for device, status in ((None, 401), ("tab-2", 401), ("tab-1", 200), ("tab-1", 401)):
        assert connect.handler(events.connect(welcome["resume"], "c2=", device=device), None) == {
            "statusCode": status
        }


def test_without_the_authorizers_word_a_token_opens_nothing(core: Core) -> None:
    assert connect.handler(events.connect("a.b.c"), None)["statusCode"] == 403


def test_a_call_from_the_ring_to_the_end(core: Core, service: Service) -> None:
    befriend()
    online("user-ann", "a=")
    online("user-bob", "b=")
    assert [frame["action"] for frame in frames(service, "a=")] == ["presence"]

    def say(handler: Callable[[Any, Any], Any], route: str, sender: str, **frame: Any) -> None:
        assert handler(events.socket(route, sender, {"action": route, **frame}), None) == {"statusCode": 200}

    say(calls.handler, "invite", "a=", callId="call-0001", to="user-bob")
    rung = frames(service, "b=")[-1]
    assert (rung["action"], rung["callId"], rung["name"]) == ("invite", "call-0001", "Ann")
    scheduled = [json.loads(body) for _, path, _, body in service.requests if b"MessageBody" in body]
    assert scheduled[-1]["DelaySeconds"] == 60
    say(calls.handler, "ringing", "b=", callId="call-0001")
    route = frames(service, "a=")[-1]["route"]
    say(signal.handler, "signal", "a=", ticket=route, payload={"n": 1}, **{"from": "forged"})
    signalled = frames(service, "b=")[-1]
    assert signalled["payload"] == {"n": 1}
    assert signalled["from"] == {"userId": "user-ann", "connectionId": "a=", "deviceId": "user-ann-tab"}
    assert "ticket" not in signalled
    say(signal.handler, "signal", "b=", ticket=route, payload={})
    assert frames(service, "b=")[-1]["code"] == "bad_ticket"
    say(calls.handler, "accept", "b=", callId="call-0001")
    assert frames(service, "b=")[-1]["action"] == "accepted"
    assert frames(service, "a=")[-1]["action"] == "accept"
    relay.handler(events.socket("$default", "a=", {"action": "relay", "to": "user-bob", "payload": 7}), None)
    assert frames(service, "b=")[-1]["payload"] == 7
    say(calls.handler, "hangup", "a=", callId="call-0001")
    assert "hangup" in [frame["action"] for frame in frames(service, "b=")]
    history = json.loads(list_calls.handler(events.rest("GET", "/calls"), None)["body"])
    assert [one["outcome"] for one in history["calls"]] == ["hangup"]


def test_a_socket_that_closes_starts_a_timer_and_its_end_is_told(core: Core, service: Service) -> None:
    befriend()
    online("user-ann", "a=")
    online("user-bob", "b=")
    assert disconnect.handler(events.socket("$disconnect", "b="), None) == {"statusCode": 200}
    assert disconnect.handler(events.socket("$disconnect", "b="), None) == {"statusCode": 200}
    (message,) = [json.loads(body) for *_, body in service.requests if b"device_gone" in body]
    assert message["DelaySeconds"] == 5
    assert timers.handler(events.timers(message["MessageBody"]), None) == {"batchItemFailures": []}
    gone = frames(service, "a=")[-1]
    assert (gone["action"], gone["userId"], gone["online"]) == ("presence", "user-bob", False)


def scheduled(service: Service, kind: str) -> str:
    """The only timer of this kind that was set, as it comes out of the queue."""
    sent = [json.loads(body)["MessageBody"] for _, _, _, body in service.requests if b"MessageBody" in body]
    (message,) = [message for message in sent if json.loads(message)["kind"] == kind]
    return str(message)


@pytest.mark.parametrize("how", ["block", "remove"])
def test_parting_ends_the_call_that_rings(core: Core, service: Service, how: str) -> None:
    befriend()
    online("user-ann", "a=")
    online("user-bob", "b=")
    invite = {"action": "invite", "callId": "call-0001", "to": "user-bob"}
    calls.handler(events.socket("invite", "a=", invite), None)
    service.requests.clear()
    whom: dict[str, Any] = {"user_id": "user-bob", "contact_id": "user-ann"}
    if how == "block":
        event = events.rest("PATCH", "/contacts/{contactId}", body='{"state":"blocked"}', **whom)
        assert change_contact.handler(event, None)["statusCode"] == 200
    else:
        event = events.rest("DELETE", "/contacts/{contactId}", **whom)
        assert remove_contact.handler(event, None)["statusCode"] == 204
    for connection_id in ("a=", "b="):
        told = [one for one in frames(service, connection_id) if one["action"] not in ("contacts", "calls")]
        assert [(one["action"], one["callId"]) for one in told] == [("decline", "call-0001")]
    page = json.loads(list_calls.handler(events.rest("GET", "/calls"), None)["body"])
    assert [call["outcome"] for call in page["calls"]] == ["declined"]
    if how == "block":
        timers.handler(events.timers(scheduled(service, "hide")), None)
        assert frames(service, "a=")[-1]["online"] is False


def test_somebody_in_the_middle_of_a_reload_rings_when_back(core: Core, service: Service) -> None:
    befriend()
    online("user-ann", "a=")
    online("user-bob", "b=")
    disconnect.handler(events.socket("$disconnect", "b="), None)
    invite = {"action": "invite", "callId": "call-0001", "to": "user-bob"}
    calls.handler(events.socket("invite", "a=", invite), None)
    invited = frames(service, "a=")[-1]
    assert (invited["action"], invited["devices"]) == ("invited", 0)
    online("user-bob", "b2=")
    hello.handler(events.socket("hello", "b2=", {"action": "hello"}), None)
    assert frames(service, "b2=")[-1]["call"]["callId"] == "call-0001"
    timers.handler(events.timers(scheduled(service, "unreached")), None)
    assert frames(service, "a=")[-1]["action"] != "error"


def test_what_is_gone_is_tidied_up(core: Core, service: Service, environment: pytest.MonkeyPatch) -> None:
    befriend()
    online("user-ann", "a=")
    online("user-bob", "b=")
    service.answers["/dev/@connections/b%3D"] = [(410, b"")]
    relay.handler(events.socket("$default", "a=", {"action": "relay", "to": "user-bob", "payload": 7}), None)
    assert frames(service, "a=")[-1]["code"] == "offline"
    later = process.clock.now() + GRACE_MS
    environment.setattr(process.clock, "now", lambda: later)
    listed = json.loads(list_contacts.handler(events.rest("GET", "/contacts"), None)["body"])
    assert listed["contacts"][0]["online"] is False


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("no json", "bad_frame"),
        ("", "bad_frame"),
        ("[]", "bad_frame"),
        ('{"action":"frobnicate"}', "unknown_action"),
        ('{"action":"' + "x" * 40_000 + '"}', "too_large"),
        # Two readers may disagree about which of the two counts: the relay function does no call control.
        ('{"action":"relay","action":"invite","callId":"call-0001","to":"user-bob"}', "bad_frame"),
    ],
)
def test_bad_frames_are_answered(core: Core, service: Service, body: str, code: str) -> None:
    user("user-ann")
    online("user-ann", "a=")
    assert relay.handler(events.socket("$default", "a=", body=body), None) == {"statusCode": 200}
    assert frames(service, "a=")[-1]["code"] == code


def test_a_binary_message_is_refused(core: Core, service: Service) -> None:
    event = {**events.socket("$default", "a=", body="AAAA"), "isBase64Encoded": True}
    relay.handler(event, None)
    assert frames(service, "a=")[-1]["code"] == "bad_frame"


def test_a_function_takes_only_its_own_actions(core: Core, service: Service) -> None:
    for handler in (hello.handler, calls.handler, signal.handler):
        handler(events.socket("hello", "a=", {"action": "relay", "to": "user-bob", "payload": 1}), None)
    assert [frame["code"] for frame in frames(service, "a=")] == ["bad_frame"] * 3


@pytest.mark.parametrize("handler", [hello.handler, calls.handler, relay.handler])
def test_a_store_that_fails_is_a_server_error(
    core: Core, service: Service, client: SerialClient, handler: Any
) -> None:
    client.delete_table(TableName="ConnectionsTable")
    action = {hello.handler: "hello", calls.handler: "invite", relay.handler: "relay"}[handler]
    handler(events.socket(action, "a=", {"action": action, "id": "x1"}), None)
    (frame,) = frames(service, "a=")
    assert (frame["code"], frame["about"], frame["id"]) == ("server_error", action, "x1")


def test_a_handshake_fails_when_the_store_does(core: Core, client: SerialClient) -> None:
    client.delete_table(TableName="ConnectionsTable")
    event = events.connect("a.b.c", userId="user-ann", email="user-ann@example.org", name="Ann")
    assert connect.handler(event, None) == {"statusCode": 503}


def test_whoever_is_turned_away_is_not_there(core: Core, service: Service) -> None:
    befriend()
    online("user-bob", "b=")
    service.answers["/dev/@connections/b%3D"] = [(403, b"")]
    event = events.connect("a.b.c", "a=", userId="user-ann", email="user-ann@example.org", name="Ann")
    assert connect.handler(event, None) == {"statusCode": 503}
    (contact,) = json.loads(
        list_contacts.handler(events.rest("GET", "/contacts", user_id="user-bob"), None)["body"]
    )["contacts"]
    assert not contact["online"]


def test_a_bad_timer_holds_up_no_other(core: Core, service: Service) -> None:
    good = '{"kind":"ring","key":"call-0001"}'
    answer = timers.handler(
        events.timers("no json", good, '{"kind":"odd","key":"x"}', '{"kind":"ring"}'), None
    )
    failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    assert failed == ["message-0", "message-2", "message-3"]


# The authorizer


def test_a_policy_names_exactly_this_api(environment: pytest.MonkeyPatch) -> None:
    ticket = json.loads(issue_ticket.handler(events.rest("POST", "/tickets"), None)["body"])["ticket"]
    for _ in range(2):  # it uses nothing up
        allowed = authorizer.handler(events.authorize(ticket), None)
        assert allowed["principalId"] == "user-ann"
        (statement,) = allowed["policyDocument"]["Statement"]
        assert statement == {
            "Action": "execute-api:Invoke",
            "Effect": "Allow",
            "Resource": "arn:aws:execute-api:eu-west-1:123456789012:socket1/dev/$connect",
        }


@pytest.mark.parametrize("auth", [None, "", "x", "x.y", "x.y.z", "é.é", "a.b.c.d", "x" * 9000])
def test_bad_auth_is_denied(environment: pytest.MonkeyPatch, service: Service, auth: str | None) -> None:
    denied = authorizer.handler(events.authorize(auth), None)
    assert denied["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert denied["context"] == {}


def test_a_token_is_verified_by_the_key_set(environment: pytest.MonkeyPatch, service: Service) -> None:
    from tests.aws.test_cognito import JWKS, NOW, published, token

    environment.setattr(process.clock, "now", lambda: NOW)
    service.answers[JWKS] = [published("k1")]
    allowed = authorizer.handler(events.authorize(token()), None)
    assert allowed["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert allowed["context"] == {"userId": "user-1", "email": "ann@example.org", "name": "Ann"}
    denied = authorizer.handler(events.authorize(token(aud="client-2")), None)
    assert denied["policyDocument"]["Statement"][0]["Effect"] == "Deny"


def test_without_the_secret_it_says_neither_yes_nor_no(
    environment: pytest.MonkeyPatch, service: Service
) -> None:
    from videochat.core.errors import Unavailable

    service.answers["/"] = [(500, b"")]
    with pytest.raises(Unavailable):
        authorizer.handler(events.authorize("a.b"), None)
