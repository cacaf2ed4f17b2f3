"""The authorizer of the WebSocket API: may this client open a socket? Reads no table and loads no AWS SDK.

``Auth`` is a ticket, which ``$connect`` uses up afterwards, or an ID token of the user pool
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html).
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from videochat.aws import logs, process
from videochat.aws.sockets import Event
from videochat.core.errors import StoreError, Unauthorized
from videochat.core.tickets import MAX_AUTH, TicketCheck, is_ticket

if TYPE_CHECKING:
    from videochat.adapters.cognito import CognitoTokens


def handler(event: Event, _context: Any) -> dict[str, Any]:
    """A policy that allows or denies ``$connect`` of exactly this API and stage.

    :raises StoreError: the secret or the key set cannot be read; API Gateway answers 500.
    """
    logs.begin(str(event["requestContext"].get("requestId", "")), route="authorizer")
    try:
        who = _authenticate(str((event.get("queryStringParameters") or {}).get("Auth") or ""))
    except Unauthorized:
        # A denial, not an exception: those are for the alarm.
        logs.logger.info("refused")
        return _policy("nobody", "Deny", event["methodArn"], {})
    except StoreError as error:
        logs.failure(error)
        raise
    return _policy(who["userId"], "Allow", event["methodArn"], who)


def _authenticate(auth: str) -> dict[str, str]:
    if not auth or len(auth) > MAX_AUTH:
        raise Unauthorized
    if is_ticket(auth):
        return {"userId": TicketCheck(process.signer(), process.clock).check(auth)}
    identity = _tokens().verify(auth, process.clock.now())
    return {"userId": identity.user_id, "email": identity.email, "name": identity.name}


@cache
def _tokens() -> "CognitoTokens":
    # Tickets are the usual way in; the JOSE library waits until somebody needs it.
    from videochat.adapters.cognito import CognitoTokens

    s = process.settings()
    return CognitoTokens(process.requests(), s.need("issuer"), s.need("client_id"))


def _policy(principal: str, effect: str, arn: str, context: dict[str, str]) -> dict[str, Any]:
    return {
        "principalId": principal,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": arn}],
        },
        "context": context,
    }
