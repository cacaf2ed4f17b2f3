"""Refresh tokens: rotation, honest repetition, theft, and every way a family ends."""

import pytest
from tests.edge.identity_site import ALL_SCOPES, PASSWORD, App, Browser, Provider


@pytest.fixture
def first(app: App, browser: Browser) -> str:
    """The refresh token that came with the sign-in."""
    return str(app.tokens(browser)["refresh_token"])


def refreshed(app: App, token: str) -> str:
    response = app.refresh(token)
    assert response.status_code == 200, response.text
    return str(response.json()["refresh_token"])


def is_refused(app: App, token: str) -> bool:
    response = app.refresh(token)
    if response.status_code == 200:
        return False
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_grant"
    return True


def test_each_refresh_gives_new_tokens(app: App, first: str, provider: Provider) -> None:
    signed_in_at = provider.clock.now() // 1000
    provider.clock.advance(3_600_000)
    response = app.refresh(first)
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert tokens["scope"] == ALL_SCOPES
    assert tokens["refresh_token"] != first
    assert app.claims(tokens["access_token"])["iat"] == signed_in_at + 3600
    claims = app.claims(tokens["id_token"])
    assert claims["auth_time"] == signed_in_at
    assert claims["iat"] == signed_in_at + 3600
    assert "nonce" not in claims
    assert refreshed(app, tokens["refresh_token"]) not in (first, tokens["refresh_token"])


def test_a_repeated_refresh_gets_the_same_successor(app: App, first: str, provider: Provider) -> None:
    second = refreshed(app, first)
    provider.clock.advance(provider.settings.refresh_grace * 1000)
    assert refreshed(app, first) == second
    # Both tabs go on with the one successor.
    third = refreshed(app, second)
    assert refreshed(app, second) == third


def test_a_late_reuse_revokes_the_family(app: App, first: str, provider: Provider) -> None:
    second = refreshed(app, first)
    provider.clock.advance(provider.settings.refresh_grace * 1000 + 1)
    assert is_refused(app, first)
    assert is_refused(app, second)


def test_a_reuse_after_somebody_went_on_revokes_the_family(app: App, first: str) -> None:
    second = refreshed(app, first)
    third = refreshed(app, second)
    assert is_refused(app, first)
    assert is_refused(app, second)
    assert is_refused(app, third)


def test_without_grace_every_reuse_revokes_the_family() -> None:
    provider = Provider(refresh_grace=0)
    provider.identity.accounts.add("ann@example.org", "Ann", PASSWORD)
    app = App(provider)
    first = str(app.tokens(Browser(provider))["refresh_token"])
    second = refreshed(app, first)
    provider.clock.advance(1)
    assert is_refused(app, first)
    assert is_refused(app, second)
    provider.close()


def test_two_refreshes_at_once_get_the_same_successor(app: App, first: str, provider: Provider) -> None:
    others: list[object] = []

    def another_tab() -> None:
        form = {"grant_type": "refresh_token", "client_id": "videochat-web", "refresh_token": first}
        others.append(provider.identity.provider.token(form.items()).body["refresh_token"])

    # Between our look at the token and our rotation of it.
    provider.grants.interfere("rotate", another_tab)
    mine = refreshed(app, first)
    assert provider.grants.faults_left == 0
    assert others == [mine]


def test_theft_in_one_family_leaves_other_sign_ins_alone(app: App, first: str, provider: Provider) -> None:
    elsewhere = str(app.tokens(Browser(provider, "192.0.2.2"))["refresh_token"])
    refreshed(app, refreshed(app, first))
    assert is_refused(app, first)
    refreshed(app, elsewhere)


def test_a_token_that_nobody_used_for_long_is_dead(app: App, first: str, provider: Provider) -> None:
    provider.clock.advance(provider.settings.refresh_idle_lifetime * 1000 - 1)
    second = refreshed(app, first)
    provider.clock.advance(provider.settings.refresh_idle_lifetime * 1000)
    assert is_refused(app, second)


def test_a_family_ends_however_busy_it_was(app: App, first: str, provider: Provider) -> None:
    idle = provider.settings.refresh_idle_lifetime
    token, spent = first, 0
    while spent + idle - 1 < provider.settings.refresh_absolute_lifetime:
        provider.clock.advance((idle - 1) * 1000)
        spent += idle - 1
        token = refreshed(app, token)
    provider.clock.advance((provider.settings.refresh_absolute_lifetime - spent) * 1000)
    assert is_refused(app, token)


def test_scope_may_shrink_for_a_token_but_not_grow(app: App, browser: Browser) -> None:
    token = str(app.tokens(browser, scope="openid offline_access")["refresh_token"])
    response = app.refresh(token, scope="openid email offline_access")
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_scope"
    narrow = app.refresh(token, scope="openid").json()
    assert narrow["scope"] == "openid"
    assert app.claims(narrow["access_token"])["scope"] == "openid"
    # The family keeps what it was granted.
    assert app.refresh(narrow["refresh_token"]).json()["scope"] == "openid offline_access"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"refresh_token": "x" * 43}, "invalid_grant"),
        ({"refresh_token": ""}, "invalid_request"),
        ({"client_id": "someone-else"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
    ],
)
def test_what_is_no_refresh_is_refused(app: App, first: str, changes: dict[str, str], error: str) -> None:
    response = app.post(
        "/oidc/token",
        {"grant_type": "refresh_token", "client_id": "videochat-web", "refresh_token": first, **changes},
    )
    assert response.status_code == 400
    assert response.json()["error"] == error
    refreshed(app, first)


def test_an_access_token_refreshes_nothing(app: App, browser: Browser) -> None:
    assert is_refused(app, app.tokens(browser)["access_token"])


def test_signing_out_ends_the_family(app: App, browser: Browser) -> None:
    tokens = app.tokens(browser)
    browser.get(f"/oidc/logout?id_token_hint={tokens['id_token']}")
    assert is_refused(app, tokens["refresh_token"])


def test_a_new_password_ends_every_family(app: App, first: str, provider: Provider) -> None:
    provider.identity.accounts.set_password("ann@example.org", "another horse battery")
    assert is_refused(app, first)


def test_a_removed_account_ends_every_family(app: App, first: str, provider: Provider) -> None:
    provider.identity.accounts.remove("ann@example.org")
    assert is_refused(app, first)


def test_an_account_under_removal_gets_no_tokens(app: App, first: str, provider: Provider) -> None:
    provider.accounts.start_removal(provider.identity.accounts.find("ann@example.org").account_id)
    assert is_refused(app, first)


def test_a_failing_database_costs_no_token(app: App, first: str, provider: Provider) -> None:
    provider.grants.fail_next(on="rotate")
    assert app.refresh(first).status_code == 503
    refreshed(app, first)


# Revocation (RFC 7009)


def revoke(app: App, token: str, **changes: str) -> tuple[int, object]:
    response = app.post("/oidc/revoke", {"token": token, "client_id": "videochat-web", **changes})
    return response.status_code, response.json().get("error")


def test_the_app_revokes_its_refresh_token(app: App, first: str) -> None:
    second = refreshed(app, first)
    assert revoke(app, second, token_type_hint="refresh_token") == (200, None)
    assert is_refused(app, second)
    assert revoke(app, second) == (200, None)


def test_revoking_what_is_unknown_is_done_already(app: App) -> None:
    assert revoke(app, "garbage") == (200, None)


def test_revoking_an_access_token_is_not_pretended(app: App, browser: Browser) -> None:
    tokens = app.tokens(browser)
    assert revoke(app, tokens["access_token"]) == (400, "unsupported_token_type")


def test_revocation_needs_the_client(app: App, first: str) -> None:
    assert revoke(app, first, client_id="someone-else") == (400, "invalid_client")
    assert revoke(app, first, client_id="") == (400, "invalid_client")
    assert app.post("/oidc/revoke", {"client_id": "videochat-web"}).json()["error"] == "invalid_request"
    refreshed(app, first)
