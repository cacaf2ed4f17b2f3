"""Structured logs: one format, and one line per request.

What is logged of a request is its method, its path without the query (which may hold a ticket or a token), the status, the duration and
the client's address. Bodies, headers and frames are never logged.
"""

import logging
import re
import sys
import time
import uuid
from typing import Any, Final, TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from videochat.rest.problems import problem_bytes
from videochat.server.asgi import App, Message, Receive, Scope, Send
from videochat.server.settings import LogFormat, LogLevel

_MAX_PATH: Final = 256
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")

log: Final = structlog.stdlib.get_logger("videochat.server")


def configure(level: LogLevel, format_: LogFormat, stream: TextIO | None = None) -> None:
    """Sends structlog's and the standard library's log lines through one formatter to ``stream`` (by default standard error).

    Libraries are heard from ``warning`` upwards only: at lower levels some of them log request lines and payloads.
    """
    stream = stream if stream is not None else sys.stderr
    as_text = format_ == "console" or (format_ == "auto" and stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: list[Processor]
    if as_text:
        renderer = [
            structlog.dev.ConsoleRenderer(
                colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    else:
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_remove_meta, *renderer])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("videochat").setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.CRITICAL if name == "uvicorn.access" else logging.WARNING)


def _remove_meta(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


def printable_path(scope: Scope) -> str:
    """The path as it came, percent-encoded and without the query, cut to 256 characters."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    text = raw.split(b"?", 1)[0].decode("ascii", "backslashreplace")
    return "".join(c if c.isprintable() else "?" for c in text)[:_MAX_PATH]


class RequestLog:
    """ASGI middleware: gives each request an id, logs it in one line, and turns a crash below into a 500 answer."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        started = time.monotonic()
        status = 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                message["headers"] = headers
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_noting_status)
            except Exception:
                log.exception("crash", method=scope["method"], path=printable_path(scope))
                if status:
                    raise  # half an answer has gone out: only closing the connection tells the client
                await _send_server_error(send_noting_status)
            finally:
                fields: dict[str, Any] = {
                    "method": scope["method"],
                    "path": printable_path(scope),
                    "status": status,
                    "ms": round((time.monotonic() - started) * 1000, 1),
                    "client": (scope.get("client") or ("",))[0],
                }
                if scope["path"] == "/healthz":
                    log.debug("request", **fields)
                else:
                    log.info("request", **fields)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text: str = value.decode("latin-1")
            if _REQUEST_ID.match(text):
                return text
    return uuid.uuid4().hex


async def _send_server_error(send: Send) -> None:
    body = problem_bytes(500, "server_error", "Something went wrong on the server.")
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
