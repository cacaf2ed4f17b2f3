"""Events as API Gateway and Lambda send them. Shapes from
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html.
"""

import json
from typing import Any

CLIENT_ID = "client-1"


def claims(user_id: str = "user-ann", **changes: str) -> dict[str, str]:
    """What the authorizer says about an ID token: texts, every one."""
    usual = {
        "sub": user_id,
        "aud": CLIENT_ID,
        "token_use": "id",
        "email": f"{user_id}@example.org",
        "email_verified": "true",
        "name": user_id.removeprefix("user-").title(),
        "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
        "exp": "Tue Nov 24 13:00:00 UTC 2026",
    }
    return {**usual, **changes}


def rest(
    method: str,
    resource: str,
    *,
    user_id: str = "user-ann",
    body: str | None = None,
    query: dict[str, str] | None = None,
    contact_id: str | None = None,
    said: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A request to the REST API; ``said``: changed claims."""
    return {
        "resource": resource,
        "path": resource.replace("{contactId}", contact_id or ""),
        "httpMethod": method,
        "headers": {"Authorization": "Bearer token", "Content-Type": "application/json"},
        "multiValueHeaders": {"Authorization": ["Bearer token"]},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {k: [v] for k, v in query.items()} if query else None,
        "pathParameters": {"contactId": contact_id} if contact_id is not None else None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "requestId": "request-1",
            "stage": "dev",
            "apiId": "rest1",
            "authorizer": {"claims": claims(user_id, **(said or {}))},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def socket(
    route: str, connection_id: str = "c1=", frame: object = None, *, body: str | None = None
) -> dict[str, Any]:
    """A message, or the end of a connection."""
    return {
        "requestContext": {
            "routeKey": route,
            "eventType": "DISCONNECT" if route == "$disconnect" else "MESSAGE",
            "messageId": "m1=",
            "requestId": "request-2",
            "connectionId": connection_id,
            "stage": "dev",
            "apiId": "socket1",
            "domainName": "socket1.execute-api.eu-west-1.amazonaws.com",
        },
        "body": json.dumps(frame) if body is None else body,
        "isBase64Encoded": False,
    }


def connect(
    auth: str | None, connection_id: str = "c1=", device: str | None = None, **said: str
) -> dict[str, Any]:
    """An opening handshake after the authorizer; ``said``: the context that it returned."""
    query = {name: value for name, value in (("Auth", auth), ("Device", device)) if value is not None}
    event = socket("$connect", connection_id)
    event["requestContext"] |= {"eventType": "CONNECT", "authorizer": {"principalId": "p", **said}}
    del event["body"]
    return {**event, "headers": {"Host": "x"}, "queryStringParameters": query or None}


def authorize(auth: str | None) -> dict[str, Any]:
    """What the WebSocket authorizer gets."""
    return {
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:eu-west-1:123456789012:socket1/dev/$connect",
        "headers": {"Host": "x"},
        "queryStringParameters": None if auth is None else {"Auth": auth},
        "stageVariables": {},
        "requestContext": {
            "routeKey": "$connect",
            "eventType": "CONNECT",
            "requestId": "request-3",
            "connectionId": "c1=",
            "apiId": "socket1",
            "stage": "dev",
        },
    }


def timers(*bodies: str) -> dict[str, Any]:
    """Messages of the queue."""
    return {
        "Records": [
            {"messageId": f"message-{n}", "body": body, "eventSource": "aws:sqs", "attributes": {}}
            for n, body in enumerate(bodies)
        ]
    }
