"""Bodies, paths and methods that make no sense: each gets a problem document that says so."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.edge.site import Site
from tests.edge.test_rest import problem

from videochat.rest.requests import MAX_BODY_BYTES
from videochat.server.asgi import Message


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_request"),
        (b"{", "bad_json"),
        (b"{'email': 1}", "bad_json"),
        (b'{"email":"\xff\xfe@example.org"}', "bad_json"),
        (b'{"email":"\\ud800"}', "bad_json"),
        (b"\x00", "bad_json"),
        (b"[" * 8000, "bad_json"),
        (b"[" * 8000 + b"]" * 8000, "bad_json"),
        (b'{"email":' * 1500 + b"1" + b"}" * 1500, "bad_json"),
        (b"null", "bad_request"),
        (b"[]", "bad_request"),
        (b'"email"', "bad_request"),
        (b"{}", "bad_request"),
        (b'{"email":null}', "bad_request"),
        (b'{"email":1}', "bad_request"),
        (b'{"email":["a@example.org"]}', "bad_request"),
        (b'{"email":{"a":1}}', "bad_request"),
        (b'{"e-mail":"bob@example.org"}', "bad_request"),
    ],
)
def test_add_contact(site: Site, body: bytes, code: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = site.request("POST", "/api/contacts", token=site.person("Ada"), content=body, headers=headers)
    problem(answer, 400, code)
    assert site.core.contacts.list_of("ada") == []


@pytest.mark.parametrize("state", ["pending_sent", "none", "", None, 1, True, [], "ACCEPTED"])
def test_state_that_cannot_be_set(site: Site, state: object) -> None:
    answer = site.request("PATCH", "/api/contacts/bob", token=site.person("Ada"), json={"state": state})
    assert "state" in problem(answer, 400, "bad_request")["detail"]


def test_names_the_field_at_fault(site: Site) -> None:
    answer = site.request("POST", "/api/contacts", token=site.person("Ada"), json={"email": 1})
    assert "email" in problem(answer, 400, "bad_request")["detail"]


def test_empty_body_is_named(site: Site) -> None:
    answer = site.request("POST", "/api/contacts", token=site.person("Ada"))
    assert problem(answer, 400, "bad_request")["detail"] == "A JSON body is needed."


def test_unknown_fields_are_ignored(site: Site) -> None:
    token = site.person("Ada")
    site.person("Bob")
    body = {"email": "bob@example.org", "state": "accepted", "userId": "eve"}
    answer = site.request("POST", "/api/contacts", token=token, json=body)
    assert (answer.status_code, answer.json()["state"]) == (201, "pending_sent")


class TestSize:
    def test_announced(self, site: Site) -> None:
        body = b'{"email":"' + b"x" * MAX_BODY_BYTES + b'"}'
        problem(
            site.request("POST", "/api/contacts", token=site.person("Ada"), content=body), 413, "too_large"
        )

    def test_not_announced(self, site: Site) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b" " * 1024

        answer = site.request("POST", "/api/contacts", token=site.person("Ada"), content=chunks())
        problem(answer, 413, "too_large")

    def test_just_small_enough(self, site: Site) -> None:
        body = b'{"email":"' + b"x" * (MAX_BODY_BYTES - 12) + b'"}'
        assert len(body) == MAX_BODY_BYTES
        problem(
            site.request("POST", "/api/contacts", token=site.person("Ada"), content=body),
            400,
            "invalid_email",
        )


def test_client_that_goes_away_in_the_middle(site: Site) -> None:
    sent: list[Message] = []
    incoming: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    token = site.person("Ada")
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/contacts",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
        "client": ("192.0.2.7", 1),
        "scheme": "http",
        "root_path": "",
    }

    async def run() -> None:
        await site.app(scope, receive, send)

    asyncio.run(run())
    assert sent[0]["status"] == 400


class TestRoutes:
    @pytest.mark.parametrize(
        "path",
        [
            "/api",
            "/api/",
            "/api/nothing",
            "/api/contacts/a/b",
            "/api/openapi.yaml",
            "/api/%2e%2e/user",
            "/api/docs",
        ],
    )
    def test_unknown(self, site: Site, path: str) -> None:
        problem(site.request("GET", path, token=site.person("Ada")), 404, "not_found")

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("POST", "/api/user", {"GET", "HEAD", "OPTIONS"}),
            ("PUT", "/api/contacts", {"GET", "HEAD", "POST", "OPTIONS"}),
            ("GET", "/api/contacts/x", {"PATCH", "DELETE", "OPTIONS"}),
            ("DELETE", "/api/tickets", {"POST", "OPTIONS"}),
            ("HEAD", "/api/tickets", {"POST", "OPTIONS"}),
            ("TRACE", "/api/user", {"GET", "HEAD", "OPTIONS"}),
            ("NONSENSE", "/api/user", {"GET", "HEAD", "OPTIONS"}),
        ],
    )
    def test_method(self, site: Site, method: str, path: str, allowed: set[str]) -> None:
        answer = site.request(method, path, token=site.person("Ada"))
        if method == "HEAD":
            assert (answer.status_code, answer.content) == (405, b"")
        else:
            problem(answer, 405, "method_not_allowed")
        assert {name.strip() for name in answer.headers["allow"].split(",")} == allowed

    def test_host_that_is_none(self, site: Site) -> None:
        answer = site.request("GET", "/api/user", headers={"Host": "a b"})
        problem(answer, 400, "bad_request")

    def test_trailing_slash_and_doubled_slashes(self, site: Site) -> None:
        token = site.person("Ada")
        assert site.request("GET", "/api/user/", token=token).status_code == 200
        assert site.request("GET", "/api//user", token=token).status_code == 200
