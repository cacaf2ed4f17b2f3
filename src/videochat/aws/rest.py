"""REST endpoints: from an event of API Gateway's proxy integration to the core's answer, with the same documents as every other edition
(https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from videochat.adapters.cognito_claims import identity
from videochat.aws import logs, process
from videochat.core.errors import Refusal, StoreError
from videochat.core.models import Identity
from videochat.rest.problems import CRASHED, MEDIA_TYPE, UNAVAILABLE, problem_bytes, refusal_headers
from videochat.rest.requests import MAX_BODY_BYTES, MAX_CONTACT_ID, MAX_CURSOR, MAX_PAGE, PAGE, decode_json

Event = Mapping[str, Any]
Response = dict[str, Any]
T = TypeVar("T")

_HEADERS: Final = {
    "Access-Control-Expose-Headers": "Retry-After, WWW-Authenticate, X-Request-Id",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "Vary": "Origin",
    "X-Content-Type-Options": "nosniff",
}


class Request:
    """An authenticated request."""

    def __init__(self, event: Event) -> None:
        self._event = event

    @property
    def identity(self) -> Identity:
        """Who asks.

        :raises Unauthorized: the claims are not those of an ID token for this app.
        """
        claims = (self._event["requestContext"].get("authorizer") or {}).get("claims") or {}
        return identity(claims, process.settings().need("client_id"))

    @property
    def user_id(self) -> str:
        """Who asks, as an id."""
        return self.identity.user_id

    @property
    def contact_id(self) -> str:
        """The ``contactId`` of the path.

        :raises Refusal: ``bad_request``: too long.
        """
        contact_id = str((self._event.get("pathParameters") or {})["contactId"])
        if len(contact_id) > MAX_CONTACT_ID:
            raise _bad_request(f"contact_id: Expected `str` of length <= {MAX_CONTACT_ID}.")
        return contact_id

    def body(self, type_: type[T]) -> T:
        """The JSON body.

        :raises Refusal: ``too_large``, ``bad_json``, or ``bad_request``: no JSON, or not what it should be.
        """
        body = self._event.get("body") or ""
        data = (
            b64decode(body) if self._event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
        )
        if len(data) > MAX_BODY_BYTES:
            raise Refusal("too_large", "The request body is too large.", 413)
        if not data:
            raise _bad_request("A JSON body is needed.")
        decoded = decode_json(data)
        try:
            return msgspec.convert(decoded, type_)
        except msgspec.ValidationError as error:
            raise _bad_request(f"{error}.") from None

    def query(self, name: str) -> str | None:
        """A query parameter; the last one when there are several."""
        value = (self._event.get("queryStringParameters") or {}).get(name)
        return None if value is None else str(value)


class Page(Struct, frozen=True):
    """Which calls to list."""

    limit: int
    after: str | None


def page(request: Request) -> Page:
    """The page that ``limit`` and ``after`` ask for.

    :raises Refusal: ``bad_request``.
    """
    limit, after = request.query("limit"), request.query("after")
    if after is not None and len(after) > MAX_CURSOR:
        raise _bad_request(f"after: Expected `str` of length <= {MAX_CURSOR}.")
    return Page(PAGE if limit is None else _limit(limit), after or None)


def _limit(text: str) -> int:
    digits = text.lstrip("0")
    # Of bounded length before it is made a number.
    if text.isascii() and text.isdecimal() and 1 <= len(digits) <= 3 and int(digits) <= MAX_PAGE:
        return int(digits)
    raise _bad_request(f"limit: Expected `int` from 1 to {MAX_PAGE}.")


def respond(event: Event, work: Callable[[Request], tuple[int, object]]) -> Response:
    """Runs ``work``, which returns a status and what goes into the body (``None``: none), and shapes its answer or its error."""
    context = event["requestContext"]
    logs.begin(str(context.get("requestId", "")), route=f"{event.get('httpMethod')} {event.get('resource')}")
    code: str | None = None
    headers: Mapping[str, str] = {}
    content_type = "application/json"
    try:
        status, answer = work(Request(event))
        body = b"" if answer is None else msgspec.json.encode(answer)
    except Refusal as refusal:
        status, code = refusal.status, refusal.code
        # The gateway lets nobody through without a token.
        headers = refusal_headers(refusal, token_shown=True)
        body = problem_bytes(status, code, refusal.message, refusal.extra)
    except StoreError as error:
        logs.failure(error)
        status, code, headers = 503, "unavailable", {"Retry-After": "1"}
        body = problem_bytes(status, code, UNAVAILABLE)
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not look like one of the gateway's
        logs.failure(error)
        status, code = 500, "server_error"
        body = problem_bytes(status, code, CRASHED)
    if code is not None:
        content_type = MEDIA_TYPE
    logs.logger.info("request", status=status, code=code)
    return {
        "statusCode": status,
        "headers": {
            **_HEADERS,
            "Access-Control-Allow-Origin": process.settings().need("web_origin"),
            **({"Content-Type": content_type} if body else {}),
            **headers,
        },
        "body": body.decode(),
    }


def _bad_request(message: str) -> Refusal:
    return Refusal("bad_request", message.replace("`", ""))
