"""Managed TURN servers: what the service is asked, checked against botocore's model of it, and what becomes of its answers."""

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from tests.aws import events
from tests.aws.functions import Output
from tests.aws.service import Service

from videochat.adapters.aws_requests import AwsRequests, Credentials
from videochat.adapters.kinesisvideo import SHARE, WITHOUT_TTL, KinesisIceServers
from videochat.aws.handlers import get_ice_servers
from videochat.core.models import IceServer, IceServers

NOW = 1_800_000_000_000
CHANNEL = "arn:aws:kinesisvideo:eu-west-1:123456789012:channel/videochat-dev/1800000000000"
STUN = IceServer(["stun:stun.example:3478"])
FIND, CONFIGURE = "/getSignalingChannelEndpoint", "/v1/get-ice-server-config"
# As in https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_signaling_GetIceServerConfig.html and the API beside it.
ENDPOINTS = {
    "ResourceEndpointList": [
        {"Protocol": "HTTPS", "ResourceEndpoint": "https://r-1234abcd.kinesisvideo.eu-west-1.amazonaws.com"}
    ]
}
URIS = [
    "turn:1-2-3-4.t-1234abcd.kinesisvideo.eu-west-1.amazonaws.com:443?transport=udp",
    "turns:1-2-3-4.t-1234abcd.kinesisvideo.eu-west-1.amazonaws.com:443?transport=udp",
    "turns:1-2-3-4.t-1234abcd.kinesisvideo.eu-west-1.amazonaws.com:443?transport=tcp",
]
SERVERS = {"IceServerList": [{"Uris": URIS, "Username": "name.1", "Password": "s3cret-word", "Ttl": 300}]}


def answer(document: object, status: int = 200) -> tuple[int, bytes]:
    return status, json.dumps(document).encode()


@pytest.fixture
def kinesis(service: Service) -> Service:
    """The service in order."""
    service.answers[FIND] = [answer(ENDPOINTS)]
    service.answers[CONFIGURE] = [answer(SERVERS)]
    return service


class Source(KinesisIceServers):
    """The adapter, with what it told."""

    def __init__(self, requests: AwsRequests) -> None:
        self.missing: list[str] = []
        super().__init__(
            requests,
            "eu-west-1",
            "amazonaws.com",
            CHANNEL,
            ("stun:stun.example:3478",),
            lambda error: self.missing.append(str(error)),
        )


@pytest.fixture
def source(kinesis: Service) -> Iterator[Source]:
    credentials = Credentials("AKIDEXAMPLE", "secret")
    requests = AwsRequests(
        "eu-west-1", credentials, kinesis.url, sleep=lambda _: None, attempts=2, timeout=60
    )
    yield Source(requests)
    requests.close()


def test_turn_servers_come_with_credentials(source: Source) -> None:
    assert source.ice_servers("ada", NOW) == IceServers([STUN, IceServer(URIS, "name.1", "s3cret-word")], 300)
    assert source.missing == []


@pytest.mark.parametrize(
    ("client", "operation", "number", "path"),
    [
        ("kinesisvideo", "GetSignalingChannelEndpoint", 0, FIND),
        ("kinesis-video-signaling", "GetIceServerConfig", 1, CONFIGURE),
    ],
)
def test_requests_are_what_the_service_takes(
    source: Source, kinesis: Service, client: str, operation: str, number: int, path: str
) -> None:
    model = botocore.session.get_session().get_service_model(client).operation_model(operation)
    assert model.http == {"method": "POST", "requestUri": path}
    source.ice_servers("ada", NOW)
    assert model.input_shape is not None
    method, sent_to, headers, body = kinesis.requests[number]
    assert (method, sent_to) == ("POST", path)
    document = json.loads(body)
    assert document["ChannelARN"] == CHANNEL
    # Checks names and types, required members included.
    assert not ParamValidator().validate(document, model.input_shape).has_errors()
    assert document.keys() <= model.input_shape.members.keys()
    assert f"/eu-west-1/{model.service_model.signing_name}/aws4_request" in headers["authorization"]
    host = {FIND: "kinesisvideo.eu-west-1.amazonaws.com"}.get(
        path, "r-1234abcd.kinesisvideo.eu-west-1.amazonaws.com"
    )
    assert headers["host"] == host


@pytest.mark.parametrize(
    ("client", "operation", "recorded"),
    [
        ("kinesisvideo", "GetSignalingChannelEndpoint", ENDPOINTS),
        ("kinesis-video-signaling", "GetIceServerConfig", SERVERS),
    ],
)
def test_recorded_answers_are_what_the_service_gives(client: str, operation: str, recorded: Any) -> None:
    model = botocore.session.get_session().get_service_model(client).operation_model(operation)
    assert model.output_shape is not None
    assert not ParamValidator().validate(recorded, model.output_shape).has_errors()


def test_the_endpoint_is_asked_for_once_and_an_answer_given_out_for_a_fifth_of_its_life(
    source: Source, kinesis: Service
) -> None:
    for second in range(300 // SHARE):
        assert source.ice_servers(f"user-{second}", NOW + second * 1000).ttl == 300 - second
    assert [path for _, path, _, _ in kinesis.requests] == [FIND, CONFIGURE]
    assert source.ice_servers("ada", NOW + 300_000 // SHARE).ttl == 300
    assert [path for _, path, _, _ in kinesis.requests] == [FIND, CONFIGURE, CONFIGURE]


@pytest.mark.parametrize(
    ("path", "failure"),
    [
        (FIND, answer({"Message": "no"}, 403)),
        (FIND, answer({"ResourceEndpointList": []})),
        (
            FIND,
            answer({"ResourceEndpointList": [{"Protocol": "WSS", "ResourceEndpoint": "wss://x.example"}]}),
        ),
        (CONFIGURE, answer({"message": "no"}, 400)),
        (CONFIGURE, answer({}, 500)),
        (CONFIGURE, answer({"IceServerList": []})),
        (CONFIGURE, answer({"IceServerList": [{**SERVERS["IceServerList"][0], "Ttl": 0}]})),
        (CONFIGURE, answer({"IceServerList": [{"Password": "s3cret-word"}]})),
        (CONFIGURE, (200, b"<html>s3cret-word")),
        (CONFIGURE, None),
    ],
)
def test_without_the_service_there_is_stun_and_soon_another_attempt(
    source: Source, kinesis: Service, path: str, failure: tuple[int, bytes] | None
) -> None:
    usual = kinesis.answers[path]
    kinesis.answers[path] = [failure]
    assert source.ice_servers("ada", NOW) == IceServers([STUN], WITHOUT_TTL)
    (told,) = source.missing
    assert "s3cret" not in told
    # Nobody else has to wait for it meanwhile.
    asked = len(kinesis.requests)
    assert source.ice_servers("bob", NOW + 10_000).ttl == WITHOUT_TTL - 10
    assert len(kinesis.requests) == asked
    kinesis.answers[path] = usual
    assert source.ice_servers("ada", NOW + WITHOUT_TTL * 1000).ice_servers[1].username == "name.1"
    assert len(source.missing) == 1


def test_a_channel_that_was_made_anew_is_found_again(source: Source, kinesis: Service) -> None:
    source.ice_servers("ada", NOW)
    kinesis.answers[CONFIGURE] = [answer({}, 404)]
    source.ice_servers("ada", NOW + 100_000)
    kinesis.answers[CONFIGURE] = [answer(SERVERS)]
    source.ice_servers("ada", NOW + 200_000)
    assert [path for _, path, _, _ in kinesis.requests] == [FIND, CONFIGURE, CONFIGURE, FIND, CONFIGURE]


# The function


def ask() -> dict[str, Any]:
    reply = get_ice_servers.handler(events.rest("GET", "/ice-servers"), None)
    assert reply["statusCode"] == 200
    document: dict[str, Any] = json.loads(reply["body"])
    return document


def test_the_function_gives_out_the_channel_s_servers(
    environment: pytest.MonkeyPatch, kinesis: Service
) -> None:
    environment.setenv("TURN_CHANNEL", CHANNEL)
    document = ask()
    assert document["iceServers"] == [
        {"urls": ["stun:stun.example:3478"]},
        {"urls": URIS, "username": "name.1", "credential": "s3cret-word"},
    ]
    assert 290 <= document["ttl"] <= 300


def test_a_call_without_turn_is_better_than_none(
    environment: pytest.MonkeyPatch, kinesis: Service, output: Output
) -> None:
    environment.setenv("TURN_CHANNEL", CHANNEL)
    kinesis.answers[CONFIGURE] = [answer({}, 403)]
    document = ask()
    assert document["iceServers"] == [{"urls": ["stun:stun.example:3478"]}]
    assert document["ttl"] <= WITHOUT_TTL
    ask()
    # Once for each time that it was asked, so that an alarm does not depend on how many people call.
    assert output.metrics("TurnMissing") == output.metrics("Failures") == [1]
