"""Functions in this process: their environment, and what people do with them."""

import json
from typing import Any

import pytest
from tests.aws import events
from tests.aws.service import Service

from videochat.aws import composition, process, sockets
from videochat.aws.handlers import (
    add_contact,
    authorizer,
    change_contact,
    connect,
    get_ice_servers,
    get_user,
    issue_ticket,
    signal,
)

SECRET = "s" * 64
CACHES: tuple[Any, ...] = (
    process.settings,
    process.requests,
    process.hasty_requests,
    process.signer,
    composition.core,
    composition.timers,
    sockets.limits,
    signal._signaling,
    authorizer._tokens,
    get_ice_servers._servers,
)
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "session",
    "USERS_TABLE": "UsersTable",
    "CONTACTS_TABLE": "ContactsTable",
    "CONNECTIONS_TABLE": "ConnectionsTable",
    "CALLS_TABLE": "CallsTable",
    "TIMERS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/timers",
    "SOCKET_API_URL": "https://socket1.execute-api.eu-west-1.amazonaws.com/dev",
    "TICKET_SECRET": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tickets",
    "CLIENT_ID": events.CLIENT_ID,
    "ISSUER": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
    "WEB_ORIGIN": "https://video.example",
    "STUN_URLS": "stun:stun.example:3478",
}


class Output:
    """What a function prints: metrics."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self._seen = ""

    def lines(self) -> list[dict[str, Any]]:
        """All lines that are JSON documents for CloudWatch."""
        self._seen += self._capture.readouterr().out
        documents = [json.loads(line) for line in self._seen.splitlines() if line.startswith("{")]
        return [document for document in documents if "_aws" in document]

    def metrics(self, name: str) -> list[float]:
        """What was counted under this name."""
        return [value for line in self.lines() for value in line.get(name, ())]


def problem(answer: dict[str, Any], status: int, code: str) -> dict[str, Any]:
    """Checks that ``answer`` is this problem document."""
    assert answer["statusCode"] == status, answer
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(answer["body"])
    assert document["code"] == code
    assert document["status"] == status
    assert document["type"] == "about:blank"
    return document


def frames(service: Service, connection_id: str) -> list[dict[str, Any]]:
    """What was posted to a connection."""
    path = f"/dev/@connections/{connection_id.replace('=', '%3D')}"
    return [json.loads(body) for _, to, _, body in service.requests if to == path]


def user(user_id: str) -> None:
    """Shows a user to the service for the first time."""
    assert get_user.handler(events.rest("GET", "/user", user_id=user_id), None)["statusCode"] == 200


def befriend() -> None:
    """Makes ann and bob contacts."""
    for user_id in ("user-ann", "user-bob"):
        user(user_id)
    asked = add_contact.handler(
        events.rest("POST", "/contacts", body='{"email":"user-bob@example.org"}'), None
    )
    assert asked["statusCode"] == 201, asked
    accepted = change_contact.handler(
        events.rest(
            "PATCH",
            "/contacts/{contactId}",
            user_id="user-bob",
            contact_id="user-ann",
            body='{"state":"accepted"}',
        ),
        None,
    )
    assert accepted["statusCode"] == 200, accepted


def online(user_id: str, connection_id: str) -> None:
    """Opens a socket with a ticket."""
    ticket = json.loads(issue_ticket.handler(events.rest("POST", "/tickets", user_id=user_id), None)["body"])[
        "ticket"
    ]
    allowed = authorizer.handler(events.authorize(ticket), None)
    assert allowed["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    opened = connect.handler(events.connect(ticket, connection_id, device=f"{user_id}-tab"), None)
    assert opened == {"statusCode": 200}
