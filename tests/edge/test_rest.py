"""The REST API, endpoint by endpoint."""

from typing import Any

import pytest
from tests.edge.site import BASE, Site

from videochat.core.errors import Conflict
from videochat.core.models import Call, CallState, Connection, EndReason, Identity


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Checks that ``answer`` is this problem document (RFC 9457) and returns it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == BASE
    document: dict[str, Any] = answer.json()
    assert document["code"] == code, document
    assert document["status"] == status
    assert document["type"] == "about:blank"
    assert document["title"]
    assert document["detail"]
    return document


def befriend(site: Site, one: str, other: str) -> None:
    site.core.contacts.add(one, f"{other}@example.org")
    site.core.contacts.add(other, f"{one}@example.org")


class TestUser:
    def test_is_created_on_first_use(self, site: Site) -> None:
        token = site.tokens.add("t", Identity("u1", "ada@example.org", "Ada"))
        assert site.users.get("u1") is None
        answer = site.request("GET", "/api/user", token=token)
        assert answer.status_code == 200
        assert answer.json() == {"userId": "u1", "email": "ada@example.org", "name": "Ada"}
        assert site.users.get("u1") is not None

    def test_address_of_another_user(self, site: Site) -> None:
        site.person("Ada")
        token = site.tokens.add("t", Identity("u2", "ada@example.org", "Not Ada"))
        problem(site.request("GET", "/api/user", token=token), 409, "email_taken")


class TestContacts:
    def test_none(self, site: Site) -> None:
        answer = site.request("GET", "/api/contacts", token=site.person("Ada"))
        assert (answer.status_code, answer.json()) == (200, {"contacts": []})

    def test_request_and_acceptance(self, site: Site) -> None:
        ada, bob = site.person("Ada"), site.person("Bob")
        answer = site.request("POST", "/api/contacts", token=ada, json={"email": " BOB@example.org "})
        assert answer.status_code == 201
        assert answer.json() == {
            "contactId": "bob",
            "email": "bob@example.org",
            "name": "Bob",
            "state": "pending_sent",
            "online": False,
        }
        received = site.request("GET", "/api/contacts", token=bob).json()["contacts"]
        assert [(c["contactId"], c["state"]) for c in received] == [("ada", "pending_received")]
        answer = site.request("PATCH", "/api/contacts/ada", token=bob, json={"state": "accepted"})
        assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
        assert site.request("GET", "/api/contacts", token=ada).json()["contacts"][0]["state"] == "accepted"

    def test_crossing_requests_make_contacts(self, site: Site) -> None:
        ada, bob = site.person("Ada"), site.person("Bob")
        site.request("POST", "/api/contacts", token=ada, json={"email": "bob@example.org"})
        answer = site.request("POST", "/api/contacts", token=bob, json={"email": "ada@example.org"})
        assert (answer.status_code, answer.json()["state"]) == (201, "accepted")

    def test_sorted_by_email_with_presence(self, site: Site) -> None:
        ada = site.person("Ada")
        for name in ("Zoe", "Bob", "Mia"):
            site.person(name)
            befriend(site, "ada", name.lower())
        site.connections.add(Connection("c1", "mia", "d1", site.clock.now(), site.clock.now() + 1000))
        contacts = site.request("GET", "/api/contacts", token=ada).json()["contacts"]
        assert [(c["contactId"], c["online"]) for c in contacts] == [
            ("bob", False),
            ("mia", True),
            ("zoe", False),
        ]

    @pytest.mark.parametrize(
        ("email", "status", "code"),
        [
            ("nobody@example.org", 404, "user_not_found"),
            ("ada@example.org", 400, "cannot_add_self"),
            ("not an address", 400, "invalid_email"),
            ("", 400, "invalid_email"),
            ("bob@example.org", 409, "already_contact"),
        ],
    )
    def test_cannot_add(self, site: Site, email: str, status: int, code: str) -> None:
        ada = site.person("Ada")
        site.person("Bob")
        befriend(site, "ada", "bob")
        problem(site.request("POST", "/api/contacts", token=ada, json={"email": email}), status, code)

    def test_block(self, site: Site) -> None:
        ada = site.person("Ada")
        bob = site.person("Bob")
        befriend(site, "ada", "bob")
        answer = site.request("PATCH", "/api/contacts/bob", token=ada, json={"state": "blocked"})
        assert (answer.status_code, answer.json()["state"]) == (200, "blocked")
        assert site.request("GET", "/api/contacts", token=bob).json()["contacts"][0]["state"] == "accepted"

    def test_somebody_elses_contact(self, site: Site) -> None:
        eve = site.person("Eve")
        site.person("Ada")
        site.person("Bob")
        befriend(site, "ada", "bob")
        for method, body in (("PATCH", {"state": "accepted"}), ("DELETE", None)):
            answer = site.request(method, "/api/contacts/bob", token=eve, json=body)
            problem(answer, 404, "contact_not_found")
        assert len(site.core.contacts.list_of("ada")) == 1

    def test_accept_what_nobody_asked(self, site: Site) -> None:
        ada = site.person("Ada")
        site.person("Bob")
        site.core.contacts.add("ada", "bob@example.org")
        answer = site.request("PATCH", "/api/contacts/bob", token=ada, json={"state": "accepted"})
        problem(answer, 409, "no_request")

    def test_delete_removes_both_directions(self, site: Site) -> None:
        ada, bob = site.person("Ada"), site.person("Bob")
        befriend(site, "ada", "bob")
        answer = site.request("DELETE", "/api/contacts/bob", token=ada)
        assert (answer.status_code, answer.content) == (204, b"")
        for token in (ada, bob):
            assert site.request("GET", "/api/contacts", token=token).json() == {"contacts": []}
        problem(site.request("DELETE", "/api/contacts/bob", token=ada), 404, "contact_not_found")

    @pytest.mark.parametrize("contact_id", ["%00", "..", "%F0%9F%98%80", "a%20b", "x" * 128])
    def test_strange_ids_are_just_unknown(self, site: Site, contact_id: str) -> None:
        answer = site.request("DELETE", f"/api/contacts/{contact_id}", token=site.person("Ada"))
        assert answer.status_code in (404, 405)
        assert answer.headers["content-type"] == "application/problem+json"

    def test_overlong_id(self, site: Site) -> None:
        answer = site.request("DELETE", f"/api/contacts/{'x' * 129}", token=site.person("Ada"))
        problem(answer, 400, "bad_request")


class TestIceServers:
    def test_servers_with_credentials(self, site: Site) -> None:
        answer = site.request("GET", "/api/ice-servers", token=site.person("Ada"))
        assert answer.status_code == 200
        assert answer.json() == {
            "iceServers": [
                {"urls": ["stun:stun.example:3478"]},
                {
                    "urls": ["turn:turn.example:3478"],
                    "username": f"{site.clock.now() // 1000 + 600}:ada",
                    "credential": "secret",
                },
            ],
            "ttl": 600,
        }


class TestTickets:
    def test_opens_one_socket(self, site: Site) -> None:
        answer = site.request("POST", "/api/tickets", token=site.person("Ada"))
        assert answer.status_code == 201
        assert answer.json()["expiresIn"] == 60
        assert site.core.doorkeeper.authenticate(answer.json()["ticket"]).user_id == "ada"


class TestCalls:
    def fill(self, site: Site, count: int) -> str:
        ada = site.person("Ada")
        site.person("Bob")
        for number in range(count):
            started = site.clock.now() + number * 1000
            site.calls.create(
                Call(
                    f"call-{number:04}",
                    "bob",
                    "d1",
                    "ada",
                    started,
                    started + 60_000,
                    state=CallState.ENDED,
                    ended_at=started + 60_000,
                    reason=EndReason.TIMEOUT,
                )
            )
        return ada

    def test_newest_first(self, site: Site) -> None:
        ada = self.fill(site, 2)
        answer = site.request("GET", "/api/calls", token=ada)
        assert answer.status_code == 200
        assert answer.json()["next"] is None
        first, second = answer.json()["calls"]
        assert (first["callId"], second["callId"]) == ("call-0001", "call-0000")
        assert first == {
            "callId": "call-0001",
            "direction": "incoming",
            "contactId": "bob",
            "email": "bob@example.org",
            "name": "Bob",
            "video": True,
            "startedAt": site.clock.now() + 1000,
            "answeredAt": None,
            "endedAt": site.clock.now() + 61_000,
            "outcome": "timeout",
            "missed": True,
        }

    def test_pages(self, site: Site) -> None:
        ada = self.fill(site, 7)
        seen: list[str] = []
        after = ""
        for _ in range(4):
            page = site.request("GET", "/api/calls", token=ada, params={"limit": 3, "after": after}).json()
            seen += [call["callId"] for call in page["calls"]]
            if page["next"] is None:
                break
            after = page["next"]
        assert seen == [f"call-{number:04}" for number in range(6, -1, -1)]

    def test_unreadable_after_is_an_empty_page(self, site: Site) -> None:
        ada = self.fill(site, 2)
        answer = site.request("GET", "/api/calls", token=ada, params={"after": "nonsense"})
        assert (answer.status_code, answer.json()) == (200, {"calls": [], "next": None})

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "many", "1e3", "", "9" * 400])
    def test_limit_out_of_range(self, site: Site, limit: str) -> None:
        answer = site.request("GET", "/api/calls", token=site.person("Ada"), params={"limit": limit})
        assert "limit" in problem(answer, 400, "bad_request")["detail"]


ENDPOINTS = [
    ("GET", "/api/user"),
    ("GET", "/api/contacts"),
    ("POST", "/api/contacts"),
    ("PATCH", "/api/contacts/x"),
    ("DELETE", "/api/contacts/x"),
    ("GET", "/api/ice-servers"),
    ("POST", "/api/tickets"),
    ("GET", "/api/calls"),
]


class TestHead:
    """RFC 9110, section 9.3.2: as GET, without the content."""

    @pytest.mark.parametrize(
        "path",
        [
            "/api/user",
            "/api/contacts",
            "/api/calls?limit=2",
            "/api/ice-servers",
            "/api/openapi.json",
            "/config.json",
            "/healthz",
        ],
    )
    def test_wherever_there_is_get(self, site: Site, path: str) -> None:
        token = site.person("Ada")
        get, head = (site.request(method, path, token=token) for method in ("GET", "HEAD"))
        assert head.status_code == get.status_code == 200
        assert get.content
        assert head.content == b""
        assert {k: v for k, v in head.headers.items() if k != "x-request-id"} == {
            k: v for k, v in get.headers.items() if k != "x-request-id"
        }

    def test_errors(self, site: Site) -> None:
        for path, status in (("/api/user", 401), ("/api/nothing", 404)):
            head = site.request("HEAD", path)
            assert (head.status_code, head.content) == (status, b"")
            assert head.headers["content-type"] == "application/problem+json"
            assert head.headers["access-control-allow-origin"]


class TestAuthentication:
    @pytest.mark.parametrize(("method", "path"), ENDPOINTS)
    @pytest.mark.parametrize(
        "authorization",
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            "Bearer unknown",
            "Basic dTpw",
            "token-of-ada",
            "Bearer " + "x" * 9000,
        ],
    )
    def test_refused(self, site: Site, method: str, path: str, authorization: str | None) -> None:
        site.person("Ada")
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = site.request(method, path, headers=headers, content=b"not even JSON")
        problem(answer, 401, "unauthorized")
        shown = authorization is not None and authorization.startswith("Bearer ") and len(authorization) > 7
        challenge = 'Bearer realm="videochat"' + (', error="invalid_token"' if shown else "")
        assert answer.headers["www-authenticate"] == challenge

    def test_expired(self, site: Site) -> None:
        token = site.tokens.add("t", Identity("u1", "a@example.org", "A"), site.clock.now() + 1)
        assert site.request("GET", "/api/user", token=token).status_code == 200
        site.clock.advance(1)
        answer = site.request("GET", "/api/user", token=token)
        problem(answer, 401, "unauthorized")
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]

    def test_scheme_in_any_case(self, site: Site) -> None:
        token = site.person("Ada")
        answer = site.request("GET", "/api/user", headers={"Authorization": f"bearer {token}"})
        assert answer.status_code == 200


class TestFailures:
    def test_store_is_unavailable(self, site: Site) -> None:
        token = site.person("Ada")
        site.contacts.fail_next(on="list_of")
        answer = site.request("GET", "/api/contacts", token=token)
        problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "1"
        assert site.request("GET", "/api/contacts", token=token).status_code == 200

    def test_others_are_always_faster(self, site: Site) -> None:
        token = site.person("Ada")
        site.person("Bob")
        site.contacts.fail_next(100, Conflict(), on="write_pair")
        answer = site.request("POST", "/api/contacts", token=token, json={"email": "bob@example.org"})
        problem(answer, 503, "try_again")

    def test_verifier_is_unavailable(self, site: Site) -> None:
        token = site.person("Ada")
        site.tokens.fail_next()
        problem(site.request("GET", "/api/user", token=token), 503, "unavailable")

    def test_mistake_in_the_server(self, site: Site) -> None:
        token = site.person("Ada")

        def broken() -> None:
            raise ZeroDivisionError("secret detail")

        site.users.interfere("get", broken)
        answer = site.request("GET", "/api/user", token=token)
        problem(answer, 500, "server_error")
        assert "secret" not in answer.text
