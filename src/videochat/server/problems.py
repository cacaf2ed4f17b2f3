"""Problem documents: how every error under ``/api`` looks (RFC 9457)."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from msgspec import Meta, Struct

from videochat.core.errors import Refusal, StoreError, Unavailable

MEDIA_TYPE: Final = "application/problem+json"
_log: Final = structlog.stdlib.get_logger("videochat.server")

_CODES: Final = {
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


def problem_response(
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """A problem document as an answer."""
    return Response(
        problem_bytes(status, code, detail, extra),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def on_refusal(_: Request[Any, Any, Any], error: Refusal) -> Response[bytes]:
    """A request that is understood and not granted."""
    # RFC 6750, section 3: a 401 names the scheme; without a usable token there is nothing more to say.
    headers = {"WWW-Authenticate": 'Bearer realm="videochat"'} if error.status == 401 else {}
    return problem_response(error.status, error.code, error.message, headers, error.extra)


def on_store_error(_: Request[Any, Any, Any], error: StoreError) -> Response[bytes]:
    """The store failed, or somebody else wrote first too many times in a row: trying again is right in both cases."""
    if not isinstance(error, Unavailable):
        _log.warning("store", error=type(error).__name__)
    else:
        _log.error("store", error=type(error).__name__, exc_info=error)
    return problem_response(
        503,
        "unavailable",
        "The server cannot do this at the moment. Try again shortly.",
        {"Retry-After": "1"},
    )


def on_http_exception(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses: unknown routes and methods, bodies and parameters that do not fit."""
    status = error.status_code
    if status >= 500:
        _log.error("crash", exc_info=error)
        return problem_response(
            status, _CODES.get(status, "server_error"), "Something went wrong on the server."
        )
    headers = {
        name: value
        for name, value in (error.headers or {}).items()
        if name.lower() in ("allow", "retry-after")
    }
    code = _CODES.get(status, "bad_request")
    return problem_response(status, code, _detail(status, error), headers)


def on_crash(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A mistake in the server itself."""
    _log.error("crash", exc_info=error)
    return problem_response(500, "server_error", "Something went wrong on the server.")


HANDLERS: Final[ExceptionHandlersMap] = {
    Refusal: on_refusal,
    StoreError: on_store_error,
    HTTPException: on_http_exception,
    Exception: on_crash,
}


def _detail(status: int, error: HTTPException) -> str:
    match status:
        case 404:
            return "There is nothing here."
        case 405:
            return "This method is not allowed here."
        case 413:
            return "The request body is too large."
    # The framework lists what it could not convert as [{message, key, source}].
    if isinstance(error.extra, list):
        parts = [_validation_text(item) for item in error.extra if isinstance(item, dict)]
        if parts:
            return " ".join(parts)
    return "The request is not understood."


def _validation_text(item: dict[str, Any]) -> str:
    if item.get("message") == "'data'":  # how the framework puts it that the body is empty
        return "A JSON body is needed."
    text = re.sub(r"[`\r\n]", "", str(item.get("message", ""))).strip().rstrip(".")
    where = str(item.get("key", "")).removeprefix("data.")
    return f"{where}: {text}." if where and where != "data" else f"{text}."
