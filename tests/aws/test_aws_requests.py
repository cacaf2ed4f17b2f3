"""Signed requests, and what is built on them, against a server on the loopback interface that answers as it is told."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import nullcontext

import msgspec
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.service import Service
from tests.fakes import FakeClock

from videochat.adapters.apigateway import ApiGatewayPush
from videochat.adapters.aws_requests import ATTEMPTS, PATIENCE, Answer, AwsRequests, Credentials, sign
from videochat.adapters.secretsmanager import read_secret
from videochat.adapters.sqs import SqsTimers
from videochat.core.errors import Unavailable

CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token/+=")
NOW = 1_800_000_000


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def requests(service: Service, pauses: list[float]) -> Iterator[AwsRequests]:
    requests = AwsRequests("eu-west-1", CREDENTIALS, service.url, lambda: NOW, pauses.append, timeout=60)
    yield requests
    requests.close()


# Signing


@given(
    path=st.lists(st.text("ab1-_.~%40@:+= é", min_size=1, max_size=8), max_size=3),
    body=st.binary(max_size=64),
    header=st.text("ab 1=/;", max_size=20),
    token=st.none() | st.just("session"),
)
def test_signatures_equal_those_of_botocore(
    path: list[str], body: bytes, header: str, token: str | None
) -> None:
    from urllib.parse import quote

    # Path segments of dots are not made by anything here: botocore would resolve them.
    encoded = "/".join(quote(part, safe="") for part in path if part.strip("."))
    url = f"https://abc123.execute-api.eu-west-1.amazonaws.com/{encoded}"
    credentials = Credentials("AKIDEXAMPLE", "secret/+", token)
    ours = sign("execute-api", "eu-west-1", url, body, {"x-amz-target": header}, credentials, NOW)
    theirs = AWSRequest("POST", url, data=body, headers={"x-amz-target": header, "x-amz-date": "x"})
    theirs.context["timestamp"] = ours["x-amz-date"]
    auth = SigV4Auth(BotocoreCredentials("AKIDEXAMPLE", "secret/+", token), "execute-api", "eu-west-1")
    del theirs.headers["x-amz-date"]
    theirs.headers["X-Amz-Date"] = ours["x-amz-date"]
    if token is not None:
        theirs.headers["X-Amz-Security-Token"] = token
    canonical = auth.canonical_request(theirs)
    signature = auth.signature(auth.string_to_sign(theirs, canonical), theirs)
    assert ours["authorization"].endswith(f"Signature={signature}")
    assert f"SignedHeaders={auth.signed_headers(auth.headers_to_sign(theirs))}," in ours["authorization"]


def test_credentials_do_not_show() -> None:
    assert "wJalr" not in repr(CREDENTIALS)
    assert "token" not in repr(CREDENTIALS)


# Attempts


def test_an_endpoint_replaces_the_address_but_not_the_host(service: Service, requests: AwsRequests) -> None:
    answer = requests.post("sqs", "https://sqs.eu-west-1.amazonaws.com/?a=b", b"{}", {"x-amz-target": "T"})
    assert answer.status == 200
    ((method, path, headers, body),) = service.requests
    assert (method, path, body) == ("POST", "/?a=b", b"{}")
    assert headers["host"] == "sqs.eu-west-1.amazonaws.com"
    assert headers["x-amz-security-token"] == "token/+="


def test_connections_are_used_again(service: Service, requests: AwsRequests) -> None:
    for _ in range(3):
        requests.get("https://a.example/x")
    assert service.open_connections == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_throttling_and_failures_are_tried_again(
    service: Service, requests: AwsRequests, pauses: list[float], status: int
) -> None:
    service.answers["/x"] = [(status, b""), (status, b""), (200, b"done")]
    assert requests.post("sqs", "https://a.example/x", b"").body == b"done"
    assert len(pauses) == 2
    assert all(0 <= pause <= 1 for pause in pauses)


def test_attempts_are_bounded(service: Service, requests: AwsRequests) -> None:
    service.answers["/x"] = [(503, b"")]
    assert requests.post("sqs", "https://a.example/x", b"").status == 503
    assert len(service.requests) == ATTEMPTS


@pytest.mark.parametrize("answer", [(503, b""), None])
def test_patience_is_bounded(service: Service, answer: tuple[int, bytes] | None) -> None:
    clock = FakeClock(NOW)

    def sleep(_: float) -> None:
        clock.advance(round(PATIENCE / 2))

    requests = AwsRequests("eu-west-1", CREDENTIALS, service.url, clock.now, sleep)
    service.answers["/x"] = [answer]
    with pytest.raises(Unavailable) if answer is None else nullcontext():
        assert requests.post("sqs", "https://a.example/x", b"").status == 503
    assert len(service.requests) == 3 < ATTEMPTS
    requests.close()


def test_a_refusal_is_final(service: Service, requests: AwsRequests, pauses: list[float]) -> None:
    service.answers["/x"] = [(403, b"")]
    assert requests.post("sqs", "https://a.example/x", b"").status == 403
    assert pauses == []


def test_a_broken_connection_is_tried_again(service: Service, requests: AwsRequests) -> None:
    service.answers["/x"] = [None, (200, b"done")]
    assert requests.get("https://a.example/x").body == b"done"


def test_a_connection_that_went_stale_costs_no_pause(
    service: Service, requests: AwsRequests, pauses: list[float]
) -> None:
    service.answers["/x"] = [(200, b"first"), None, (200, b"second")]
    assert requests.get("https://a.example/x").body == b"first"
    assert requests.get("https://a.example/x").body == b"second"
    assert pauses == []


def test_stale_only_once(service: Service, requests: AwsRequests, pauses: list[float]) -> None:
    service.answers["/x"] = [(200, b""), None]
    requests.get("https://a.example/x")
    with pytest.raises(Unavailable):
        requests.get("https://a.example/x")
    assert len(service.requests) == 1 + 1 + ATTEMPTS
    assert len(pauses) == ATTEMPTS - 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(400, b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}'), "QueueDoesNotExist"),
        (
            Answer(400, b"{}", "ResourceNotFoundException:http://internal.amazon.com/x"),
            "ResourceNotFoundException",
        ),
        (Answer(403, b'{"Message":"no"}'), None),
        (Answer(200, b'{"code":"word"}'), None),
    ],
)
def test_codes_of_errors(answer: Answer, code: str | None) -> None:
    assert answer.code == code


def test_certificate_authorities_are_read_once(requests: AwsRequests) -> None:
    contexts = {id(requests._connection(f"https://{host}.example")._context) for host in "abc"}  # type: ignore[attr-defined]
    assert len(contexts) == 1
    assert requests._certificates().verify_mode is ssl.CERT_REQUIRED
    assert requests._certificates().check_hostname


def test_no_answer_is_unavailable(service: Service, requests: AwsRequests) -> None:
    service.answers["/x"] = [None]
    with pytest.raises(Unavailable):
        requests.get("https://a.example/x")
    assert len(service.requests) == ATTEMPTS


# Push

API = "https://abc123.execute-api.eu-west-1.amazonaws.com/dev"


def test_a_frame_is_posted_to_each_connection(service: Service, requests: AwsRequests) -> None:
    push = ApiGatewayPush(requests, API)
    assert push.send(["L0SM9c=", "b"], b'{"action":"pong"}') == set()
    posted = {(path, body) for _, path, _, body in service.requests}
    frame = b'{"action":"pong"}'
    assert posted == {("/dev/@connections/L0SM9c%3D", frame), ("/dev/@connections/b", frame)}


def test_nobody_gets_nothing(service: Service, requests: AwsRequests) -> None:
    assert ApiGatewayPush(requests, API).send([], b"{}") == set()
    assert service.requests == []


@pytest.mark.parametrize("status", [400, 410])
def test_gone_connections_are_reported(service: Service, requests: AwsRequests, status: int) -> None:
    service.answers["/dev/@connections/b"] = [(status, b"")]
    push = ApiGatewayPush(requests, API)
    assert push.send(["a", "b", "c"], b"{}") == {"b"}
    assert push.send(["b"], b"{}") == {"b"}


def test_posts_go_out_in_parallel(service: Service, requests: AwsRequests) -> None:
    service.gate = threading.Barrier(8)  # no post is answered before all eight have come
    assert ApiGatewayPush(requests, API).send([f"c{n}" for n in range(8)], b"{}") == set()


@pytest.mark.parametrize("answer", [(403, b""), (429, b""), (500, b""), None])
def test_failures_are_told_after_the_others_got_theirs(
    service: Service, requests: AwsRequests, answer: tuple[int, bytes] | None
) -> None:
    service.answers["/dev/@connections/a"] = [answer]
    with pytest.raises(Unavailable):
        ApiGatewayPush(requests, API).send(["a", "b"], b"{}")
    assert "/dev/@connections/b" in {path for _, path, _, _ in service.requests}


# Timers and secrets


@pytest.mark.parametrize(
    ("ahead", "delay"), [(-5, 0), (0, 0), (1, 1), (1000, 1), (5001, 6), (900_000, 900), (10**9, 900)]
)
def test_a_timer_is_a_delayed_message(
    service: Service, requests: AwsRequests, ahead: int, delay: int
) -> None:
    clock = FakeClock()
    queue = "https://queue.example/1/timers"
    timers = SqsTimers(requests, "eu-west-1", "amazonaws.com", queue, clock, lambda: "request-1")
    timers.schedule(clock.now() + ahead, "ring", "call-1")
    ((_, _, headers, body),) = service.requests
    assert headers["x-amz-target"] == "AmazonSQS.SendMessage"
    message = msgspec.json.decode(body)
    assert message["DelaySeconds"] == delay
    assert message["QueueUrl"] == "https://queue.example/1/timers"
    assert msgspec.json.decode(message["MessageBody"]) == {
        "kind": "ring",
        "key": "call-1",
        "correlation_id": "request-1",
    }


def test_a_timer_that_cannot_be_set_is_told(service: Service, requests: AwsRequests) -> None:
    service.answers["/"] = [(403, b"")]
    timers = SqsTimers(requests, "eu-west-1", "amazonaws.com", "https://queue.example/1/t", FakeClock())
    with pytest.raises(Unavailable):
        timers.schedule(0, "ring", "call-1")


def test_reads_a_secret(service: Service, requests: AwsRequests) -> None:
    service.answers["/"] = [(200, b'{"Name":"s","SecretString":"hush"}')]
    assert read_secret(requests, "eu-west-1", "amazonaws.com", "arn:s") == b"hush"
    ((_, _, headers, body),) = service.requests
    assert headers["x-amz-target"] == "secretsmanager.GetSecretValue"
    assert msgspec.json.decode(body) == {"SecretId": "arn:s"}


def test_a_secret_that_cannot_be_read_is_told(service: Service, requests: AwsRequests) -> None:
    service.answers["/"] = [(400, b"{}")]
    with pytest.raises(Unavailable):
        read_secret(requests, "eu-west-1", "amazonaws.com", "arn:s")
