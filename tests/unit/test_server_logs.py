"""What is logged of a request, and what is not."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from videochat.server import logs
from videochat.server.asgi import App, Message, Receive, Scope, Send


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; the logging of the process is put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    stream = io.StringIO()
    logs.configure("info", "json", stream)
    yield stream
    root.handlers[:], level, config = before
    root.setLevel(level)
    structlog.configure(**config)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def call(app: App, **scope: Any) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    full: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.7", 1234),
        **scope,
    }
    asyncio.run(logs.RequestLog(app)(full, receive, send))
    return sent


async def fine(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def crashing(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError


async def crashing_late(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ZeroDivisionError


def test_one_line_without_the_query(stream: io.StringIO) -> None:
    call(fine, path="/callback", raw_path=b"/callback", query_string=b"code=SECRET")
    (line,) = lines(stream)
    assert (line["event"], line["method"], line["path"], line["status"]) == (
        "request",
        "GET",
        "/callback",
        204,
    )
    assert line["client"] == "192.0.2.7"
    assert line["level"] == "info"
    assert line["ms"] >= 0
    assert "SECRET" not in stream.getvalue()


def test_query_inside_the_raw_path_is_cut(stream: io.StringIO) -> None:
    call(fine, raw_path=b"/ws?Auth=SECRET")
    assert "SECRET" not in stream.getvalue()


def test_line_breaks_cannot_forge_lines(stream: io.StringIO) -> None:
    call(fine, path="/a\nb", raw_path=b"/a\nb")
    assert len(lines(stream)) == 1
    assert lines(stream)[0]["path"] == "/a?b"


def test_long_paths_are_cut(stream: io.StringIO) -> None:
    call(fine, raw_path=b"/" + b"x" * 10_000)
    assert len(lines(stream)[0]["path"]) == 256


def test_id_is_made_and_told(stream: io.StringIO) -> None:
    start = call(fine)[0]
    told = dict(start["headers"])[b"x-request-id"].decode()
    assert lines(stream)[0]["request_id"] == told


@pytest.mark.parametrize(
    ("given", "kept"), [(b"abcdefgh-1", True), (b"short", False), (b"a b c d e f", False), (b"x" * 65, False)]
)
def test_id_of_the_client(stream: io.StringIO, given: bytes, kept: bool) -> None:
    start = call(fine, headers=[(b"x-request-id", given)])[0]
    assert (dict(start["headers"])[b"x-request-id"] == given) is kept


def test_crash_becomes_an_answer(stream: io.StringIO) -> None:
    start, body = call(crashing)
    assert start["status"] == 500
    assert json.loads(body["body"])["code"] == "server_error"
    crash, request = lines(stream)
    assert (crash["event"], crash["level"]) == ("crash", "error")
    assert "ZeroDivisionError" in crash["exception"]
    assert request["status"] == 500
    assert crash["request_id"] == request["request_id"]


def test_crash_in_mid_answer_closes_the_connection(stream: io.StringIO) -> None:
    with pytest.raises(ZeroDivisionError):
        call(crashing_late)
    assert [line["event"] for line in lines(stream)] == ["crash", "request"]


def test_health_checks_are_quiet(stream: io.StringIO) -> None:
    call(fine, path="/healthz")
    assert lines(stream) == []


def test_other_scopes_pass(stream: io.StringIO) -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    call(app, type="lifespan")
    assert seen == ["lifespan"]
    assert lines(stream) == []


def test_libraries_are_heard_from_warning_upwards(stream: io.StringIO) -> None:
    logging.getLogger("some.library").info("GET /ws?Auth=SECRET")
    logging.getLogger("uvicorn.error").info('"WebSocket /ws?Auth=SECRET" [accepted]')
    logging.getLogger("uvicorn.access").warning("GET /ws?Auth=SECRET")
    logging.getLogger("some.library").warning("careful")
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == ("careful", "some.library", "warning")


def test_text_for_people(stream: io.StringIO) -> None:
    text = io.StringIO()
    logs.configure("info", "console", text)
    call(fine, path="/x")
    assert "request" in text.getvalue()
    assert "path=/x" in text.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(text.getvalue())
