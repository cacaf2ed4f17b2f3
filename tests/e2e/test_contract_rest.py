"""The REST interface, from outside."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.e2e.client import ANSWER_SECONDS, Account
from tests.e2e.conftest import AccountMaker
from tests.e2e.deployment import LocalDeployment

ORIGIN_HEADER = "access-control-allow-origin"


@pytest.fixture(scope="module")
def ada(account: AccountMaker) -> Account:
    return account("Ada")


@pytest.fixture(scope="module")
def grace(account: AccountMaker) -> Account:
    return account("Grace")


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Checks that ``answer`` is this problem (RFC 9457) and carries the CORS header; returns it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].partition(";")[0] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code, body
    assert body["status"] == status
    assert body["title"]
    assert answer.headers[ORIGIN_HEADER]
    assert isinstance(body, dict)
    return body


def test_the_configuration_says_where_everything_is(deployment: LocalDeployment) -> None:
    answer = httpx.get(f"{deployment.base_url}/config.json")
    assert answer.json() == {
        "apiUrl": f"{deployment.base_url}/api",
        "wsUrl": f"ws://localhost:{deployment.port}/ws",
        "oidc": {"authority": deployment.base_url, "clientId": "videochat-web"},
    }


def test_a_user_sees_who_they_are(ada: Account) -> None:
    answer = ada.request("GET", "/user")
    assert answer.status_code == 200
    assert answer.json() == {"userId": ada.user_id, "email": ada.email, "name": "Ada"}


def test_a_request_is_made_accepted_and_removed(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    assert ada.contacts() == []
    asked = ada.add(grace)
    assert asked.status_code == 201
    assert asked.json() == {
        "contactId": grace.user_id,
        "email": grace.email,
        "name": "Grace",
        "state": "pending_sent",
        "online": False,
    }
    assert [c["state"] for c in grace.contacts()] == ["pending_received"]
    accepted = grace.change(ada, "accepted")
    assert accepted.status_code == 200
    assert accepted.json()["state"] == "accepted"
    assert [c["state"] for c in ada.contacts()] == ["accepted"]
    removed = ada.remove(grace)
    assert removed.status_code == 204
    assert removed.content == b""
    assert ada.contacts() == grace.contacts() == []
    problem(ada.remove(grace), 404, "contact_not_found")


def test_contacts_are_sorted_by_email(account: AccountMaker) -> None:
    ada = account("Ada")
    for name in ("Zoe", "Mary", "Brian"):
        assert ada.add(account(name)).status_code == 201
    emails = [c["email"] for c in ada.contacts()]
    assert emails == sorted(emails)
    assert len(emails) == 3


def test_an_address_is_found_in_any_case(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    answer = ada.request("POST", "/contacts", json={"email": f"  {grace.email.upper()} "})
    assert answer.status_code == 201
    assert answer.json()["email"] == grace.email


def test_a_duplicate_request_is_refused(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    assert ada.add(grace).status_code == 201
    problem(ada.add(grace), 409, "already_contact")
    assert grace.change(ada, "accepted").status_code == 200
    problem(ada.add(grace), 409, "already_contact")
    problem(grace.add(ada), 409, "already_contact")


def test_crossing_requests_make_contacts(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    assert ada.add(grace).status_code == 201
    crossing = grace.add(ada)
    assert crossing.status_code == 201
    assert crossing.json()["state"] == "accepted"
    assert [c["state"] for c in ada.contacts()] == ["accepted"]


def test_one_cannot_accept_ones_own_request(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    assert ada.add(grace).status_code == 201
    answer = ada.change(grace, "accepted")
    assert answer.status_code in (400, 409)
    assert [c["state"] for c in ada.contacts()] == ["pending_sent"]


def test_blocking_is_silent(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    ada.befriend(grace)
    blocked = grace.change(ada, "blocked")
    assert blocked.status_code == 200
    assert blocked.json()["state"] == "blocked"
    with grace.socket():
        assert [(c["state"], c["online"]) for c in ada.contacts()] == [("accepted", False)]
        lifted = grace.change(ada, "accepted")
        assert lifted.json()["state"] == "accepted"
        assert [(c["state"], c["online"]) for c in ada.contacts()] == [("accepted", True)]


def test_a_block_outlives_removal_by_the_blocked(account: AccountMaker) -> None:
    ada, grace = account("Ada"), account("Grace")
    ada.befriend(grace)
    assert grace.change(ada, "blocked").status_code == 200
    assert ada.remove(grace).status_code == 204
    assert [c["state"] for c in grace.contacts()] == ["blocked"]
    # To the blocked it looks like any request that nobody has answered.
    assert ada.add(grace).status_code == 201
    assert [c["state"] for c in ada.contacts()] == ["pending_sent"]
    assert [c["state"] for c in grace.contacts()] == ["blocked"]


@pytest.mark.parametrize(
    "email",
    ["", " ", "ada", "ada@", "@example.test", "a b@example.test", "a@b@c", "a" * 400 + "@example.test"],
)
def test_an_address_that_is_none_is_refused(ada: Account, email: str) -> None:
    problem(ada.request("POST", "/contacts", json={"email": email}), 400, "invalid_email")


def test_nobody_adds_themselves(ada: Account) -> None:
    problem(ada.add(ada), 400, "cannot_add_self")
    problem(ada.request("POST", "/contacts", json={"email": ada.email.upper()}), 400, "cannot_add_self")


def test_an_unknown_address_is_not_found(ada: Account) -> None:
    problem(ada.request("POST", "/contacts", json={"email": "nobody@example.test"}), 404, "user_not_found")


def test_a_contact_of_somebody_else_is_not_found(account: AccountMaker) -> None:
    ada, grace, eve = account("Ada"), account("Grace"), account("Eve")
    ada.befriend(grace)
    for contact_id in (ada.user_id, grace.user_id, eve.user_id, "nobody", "%00", "a" * 128):
        problem(
            eve.request("PATCH", f"/contacts/{contact_id}", json={"state": "accepted"}),
            404,
            "contact_not_found",
        )
        problem(
            eve.request("PATCH", f"/contacts/{contact_id}", json={"state": "blocked"}),
            404,
            "contact_not_found",
        )
        problem(eve.request("DELETE", f"/contacts/{contact_id}"), 404, "contact_not_found")
    assert [c["state"] for c in ada.contacts()] == ["accepted"]
    assert [c["state"] for c in grace.contacts()] == ["accepted"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"{", 400, "bad_json"),
        (b"null", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        (b"{}", 400, "bad_request"),
        (b'{"email": 5}', 400, "bad_request"),
        (b'{"email": null}', 400, "bad_request"),
        (b'{"email": "\xff\xfe@example.test"}', 400, "bad_json"),
        (b"\x00\x01\x02", 400, "bad_json"),
        (b'{"email": "' + b"a" * 200_000 + b'"}', 413, "too_large"),
        (b'{"email": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400, "bad_json"),
        (
            b'{"email": "x@example.test", "more": ' + b'{"a":' * 1_000 + b"1" + b"}" * 1_000 + b"}",
            400,
            "bad_json",
        ),
    ],
    ids=[
        "empty",
        "cut",
        "null",
        "array",
        "no field",
        "number",
        "null field",
        "not UTF-8",
        "binary",
        "oversized",
        "deep arrays",
        "deep objects",
    ],
)
def test_a_bad_body_is_refused(ada: Account, content: bytes, status: int, code: str) -> None:
    problem(ada.request("POST", "/contacts", content=content), status, code)


@pytest.mark.parametrize(
    "state", ["pending_sent", "pending_received", "none", "", "ACCEPTED", 1, None, [], {}]
)
def test_a_state_that_cannot_be_set_is_refused(ada: Account, grace: Account, state: object) -> None:
    answer = ada.request("PATCH", f"/contacts/{grace.user_id}", json={"state": state})
    assert answer.status_code == 400
    assert answer.json()["code"] in ("bad_request", "invalid_state")


def test_an_unknown_path_and_method_are_problems(ada: Account) -> None:
    problem(ada.request("GET", "/nothing"), 404, "not_found")
    problem(ada.request("PUT", "/contacts", json={}), 405, "method_not_allowed")


PROTECTED = [
    ("GET", "/user"),
    ("GET", "/contacts"),
    ("POST", "/contacts"),
    ("PATCH", "/contacts/x"),
    ("DELETE", "/contacts/x"),
    ("GET", "/ice-servers"),
    ("POST", "/tickets"),
    ("GET", "/calls"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Bearer a.b.c", "Basic YTpi", "bearer\tx"]
)
def test_without_a_good_token_nothing_is_told(
    deployment: LocalDeployment, method: str, path: str, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = httpx.request(
        method, f"{deployment.base_url}/api{path}", headers=headers, timeout=ANSWER_SECONDS
    )
    problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_preflight_is_answered(deployment: LocalDeployment) -> None:
    answer = httpx.options(
        f"{deployment.base_url}/api/contacts",
        headers={
            "Origin": deployment.base_url,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert answer.is_success
    assert answer.headers[ORIGIN_HEADER] == deployment.base_url


def test_another_origin_is_given_no_access(ada: Account, deployment: LocalDeployment) -> None:
    answer = httpx.get(
        f"{deployment.base_url}/api/user",
        headers={"Origin": "https://evil.example", "Authorization": f"Bearer {ada.token}"},
    )
    assert answer.headers.get(ORIGIN_HEADER) not in ("*", "https://evil.example")


def test_ice_servers_have_their_shape(ada: Account) -> None:
    body = ada.request("GET", "/ice-servers").json()
    assert isinstance(body["iceServers"], list)
    assert body["ttl"] > 0


def test_a_ticket_lasts_a_minute(ada: Account) -> None:
    answer = ada.request("POST", "/tickets")
    assert answer.status_code == 201
    body = answer.json()
    ada.deployment.secrets.remember(body["ticket"])
    assert body.keys() == {"ticket", "expiresIn"}
    assert body["expiresIn"] == 60


def test_the_history_is_empty_at_first_and_bad_pages_are_refused(account: AccountMaker) -> None:
    ada = account("Ada")
    assert ada.request("GET", "/calls").json() == {"calls": [], "next": None}
    for query in ("limit=0", "limit=-1", "limit=many", "limit=1000000"):
        assert ada.request("GET", f"/calls?{query}").status_code == 400, query
    assert ada.request("GET", "/calls?after=nonsense").json() == {"calls": [], "next": None}


def test_the_interface_describes_itself(deployment: LocalDeployment) -> None:
    document = json.loads(httpx.get(f"{deployment.base_url}/api/openapi.json").text)
    assert document["openapi"].startswith("3.")
    described = {
        (method.upper(), re.sub(r"{\w+}", "x", path.removeprefix("/api")))
        for path, item in document["paths"].items()
        for method in item
    }
    assert described >= set(PROTECTED)


def test_two_people_acting_at_once_agree(account: AccountMaker) -> None:
    """Both ask each other at the same moment: whatever the order, both lists say the same."""
    ada, grace = account("Ada"), account("Grace")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda pair: pair[0].add(pair[1]), [(ada, grace), (grace, ada)] * 2))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert ada.contacts()[0]["state"] == grace.contacts()[0]["state"] == "accepted"
    assert len(ada.contacts()) == len(grace.contacts()) == 1
