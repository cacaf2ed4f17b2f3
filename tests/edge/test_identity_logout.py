"""Signing out, by the app's word or by the person's."""

from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jwt
from tests.edge.identity_site import PASSWORD, App, Browser, Page, Provider
from tests.fakes.identity import rsa_key

HOME = "http://localhost:8000/"


@pytest.fixture
def provider(provider: Provider) -> Provider:
    """Somebody else has an account as well."""
    provider.identity.accounts.add("bob@example.org", "Bob", PASSWORD)
    return provider


def logout(browser: Browser, **params: str) -> httpx.Response:
    return browser.get(f"/oidc/logout?{urlencode(params)}")


def is_signed_in(app: App, browser: Browser) -> bool:
    return "code" in app.answer(browser.get(app.url(prompt="none")))


def test_the_app_signs_out_with_its_id_token(app: App, browser: Browser) -> None:
    tokens = app.tokens(browser)
    response = logout(
        browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=HOME, state="st4te & more"
    )
    assert response.status_code == 303
    assert response.headers["location"] == f"{HOME}?state=st4te+%26+more"
    assert not is_signed_in(app, browser)
    assert not any(session for session in app.provider.data.sessions)


def test_an_expired_id_token_still_tells_who_asks(app: App, browser: Browser, provider: Provider) -> None:
    tokens = app.tokens(browser)
    provider.clock.advance(7_200_000)
    response = logout(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=HOME)
    assert response.headers["location"] == HOME
    assert not is_signed_in(app, browser)


def test_the_hint_ends_its_session_even_without_the_cookie(
    app: App, browser: Browser, provider: Provider
) -> None:
    tokens = app.tokens(browser)
    response = logout(Browser(provider), id_token_hint=tokens["id_token"], post_logout_redirect_uri=HOME)
    assert response.headers["location"] == HOME
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def forged(app: App, browser: Browser) -> dict[str, str]:
    """Hints that prove nothing."""
    tokens = app.tokens(browser)
    other_key = jwt.encode(
        {"alg": "RS256", "kid": "first"}, app.claims(tokens["id_token"]), rsa_key("stranger")
    )
    return {
        "none": "",
        "garbage": "garbage",
        "access token": tokens["access_token"],
        "another key": other_key,
    }


@pytest.mark.parametrize("kind", ["none", "garbage", "access token", "another key"])
def test_without_proof_the_person_is_asked(app: App, browser: Browser, kind: str) -> None:
    hint = forged(app, browser)[kind]
    response = logout(browser, id_token_hint=hint, post_logout_redirect_uri=HOME, state="s")
    page = Page(response)
    assert response.status_code == 200
    assert "ann@example.org" in page.text
    assert is_signed_in(app, browser)
    assert browser.submit(page).headers["location"] == f"{HOME}?state=s"
    assert not is_signed_in(app, browser)


def test_somebody_elses_id_token_does_not_sign_out_at_once(
    app: App, browser: Browser, provider: Provider
) -> None:
    other = Browser(provider, "192.0.2.2")
    code = app.answer(other.sign_in(app.url(), email="bob@example.org"))["code"]
    hint = app.redeem(code).json()["id_token"]
    app.tokens(browser)
    assert "ann@example.org" in Page(logout(browser, id_token_hint=hint)).text
    assert is_signed_in(app, browser)
    assert is_signed_in(app, other)


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        "http://localhost:8000",
        "http://localhost:8000/callback",
        "http://localhost:8000/?x=1",
        "//evil.example/",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(app: App, browser: Browser, uri: str) -> None:
    tokens = app.tokens(browser)
    response = logout(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri)
    assert response.status_code == 200
    assert "You are signed out" in Page(response).text
    assert not is_signed_in(app, browser)


def test_another_client_id_gets_no_redirect(app: App, browser: Browser) -> None:
    tokens = app.tokens(browser)
    hint = tokens["id_token"]
    response = logout(browser, id_token_hint=hint, client_id="someone-else", post_logout_redirect_uri=HOME)
    assert "You are signed out" in Page(response).text


def test_signing_out_twice_is_no_error(app: App, browser: Browser) -> None:
    hint = app.tokens(browser)["id_token"]
    for _ in range(2):
        response = logout(browser, id_token_hint=hint, post_logout_redirect_uri=HOME)
        assert response.headers["location"] == HOME
    assert "You are signed out" in Page(logout(browser)).text


def test_another_site_cannot_press_the_button(app: App, browser: Browser) -> None:
    app.tokens(browser)
    page = Page(logout(browser))
    assert page.form is not None
    for csrf in ("", "x" * 43):
        response = browser.submit(page, csrf=csrf)
        assert response.status_code == 403
        assert is_signed_in(app, browser)


def test_apps_may_post_their_logout(browser: Browser) -> None:
    response = browser.request("POST", "/oidc/logout", data={"post_logout_redirect_uri": HOME})
    assert response.status_code == 303
    assert response.headers["location"] == f"/oidc/logout?{urlencode({'post_logout_redirect_uri': HOME})}"


def test_a_repeated_parameter_is_refused(browser: Browser) -> None:
    response = browser.get("/oidc/logout?state=a&state=b")
    assert response.status_code == 400
