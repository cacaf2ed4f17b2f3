"""Signing in to an app: the authorization code flow from end to end, and everything it refuses."""

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from tests.edge.identity_site import ALL_SCOPES, CHALLENGE, PASSWORD, App, Browser, Page, Provider


def test_discovery_names_the_endpoints_under_the_issuer(browser: Browser) -> None:
    response = browser.get("/.well-known/openid-configuration")
    metadata = response.json()
    assert response.status_code == 200
    assert metadata["issuer"] == "http://localhost:8000"
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["id_token_signing_alg_values_supported"] == ["RS256"]
    assert metadata["token_endpoint_auth_methods_supported"] == ["none"]
    for name in ("authorization", "token", "userinfo", "revocation", "end_session"):
        assert metadata[f"{name}_endpoint"].startswith("http://localhost:8000/oidc/")
    assert browser.get(metadata["jwks_uri"]).status_code == 200


def test_published_keys_hold_nothing_private(browser: Browser) -> None:
    (key,) = browser.get("/oidc/jwks").json()["keys"]
    assert key["kid"] == "first"
    assert {"kty", "n", "e", "kid", "use", "alg"} >= set(key)


def test_a_person_signs_in_to_the_app(app: App, browser: Browser, provider: Provider) -> None:
    page = browser.page(app.url(login_hint="ann@example.org"))
    assert page.form is not None
    assert page.form.fields["email"] == "ann@example.org"
    assert page.form.fields["password"] == ""
    answer = app.answer(browser.submit(page, password=PASSWORD))
    assert answer["state"] == "st4te"
    assert answer["iss"] == "http://localhost:8000"

    response = app.redeem(answer["code"])
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    assert tokens["scope"] == ALL_SCOPES
    assert len(tokens["refresh_token"]) == 43

    now = provider.clock.now() // 1000
    access = app.decoded(tokens["access_token"])
    assert access.header == {"alg": "RS256", "kid": "first", "typ": "at+jwt"}
    account = provider.identity.accounts.find("ann@example.org")
    expected = {
        "iss": "http://localhost:8000",
        "sub": account.account_id,
        "aud": "videochat",
        "client_id": "videochat-web",
        "scope": ALL_SCOPES,
        "email": "ann@example.org",
        "email_verified": False,
        "name": "Ann",
        "iat": now,
        "exp": now + 3600,
    }
    assert {name: access.claims[name] for name in expected} == expected
    assert set(access.claims) == {*expected, "jti"}

    id_token = app.decoded(tokens["id_token"])
    assert id_token.header == {"alg": "RS256", "kid": "first", "typ": "JWT"}
    expected = {
        "iss": "http://localhost:8000",
        "sub": account.account_id,
        "aud": "videochat-web",
        "nonce": "n0nce",
        "auth_time": now,
        "email": "ann@example.org",
        "email_verified": False,
        "name": "Ann",
        "iat": now,
        "exp": now + 3600,
    }
    assert {name: id_token.claims[name] for name in expected} == expected
    assert set(id_token.claims) == {*expected, "at_hash", "sid"}


def test_who_is_signed_in_comes_straight_back(app: App, browser: Browser, provider: Provider) -> None:
    app.tokens(browser)
    since = provider.clock.now() // 1000
    provider.clock.advance(60_000)
    code = app.answer(browser.get(app.url(prompt="none")))["code"]
    claims = app.claims(app.redeem(code).json()["id_token"])
    assert claims["auth_time"] == since
    assert claims["iat"] == since + 60


def test_prompt_none_never_shows_a_page(app: App, browser: Browser) -> None:
    answer = app.answer(browser.get(app.url(prompt="none")))
    assert answer["error"] == "login_required"
    assert answer["state"] == "st4te"
    assert answer["iss"] == "http://localhost:8000"


def test_prompt_login_asks_again_and_then_goes_on(app: App, browser: Browser, provider: Provider) -> None:
    app.tokens(browser)
    provider.clock.advance(60_000)
    tokens = app.tokens(browser, prompt="login")
    assert app.claims(tokens["id_token"])["auth_time"] == provider.clock.now() // 1000


def test_max_age_asks_again_when_the_sign_in_is_older(app: App, browser: Browser, provider: Provider) -> None:
    app.tokens(browser)
    provider.clock.advance(30_000)
    assert "code" in app.answer(browser.get(app.url(max_age="30")))
    provider.clock.advance(1)
    assert app.answer(browser.get(app.url(max_age="30", prompt="none")))["error"] == "login_required"
    assert "Sign in" in browser.page(app.url(max_age="30")).text
    assert app.tokens(browser, max_age="0")


def test_prompt_create_shows_the_sign_up_page(app: App, browser: Browser) -> None:
    page = browser.page(app.url(prompt="create", login_hint="bob@example.org"))
    assert page.form is not None
    assert page.form.fields["email"] == "bob@example.org"
    answer = app.answer(browser.submit(page, name="Bob", password=PASSWORD))
    assert "code" in answer
    # In the same browser somebody else signs up.
    assert "Create your account" in browser.page(app.url(prompt="create")).text


def test_a_session_ends_by_itself(app: App, browser: Browser, provider: Provider) -> None:
    app.tokens(browser)
    provider.clock.advance(provider.settings.session_lifetime * 1000)
    assert app.answer(browser.get(app.url(prompt="none")))["error"] == "login_required"


def test_apps_may_post_their_request(app: App, browser: Browser) -> None:
    path, _, query = app.url().partition("?")
    response = browser.request(
        "POST", path, content=query, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert response.status_code == 303
    assert response.headers["location"] == app.url()


def test_scope_decides_what_the_id_token_tells(app: App, browser: Browser) -> None:
    tokens = app.tokens(browser, scope="openid unknown")
    assert tokens["scope"] == "openid"
    assert "refresh_token" not in tokens
    claims = app.claims(tokens["id_token"])
    assert not {"email", "email_verified", "name"} & set(claims)


# Requests that are answered with an error


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": '"<script>'}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "x"}, "invalid_request"),
        ({"code_challenge": "é" * 43}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"nonce": "n" * 513}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
    ],
)
@pytest.mark.parametrize("signed_in", [False, True])
def test_a_bad_request_is_answered_to_the_app(
    app: App, browser: Browser, changes: dict[str, str | None], error: str, signed_in: bool
) -> None:
    if signed_in:
        app.tokens(browser)
    answer = app.answer(browser.get(app.url(**changes)))
    assert answer["error"] == error
    assert answer["state"] == "st4te"
    assert answer["iss"] == "http://localhost:8000"
    assert "code" not in answer


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "someone-else"},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://localhost:8000/callback/"},
        {"redirect_uri": "http://localhost:8000/callback?x=1"},
        {"redirect_uri": "http://localhost:8000/Callback"},
        {"redirect_uri": "http://localhost:8000/../callback"},
        {"redirect_uri": "http://localhost:8000@evil.example/callback"},
        {"redirect_uri": "HTTP://localhost:8000/callback"},
        {"redirect_uri": "//localhost:8000/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": 'http://localhost:8000/callback"><script>alert(1)</script>'},
        {"redirect_uri": "http://localhost:8000/callback\r\nSet-Cookie: a=b"},
    ],
)
@pytest.mark.parametrize("page", ["authorize", "sign-in", "sign-up"])
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    app: App, browser: Browser, changes: dict[str, str | None], page: str
) -> None:
    url = app.url(**changes)
    if page != "authorize":
        url = url.replace("/oidc/authorize", f"/oidc/{page}")
        if changes == {"client_id": None}:
            # Without a client it is no app's request: people go to the web app afterwards.
            url += "&client_id="
    response = browser.get(url)
    assert response.status_code == 400
    assert "location" not in response.headers
    assert "set-cookie" not in response.headers
    assert "<script>alert" not in response.text
    assert "That did not work" in Page(response).text


def test_a_repeated_parameter_is_refused(app: App, browser: Browser) -> None:
    for extra in ("client_id=videochat-web", "redirect_uri=https%3A%2F%2Fevil.example%2F", "scope=openid"):
        response = browser.get(f"{app.url()}&{extra}")
        assert response.status_code == 400
        assert "location" not in response.headers


def test_a_form_sent_to_a_changed_address_leads_nowhere_else(app: App, browser: Browser) -> None:
    page = browser.page(app.url())
    assert page.form is not None
    page.form.action = page.form.action.replace("localhost%3A8000", "evil.example")
    response = browser.submit(page, email="ann@example.org", password=PASSWORD)
    assert response.status_code == 400
    assert "location" not in response.headers


# Codes


@pytest.fixture
def code(app: App, browser: Browser) -> str:
    return app.answer(browser.sign_in(app.url()))["code"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"redirect_uri": "http://localhost:5173/callback"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"client_id": "someone-else"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
        ({"code": "x" * 43}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"client_secret": "s"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_no_good_without_all_that_belongs_to_it(
    app: App, code: str, changes: dict[str, str], error: str
) -> None:
    response = app.redeem(**{"code": code, **changes})
    assert response.status_code == 400
    assert response.json()["error"] == error
    assert not {"access_token", "id_token", "refresh_token"} & set(response.json())


def test_a_code_expires(app: App, code: str, provider: Provider) -> None:
    provider.clock.advance(provider.settings.code_lifetime * 1000 - 1)
    assert app.redeem(code).status_code == 200


def test_an_expired_code_is_no_good(app: App, code: str, provider: Provider) -> None:
    provider.clock.advance(provider.settings.code_lifetime * 1000)
    assert app.redeem(code).json()["error"] == "invalid_grant"


def test_a_code_that_comes_twice_revokes_what_it_gave(app: App, code: str) -> None:
    tokens = app.redeem(code).json()
    assert app.redeem(code).json()["error"] == "invalid_grant"
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_two_requests_with_one_code_at_once(app: App, code: str, provider: Provider) -> None:
    answers: list[httpx.Response] = []
    provider.grants.interfere(
        "redeem_code",
        lambda: provider.grants.redeem_code(
            next(iter(provider.data.codes)), None, None, provider.clock.now()
        ),
    )
    answers.append(app.redeem(code))
    assert provider.grants.faults_left == 0
    assert answers[0].json()["error"] == "invalid_grant"


def test_a_removed_account_redeems_nothing(app: App, code: str, provider: Provider) -> None:
    provider.identity.accounts.remove("ann@example.org")
    assert app.redeem(code).json()["error"] == "invalid_grant"


# The token endpoint's envelope


def test_a_repeated_token_parameter_is_refused(provider: Provider, code: str) -> None:
    content = urlencode({"grant_type": "authorization_code", "code": code}) + "&code=other"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = httpx.Request("POST", "http://localhost:8000/oidc/token", content=content, headers=headers)
    response = provider.send(request, "192.0.2.1")
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("content_type", "content", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("text/plain", b"grant_type=refresh_token", 415),
        ("application/x-www-form-urlencoded", b"a=b&" * 100, 400),
        ("application/x-www-form-urlencoded", b"a=" + b"b" * 20_000, 413),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%ff%00&grant_type=refresh_token", 400),
        ("application/x-www-form-urlencoded", b"", 400),
    ],
)
@pytest.mark.parametrize("path", ["/oidc/token", "/oidc/revoke"])
def test_malformed_bodies_are_refused(
    provider: Provider, path: str, content_type: str, content: bytes, status: int
) -> None:
    request = httpx.Request(
        "POST", f"http://localhost:8000{path}", content=content, headers={"Content-Type": content_type}
    )
    response = provider.send(request, "192.0.2.1")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert "error" in response.json()


def test_a_failing_database_is_no_refusal(app: App, code: str, provider: Provider) -> None:
    provider.grants.fail_next(on="redeem_code")
    response = app.redeem(code)
    assert response.status_code == 503
    assert response.json() == {"error": "temporarily_unavailable"}
    # Nothing was used up.
    assert app.redeem(code).status_code == 200


# Across origins


@pytest.mark.parametrize(
    "path",
    ["/.well-known/openid-configuration", "/oidc/jwks", "/oidc/token", "/oidc/userinfo", "/oidc/revoke"],
)
@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8000", True),
        ("http://localhost:5173", True),
        ("https://evil.example", False),
        ("null", False),
        ("http://localhost:8000.evil.example", False),
    ],
)
def test_scripts_of_the_web_app_may_call(provider: Provider, path: str, origin: str, allowed: bool) -> None:
    browser = Browser(provider)
    method = "GET" if path.endswith(("configuration", "jwks", "userinfo")) else "POST"
    expected = origin if allowed else None
    response = browser.request(method, path, headers={"Origin": origin})
    assert response.headers.get("access-control-allow-origin") == expected
    assert "Origin" in response.headers["vary"]
    preflight = browser.request(
        "OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": method}
    )
    assert preflight.status_code == 204
    assert preflight.headers.get("access-control-allow-origin") == expected
    assert ("access-control-allow-methods" in preflight.headers) is allowed
    assert "access-control-allow-credentials" not in preflight.headers


def test_a_development_server_has_a_callback_of_its_own(provider: Provider) -> None:
    app = App(provider)
    app.redirect_uri = "http://localhost:5173/callback"
    browser = Browser(provider)
    page = browser.page(app.url())
    policy = page.response.headers["content-security-policy"]
    assert "form-action 'self' http://localhost:5173;" in policy
    code = app.answer(browser.submit(page, email="ann@example.org", password=PASSWORD))["code"]
    assert app.redeem(code).status_code == 200


# User info


def userinfo(provider: Provider, authorization: str | None, method: str = "GET") -> httpx.Response:
    headers = {"Authorization": authorization} if authorization is not None else {}
    return Browser(provider).request(method, "/oidc/userinfo", headers=headers)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_user_info_tells_what_the_scope_opens(
    provider: Provider, app: App, browser: Browser, method: str
) -> None:
    account = provider.identity.accounts.find("ann@example.org")
    tokens = app.tokens(browser)
    assert userinfo(provider, f"Bearer {tokens['access_token']}", method).json() == {
        "sub": account.account_id,
        "email": "ann@example.org",
        "email_verified": False,
        "name": "Ann",
    }
    less = app.tokens(browser, scope="openid email", prompt="login")
    assert "name" not in userinfo(provider, f"bearer {less['access_token']}", method).json()


def test_user_info_needs_an_access_token(provider: Provider, app: App, browser: Browser) -> None:
    tokens = app.tokens(browser)
    missing = userinfo(provider, None)
    assert missing.status_code == 401
    assert missing.headers["www-authenticate"] == 'Bearer realm="videochat"'
    bad: list[Any] = [
        tokens["id_token"],
        tokens["refresh_token"],
        "garbage",
        tokens["access_token"][:-2] + "xx",
    ]
    for token in bad:
        response = userinfo(provider, f"Bearer {token}")
        assert response.status_code == 401
        assert 'error="invalid_token"' in response.headers["www-authenticate"]
    provider.identity.accounts.remove("ann@example.org")
    assert userinfo(provider, f"Bearer {tokens['access_token']}").status_code == 401
