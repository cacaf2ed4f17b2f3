"""Problem documents: how every error of the REST API looks (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from videochat.core.errors import Refusal

MEDIA_TYPE: Final = "application/problem+json"
UNAVAILABLE: Final = "The server cannot do this at the moment. Try again shortly."
CRASHED: Final = "Something went wrong on the server."

CODES: Final = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "server_error",
    503: "unavailable",
}
"""The code for what has no other, by HTTP status."""


class Problem(Struct, kw_only=True):
    """An error, in words for people (`detail`) and with a stable `code` for programs (RFC 9457)."""

    type: Annotated[
        str, Meta(description="Always `about:blank`: what kind of problem it is, `code` says.")
    ] = "about:blank"
    title: Annotated[str, Meta(description="The HTTP status in words.")]
    status: Annotated[int, Meta(description="The HTTP status.", ge=400, le=599)]
    detail: Annotated[str, Meta(description="What went wrong, in English.")]
    code: Annotated[str, Meta(description="Stable; programs go by it.", pattern="^[a-z][a-z0-9_]*$")]


def problem_bytes(status: int, code: str, detail: str, extra: Mapping[str, str] | None = None) -> bytes:
    """The JSON of a problem document."""
    return msgspec.json.encode(
        {**(extra or {}), **msgspec.to_builtins(_problem(status, code, detail), builtin_types=())}
    )


def _problem(status: int, code: str, detail: str) -> Problem:
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code)


def refusal_headers(refusal: Refusal, *, token_shown: bool) -> dict[str, str]:
    """Headers that go with a refusal.

    :param token_shown: whether the request had a bearer token. A 401 says then that it is no good, not why, and otherwise only names the
        scheme (RFC 6750, section 3.1).
    """
    if refusal.status != 401:
        return {}
    return {
        "WWW-Authenticate": 'Bearer realm="videochat"' + (', error="invalid_token"' if token_shown else "")
    }
