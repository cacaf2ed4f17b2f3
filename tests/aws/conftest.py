"""What the tests of the AWS edition share."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from tests.aws.dynamodb import SerialClient, emulated
from tests.aws.functions import CACHES, ENVIRONMENT, SECRET, Output
from tests.aws.service import Service, serving

from videochat.adapters.apigateway import ApiGatewayPush
from videochat.aws import composition, process
from videochat.core.services import Core


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as service:
        yield service


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, service: Service) -> Iterator[pytest.MonkeyPatch]:
    """The environment of a function with every right; all requests go to ``service``, where there is a secret."""
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": service.url}.items():
        monkeypatch.setenv(name, value)
    service.answers["/"] = [(200, msgspec.json.encode({"SecretString": SECRET}))]
    # As long as a busy machine takes: nothing here is about waiting.
    monkeypatch.setattr(process, "TIMEOUT", 60)
    monkeypatch.setattr(process, "HASTY_TIMEOUT", 60)
    for cached in CACHES:
        cached.cache_clear()
    yield monkeypatch
    process.requests().close()
    process.hasty_requests().close()
    for cached in CACHES:
        cached.cache_clear()


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Output:
    return Output(capsys)


@pytest.fixture
def client() -> Iterator[SerialClient]:
    with emulated() as client:
        yield client


@pytest.fixture
def core(environment: pytest.MonkeyPatch, client: Any) -> Core:
    """The functions' core, over the emulated database."""
    settings = process.settings()
    push = ApiGatewayPush(process.requests(), settings.socket_api_url)
    made = composition.compose(settings, client, push, composition.timers())
    environment.setattr(composition, "core", lambda: made)
    return made
