"""Tokens and tickets that are wrong in one way open neither the REST interface nor the socket."""

import time
from collections.abc import Callable

import pytest
from tests.e2e.client import Account, open_socket
from tests.e2e.conftest import AccountMaker
from tests.e2e.deployment import LocalDeployment
from tests.e2e.forgery import Claims, Forger, parts
from websockets.exceptions import InvalidStatus


@pytest.fixture(scope="module")
def ada(account: AccountMaker) -> Account:
    return account("Ada")


@pytest.fixture(scope="module")
def forger(deployment: LocalDeployment) -> Forger:
    return Forger(deployment)


def is_accepted(account: Account, token: str) -> tuple[bool, bool]:
    """Whether the REST interface and the socket take the token."""
    answer = account.request("GET", "/user", token=token)
    assert answer.status_code in (200, 401), answer.text
    try:
        open_socket(account.deployment, token).close()
    except InvalidStatus as refusal:
        assert refusal.response.status_code in (401, 403)
        return answer.status_code == 200, False
    return answer.status_code == 200, True


def test_a_token_made_anew_with_the_servers_key_is_accepted(ada: Account, forger: Forger) -> None:
    """The control: what the tests below refuse is refused for their one change alone."""
    assert is_accepted(ada, forger.sign(*parts(ada.token))) == (True, True)


def now() -> int:
    return int(time.time())


CHANGES: list[tuple[str, Callable[[Claims], Claims]]] = [
    ("expired", lambda claims: {**claims, "iat": now() - 7200, "exp": now() - 3600}),
    ("without an expiry", lambda claims: {k: v for k, v in claims.items() if k != "exp"}),
    ("another audience", lambda claims: {**claims, "aud": "another-service", "client_id": "another-client"}),
    ("another issuer", lambda claims: {**claims, "iss": "http://issuer.example"}),
    ("without an issuer", lambda claims: {k: v for k, v in claims.items() if k != "iss"}),
    ("without a subject", lambda claims: {k: v for k, v in claims.items() if k != "sub"}),
    (
        "somebody unknown",
        lambda claims: {**claims, "sub": "nobody-has-this-id", "email": "nobody@example.test"},
    ),
    ("expiry is text", lambda claims: {**claims, "exp": "tomorrow"}),
]


@pytest.mark.parametrize("change", [change for _, change in CHANGES], ids=[name for name, _ in CHANGES])
def test_a_token_with_wrong_claims_is_refused(
    ada: Account, forger: Forger, change: Callable[[Claims], Claims]
) -> None:
    header, claims = parts(ada.token)
    assert is_accepted(ada, forger.sign(header, change(claims))) == (False, False)


def test_a_token_by_another_key_is_refused(ada: Account, forger: Forger) -> None:
    header, claims = parts(ada.token)
    assert is_accepted(ada, forger.sign_with_another_key(header, claims)) == (False, False)
    assert is_accepted(ada, forger.sign_with_another_key({**header, "kid": "unknown"}, claims)) == (
        False,
        False,
    )


def test_a_token_without_a_signature_is_refused(ada: Account, forger: Forger) -> None:
    header, claims = parts(ada.token)
    assert is_accepted(ada, forger.without_signature(header, claims)) == (False, False)
    assert is_accepted(ada, ada.token.rpartition(".")[0] + ".") == (False, False)


def test_a_token_signed_with_the_public_key_is_refused(ada: Account, forger: Forger) -> None:
    header, claims = parts(ada.token)
    assert is_accepted(ada, forger.sign_with_public_key(header, claims)) == (False, False)


def test_a_token_that_was_changed_is_refused(ada: Account, account: AccountMaker) -> None:
    grace = account("Grace")
    header, claims, signature = ada.token.split(".")
    assert is_accepted(ada, f"{header}.{grace.token.split('.')[1]}.{signature}") == (False, False)
    assert is_accepted(ada, f"{header}.{claims}.{signature[:-4]}AAAA") == (False, False)


def test_a_token_of_another_installation_is_refused(ada: Account, forger: Forger) -> None:
    header, claims = parts(ada.token)
    foreign = {**claims, "iss": "http://localhost:1"}
    assert is_accepted(ada, forger.sign_with_another_key(header, foreign)) == (False, False)


def test_a_ticket_that_comes_late_opens_nothing(ada: Account, forger: Forger) -> None:
    open_socket(ada.deployment, forger.socket_ticket(ada.user_id, expires_in=60)).close()
    with pytest.raises(InvalidStatus) as refusal:
        open_socket(ada.deployment, forger.socket_ticket(ada.user_id, expires_in=-1))
    assert refusal.value.response.status_code in (401, 403)


def test_tickets_and_tokens_are_not_each_other(ada: Account) -> None:
    assert ada.request("GET", "/user", token=ada.ticket()).status_code == 401


def test_a_token_from_the_command_line_is_accepted(ada: Account) -> None:
    assert is_accepted(ada, ada.deployment.token(ada.email)) == (True, True)


def test_an_account_made_on_the_command_line_works_at_once(ada: Account) -> None:
    ada.deployment.add_user("linus@example.test", "Linus", "correct horse battery")
    answer = ada.request("POST", "/contacts", json={"email": "linus@example.test"})
    assert answer.status_code == 201
    assert answer.json()["name"] == "Linus"
