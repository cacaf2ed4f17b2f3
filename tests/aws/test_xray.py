"""Traces of requests to other services, as datagrams for X-Ray's daemon."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from tests.aws.service import Service

from videochat.adapters.apigateway import ApiGatewayPush
from videochat.adapters.aws_requests import ATTEMPTS, AwsRequests, Credentials
from videochat.adapters.xray import XRay
from videochat.core.errors import Unavailable

SAMPLED = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:1"


class Daemon:
    """Takes datagrams."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(30)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def take(self) -> dict[str, Any]:
        """The next document."""
        header, document = self.socket.recv(65_536).split(b"\n", 1)
        assert json.loads(header) == {"format": "json", "version": 1}
        taken: dict[str, Any] = json.loads(document)
        return taken

    def is_idle(self) -> bool:
        """Whether nothing has come: datagrams on the loopback interface are there when they have been sent."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(65_536)
        except BlockingIOError:
            return True
        return False


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    daemon = Daemon()
    yield daemon
    daemon.socket.close()


class Traced:
    """Requests with a trace that a test sets."""

    def __init__(self, service: Service, daemon: Daemon) -> None:
        self.header = SAMPLED
        self.times = iter(range(1_000, 2_000))
        self.tracer = XRay(daemon.address, lambda: self.header, "eu-west-1", lambda: float(next(self.times)))
        self.requests = AwsRequests(
            "eu-west-1",
            Credentials("AKIDEXAMPLE", "secret"),
            service.url,
            lambda: 1_800_000_000,
            lambda _: None,
            self.tracer,
            timeout=60,
        )

    def ask(self, operation: str = "AmazonSQS.SendMessage") -> None:
        self.requests.post("sqs", "https://sqs.example/", b"{}", {"x-amz-target": operation})


@pytest.fixture
def traced(service: Service, daemon: Daemon) -> Iterator[Traced]:
    traced = Traced(service, daemon)
    yield traced
    traced.requests.close()
    traced.tracer.close()


def test_a_request_is_a_subsegment_of_its_function(traced: Traced, daemon: Daemon, service: Service) -> None:
    traced.ask()
    document = daemon.take()
    assert len(document["id"]) == 16
    assert document == {
        "id": document["id"],
        "trace_id": "1-5759e988-bd862e3fe1be46a994272793",
        "parent_id": "53995c3f42cd8ad8",
        "type": "subsegment",
        "name": "SQS",
        "namespace": "aws",
        "start_time": 1_000,
        "end_time": 1_001,
        "aws": {"operation": "SendMessage", "region": "eu-west-1", "retries": 0},
        "http": {"response": {"status": 200}},
    }
    (headers,) = [headers for _, _, headers, _ in service.requests]
    assert headers["x-amzn-trace-id"] == SAMPLED.replace("53995c3f42cd8ad8", document["id"])
    assert "x-amzn-trace-id" not in headers["authorization"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((404, b""), {"error": True}),
        ((429, b""), {"error": True, "throttle": True}),
        ((500, b""), {"fault": True}),
    ],
)
def test_what_went_wrong_is_told(
    traced: Traced, daemon: Daemon, service: Service, answer: tuple[int, bytes], expected: dict[str, bool]
) -> None:
    service.answers["/"] = [answer]
    traced.ask()
    document = daemon.take()
    assert {name: document[name] for name in ("error", "throttle", "fault") if name in document} == expected
    assert document["http"]["response"]["status"] == answer[0]


def test_attempts_are_one_subsegment(traced: Traced, daemon: Daemon, service: Service) -> None:
    service.answers["/"] = [None, (500, b""), (200, b"")]
    traced.ask()
    assert daemon.take()["aws"]["retries"] == 2
    assert daemon.is_idle()


@pytest.mark.parametrize("before", [[], [(500, b"")]])
def test_no_answer_is_a_fault(
    traced: Traced, daemon: Daemon, service: Service, before: list[tuple[int, bytes] | None]
) -> None:
    service.answers["/"] = [*before, None]
    with pytest.raises(Unavailable):
        traced.ask()
    document = daemon.take()
    assert document["fault"]
    assert document["aws"]["retries"] == ATTEMPTS - 1
    assert "http" not in document


@pytest.mark.parametrize(
    "header", ["", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0", "Sampled=1", "?;=;"]
)
def test_what_is_not_sampled_sends_nothing_and_goes_on(
    traced: Traced, daemon: Daemon, service: Service, header: str
) -> None:
    traced.header = header
    traced.ask()
    assert daemon.is_idle()
    (headers,) = [headers for _, _, headers, _ in service.requests]
    assert headers.get("x-amzn-trace-id", "") == header


def test_no_connection_id_and_no_frame_gets_into_a_trace(traced: Traced, daemon: Daemon) -> None:
    ApiGatewayPush(traced.requests, "https://abc.execute-api.eu-west-1.amazonaws.com/dev").send(
        ["c1="], b"frame"
    )
    document = daemon.take()
    assert (document["name"], document["aws"]["operation"]) == ("API Gateway", "PostToConnection")
    assert "c1" not in json.dumps({**document, "id": ""})
    assert "frame" not in json.dumps({**document, "id": ""})


def test_a_daemon_that_is_not_there_fails_nothing(traced: Traced, daemon: Daemon, service: Service) -> None:
    daemon.socket.close()
    for _ in range(3):  # the second one hears that nobody took the first
        traced.ask()
    assert len(service.requests) == 3
