"""Turns what is raised under ``/api`` into problem documents (:mod:`videochat.rest.problems`)."""

import re
from collections.abc import Mapping
from typing import Any, Final

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException
from litestar.types import ExceptionHandlersMap

from videochat.core.errors import Refusal, StoreError, Unavailable
from videochat.rest.problems import CODES, CRASHED, MEDIA_TYPE, UNAVAILABLE, problem_bytes, refusal_headers
from videochat.rest.requests import bearer_token

_log: Final = structlog.stdlib.get_logger("videochat.server")
_GONE: Final = "client disconnected prematurely"
"""How the framework puts it that the client went away in the middle of its body: no mistake of ours, and nobody reads the answer."""


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


def on_refusal(request: Request[Any, Any, Any], error: Refusal) -> Response[bytes]:
    """A request that is understood and not granted."""
    token = bearer_token(request.headers.get("authorization", ""))
    headers = refusal_headers(error, token_shown=token is not None)
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
        UNAVAILABLE,
        {"Retry-After": "1"},
    )


def on_http_exception(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses: unknown routes and methods, bodies and parameters that do not fit."""
    status = error.status_code
    if isinstance(error, InternalServerException) and error.detail == _GONE:
        return problem_response(400, "bad_request", "The request broke off.")
    if status >= 500:
        _log.error("crash", exc_info=error)
        return problem_response(status, CODES.get(status, "server_error"), CRASHED)
    headers = {
        name: value
        for name, value in (error.headers or {}).items()
        if name.lower() in ("allow", "retry-after")
    }
    code = CODES.get(status, "bad_request")
    return problem_response(status, code, _detail(status, error), headers)


def on_crash(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A mistake in the server itself."""
    _log.error("crash", exc_info=error)
    return problem_response(500, "server_error", CRASHED)


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
