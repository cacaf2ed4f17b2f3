"""What operators need of the functions: limits of rates, traces, metrics, logs."""

import io
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.aws import events
from tests.aws.dynamodb import SerialClient
from tests.aws.functions import SECRET, Output, befriend, frames, online, user
from tests.aws.service import Service

from videochat.adapters.xray import XRay
from videochat.aws import logs, metrics, process
from videochat.aws.handlers import (
    calls,
    change_contact,
    disconnect,
    hello,
    relay,
    remove_contact,
    signal,
    timers,
)
from videochat.core.services import Core

# Rates

FRAME_RATE, FRAME_BURST = 20, 100


def test_too_many_frames_of_one_socket_are_dropped_and_that_is_told_now_and_then(
    core: Core, service: Service, environment: pytest.MonkeyPatch, output: Output
) -> None:
    user("user-ann")
    online("user-ann", "a=")
    online("user-ann", "b=")
    now = 1_800_000_000_000
    environment.setattr(process.clock, "now", lambda: now)
    for _ in range(FRAME_BURST + 50):
        assert hello.handler(events.socket("ping", "a=", {"action": "ping"}), None) == {"statusCode": 200}
    answers = [frame["action"] for frame in frames(service, "a=")]
    assert answers == ["pong"] * FRAME_BURST + ["error"]
    assert frames(service, "a=")[-1]["code"] == "rate_limited"
    assert output.metrics("RateLimited") == [1]
    # Others are not concerned.
    hello.handler(events.socket("ping", "b=", {"action": "ping"}), None)
    assert frames(service, "b=")[-1]["action"] == "pong"
    now += 1_000
    for _ in range(FRAME_RATE + 1):
        hello.handler(events.socket("ping", "a=", {"action": "ping"}), None)
    answers = [frame["action"] for frame in frames(service, "a=")][FRAME_BURST + 1 :]
    assert answers == ["pong"] * FRAME_RATE + ["error"]


def test_dropped_frames_are_not_read_and_no_store_is_asked(
    core: Core, service: Service, environment: pytest.MonkeyPatch, client: SerialClient
) -> None:
    user("user-ann")
    online("user-ann", "a=")
    environment.setattr(process.clock, "now", lambda: 1_800_000_000_000)
    environment.setenv("FRAME_BURST", "1")
    process.settings.cache_clear()
    frame = {"action": "relay", "to": "user-bob", "payload": 7}
    relay.handler(events.socket("$default", "a=", frame), None)
    asked = Counter(client.requests)
    for body in (json.dumps(frame), "no json", ""):
        relay.handler(events.socket("$default", "a=", body=body), None)
    assert client.requests == asked
    assert [frame["code"] for frame in frames(service, "a=")] == ["not_allowed", "rate_limited"]


# Traces, metrics


TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.fixture
def traced(environment: pytest.MonkeyPatch) -> Iterator[str]:
    """Lets the requests of this process belong to a trace that is sampled."""
    tracer = XRay("127.0.0.1:9", process._trace, "eu-west-1")
    environment.setattr(process.requests(), "_tracer", tracer)
    environment.setenv("_X_AMZN_TRACE_ID", TRACE)
    yield TRACE
    tracer.close()


def test_what_a_request_leads_to_carries_its_ids(core: Core, service: Service, traced: str) -> None:
    """From a REST request to the frame it sends, to the timer that is set because the receiver is gone, to what the timer sends and sets."""
    befriend()
    online("user-ann", "a=")
    online("user-bob", "b=")
    service.answers["/dev/@connections/b%3D"] = [(410, b"")]
    service.requests.clear()
    event = events.rest("DELETE", "/contacts/{contactId}", contact_id="user-bob")
    event["requestContext"]["requestId"] = "request-rest"
    assert remove_contact.handler(event, None)["statusCode"] == 204
    (message,) = timer_messages(service)
    assert json.loads(message)["correlation_id"] == "request-rest"
    parents = [
        re.fullmatch(
            r"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=(\w{16});Sampled=1", headers["x-amzn-trace-id"]
        )
        for _, _, headers, _ in service.requests
    ]
    assert (
        len({found[1] for found in parents if found}) == len(service.requests) == 3
    )  # two frames, one timer
    # Another event of the same process must not lend its id to what follows.
    hello.handler(events.socket("hello", "a=", {"action": "hello"}), None)
    # The one who is told by this timer is gone as well, and gets a timer in turn.
    befriend()
    online("user-bob", "b2=")
    service.answers["/dev/@connections/b2%3D"] = [(410, b"")]
    disconnect.handler(events.socket("$disconnect", "a="), None)
    service.requests.clear()
    now = process.clock.now()
    gone = {"kind": "device_gone", "key": f"user-ann user-ann-tab {now}", "correlation_id": "request-rest"}
    assert timers.handler(events.timers(json.dumps(gone)), None) == {"batchItemFailures": []}
    (message,) = timer_messages(service)
    timer = json.loads(message)
    assert (timer["kind"], timer["correlation_id"]) == ("device_gone", "request-rest")
    assert timer["key"].startswith("user-bob user-bob-tab ")


def timer_messages(service: Service) -> list[str]:
    """The bodies of all messages that were sent to the queue."""
    return [json.loads(body)["MessageBody"] for *_, body in service.requests if b"MessageBody" in body]


def test_lambda_says_where_traces_go(environment: pytest.MonkeyPatch) -> None:
    assert process.requests()._tracer is None
    environment.setenv("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000")
    process.settings.cache_clear()
    process.requests.cache_clear()
    assert isinstance(process.requests()._tracer, XRay)


@pytest.mark.parametrize(
    "send",
    [
        lambda: relay.handler(
            events.socket("$default", "a=", {"action": "relay", "to": "user-bob", "payload": 7}), None
        ),
        lambda: calls.handler(
            events.socket("invite", "a=", {"action": "invite", "callId": "call-0001", "to": "user-bob"}), None
        ),
        lambda: disconnect.handler(events.socket("$disconnect", "b="), None),
    ],
    ids=["relay", "invite", "disconnect"],
)
def test_timers_of_a_socket_event_carry_its_id(core: Core, service: Service, send: Callable[[], Any]) -> None:
    befriend()
    online("user-ann", "a=")
    online("user-bob", "b=")
    service.answers["/dev/@connections/b%3D"] = [(410, b"")]
    service.requests.clear()
    send()
    messages = timer_messages(service)
    assert messages
    assert {json.loads(message)["correlation_id"] for message in messages} == {"request-2"}


def test_calls_are_counted(core: Core, service: Service, output: Output) -> None:
    befriend()
    online("user-ann", "a=")
    online("user-bob", "b=")

    def say(sender: str, action: str, call_id: str, **more: Any) -> None:
        calls.handler(events.socket(action, sender, {"action": action, "callId": call_id, **more}), None)

    say("a=", "invite", "call-0001", to="user-bob")
    say("b=", "accept", "call-0001")
    say("b=", "accept", "call-0001")
    say("a=", "hangup", "call-0001")
    say("a=", "invite", "call-0002", to="user-bob")
    say("b=", "decline", "call-0002")
    service.answers["/dev/@connections/b%3D"] = [(410, b"")]
    say("a=", "invite", "call-0003", to="user-bob")
    assert timers.handler(events.timers(timer_messages(service)[-1]), None) == {"batchItemFailures": []}
    assert output.metrics("CallsStarted") == [1, 1, 1]
    assert output.metrics("CallsAccepted") == [1]
    ended = [line["reason"] for line in output.lines() if "CallsEnded" in line]
    assert ended == ["hangup", "declined", "offline"]
    assert output.metrics("ConnectionsGone") == [1]


def test_a_block_does_not_show_in_what_is_counted(core: Core, service: Service, output: Output) -> None:
    befriend()
    online("user-ann", "a=")
    blocked = events.rest(
        "PATCH",
        "/contacts/{contactId}",
        user_id="user-bob",
        contact_id="user-ann",
        body='{"state":"blocked"}',
    )
    assert change_contact.handler(blocked, None)["statusCode"] == 200
    frame = {"action": "invite", "callId": "call-0001", "to": "user-bob"}
    calls.handler(events.socket("invite", "a=", frame), None)
    assert frames(service, "a=")[-1]["code"] == "offline"
    assert [line["reason"] for line in output.lines() if "CallsEnded" in line] == ["offline"]


def test_frames_that_reach_somebody_are_counted(core: Core, service: Service, output: Output) -> None:
    befriend()
    online("user-ann", "a=")
    online("user-bob", "b=")
    online("user-bob", "b2=")

    def say(**more: Any) -> None:
        relay.handler(events.socket("$default", "a=", {"action": "relay", "payload": 7, **more}), None)

    say(to="user-bob")
    say(to="user-zoe")
    say(to="b=")
    hello.handler(events.socket("ping", "a=", {"action": "ping"}), None)
    service.answers["/dev/@connections/b%3D"] = [(410, b"")]
    say(to="user-bob")
    say(to="b=")
    assert output.metrics("FramesRelayed") == [2, 1, 1]


def test_a_cold_start_is_counted_once(core: Core, environment: pytest.MonkeyPatch, output: Output) -> None:
    environment.setattr(metrics, "_begun", False)
    environment.setenv("POWERTOOLS_SERVICE_NAME", "videochat-dev")
    environment.setenv("AWS_LAMBDA_FUNCTION_NAME", "get-user")
    user("user-ann")
    user("user-ann")
    (line,) = [line for line in output.lines() if "ColdStarts" in line]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "VideoChat"
    assert directive["Dimensions"] == [["service"]]
    assert (line["service"], line["function"]) == ("videochat-dev", "get-user")


# Logs


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is logged."""
    lines = io.StringIO()
    handler_of_logs = logs.logger.registered_handler
    assert isinstance(handler_of_logs, logging.StreamHandler)
    monkeypatch.setattr(handler_of_logs, "stream", lines)
    return lines


def test_every_timer_is_logged_with_the_id_of_its_cause(core: Core, lines: io.StringIO) -> None:
    bodies = [
        json.dumps({"kind": kind, "key": "call-0001", "correlation_id": f"request-{kind}"})
        for kind in ("ring", "odd", "call_lost")
    ]
    timers.handler(events.timers(*bodies), None)
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(line["message"], line["timer"], line["correlation_id"]) for line in logged] == [
        ("timer", "ring", "request-ring"),
        ("failed", "odd", "request-odd"),
        ("timer", "call_lost", "request-call_lost"),
    ]


def test_a_mistake_is_logged_by_its_kind_and_place(
    core: Core, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise ValueError("v=0 a=fingerprint")

    online("user-ann", "a=")
    monkeypatch.setattr(core.signaling, "handle", stumble)
    relay.handler(events.socket("$default", "a=", {"action": "relay", "to": "b=", "payload": 7}), None)
    (line,) = [json.loads(line) for line in lines.getvalue().splitlines() if '"failed"' in line]
    assert (line["error"], line["action"]) == ("ValueError", "relay")
    assert re.fullmatch(r"test_operation\.py:[0-9]+", line["where"][-1])
    assert "fingerprint" not in lines.getvalue()


def test_nothing_secret_is_logged(core: Core, service: Service, lines: io.StringIO) -> None:
    befriend()
    online("user-ann", "a=")
    online("user-bob", "b=")
    sdp = "v=0\\r\\na=fingerprint:sha-256 AA"
    for handler, action in ((relay.handler, "relay"), (signal.handler, "signal"), (calls.handler, "invite")):
        frame = {"action": action, "to": "user-bob", "ticket": "tick.et", "payload": {"sdp": sdp}}
        handler(events.socket(action, "a=", frame), None)
    service.answers["/dev/@connections/b%3D"] = [(500, b"")]
    relay.handler(
        events.socket("$default", "a=", {"action": "relay", "to": "user-bob", "payload": sdp}), None
    )
    logged = lines.getvalue()
    assert '"correlation_id":"request-2"' in logged
    assert '"error":"API Gateway: could not post, [500]"' in logged
    for secret in (SECRET, "fingerprint", "tick.et", "Bearer", "@example.org", '"session"'):
        assert secret not in logged
