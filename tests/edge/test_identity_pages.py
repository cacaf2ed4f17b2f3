"""The pages: forms, cookies, headers, sign-up modes, and what people and attackers type."""

import logging
from urllib.parse import quote

import pytest
from argon2 import PasswordHasher
from tests.edge.identity_site import PASSWORD, App, Browser, Page, Provider

from videochat.core.errors import Unavailable
from videochat.identity import SignUp

ANN = "ann@example.org"


# Signing in


def test_without_an_app_people_go_to_the_web_app(browser: Browser, provider: Provider) -> None:
    response = browser.sign_in()
    assert response.status_code == 303
    assert response.headers["location"] == "http://localhost:8000/"
    assert len(provider.data.sessions) == 1


@pytest.mark.parametrize("email", [ANN, "ANN@Example.ORG", "  ann@example.org "])
def test_an_address_is_written_in_many_ways(browser: Browser, email: str) -> None:
    assert browser.sign_in(email=email).status_code == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (ANN, "wrong horse battery"),
        (ANN, PASSWORD.upper()),
        (ANN, PASSWORD + " "),
        (ANN, ""),
        (ANN, "p" * 5000),
        ("nobody@example.org", PASSWORD),
        ("no address", PASSWORD),
        ("", ""),
        ("\x00", "\x00"),
    ],
)
def test_wrong_credentials_say_no_more_than_that(
    browser: Browser, provider: Provider, email: str, password: str
) -> None:
    response = browser.sign_in(email=email, password=password)
    page = Page(response)
    assert response.status_code == 401
    assert page.alert == "The email address or the password is wrong."
    assert page.form is not None
    assert page.form.fields["password"] == ""
    assert provider.data.sessions == {}
    if email == ANN:
        assert page.form.fields["email"] == ANN
        assert browser.submit(page, password=PASSWORD).status_code == 303


def test_the_error_is_said_first(browser: Browser) -> None:
    page = Page(browser.sign_in(password="wrong horse battery"))
    (summary,) = [attributes for _, attributes in page.tags if attributes.get("role") == "alert"]
    assert summary["tabindex"] == "-1"
    focused = [attributes for _, attributes in page.tags if "autofocus" in attributes]
    assert focused == [summary]
    assert page.text.strip().startswith("Error: Sign in")


def test_every_field_has_a_label(browser: Browser, provider: Provider) -> None:
    for path in ("/oidc/sign-in", "/oidc/sign-up"):
        page = browser.page(path)
        labelled = [attributes["for"] for tag, attributes in page.tags if tag == "label"]
        fields = [
            attributes["id"]
            for tag, attributes in page.tags
            if tag == "input" and attributes.get("type") != "hidden"
        ]
        assert labelled == fields


def test_the_pages_lead_to_each_other_and_keep_the_apps_request(app: App, browser: Browser) -> None:
    page = browser.page(app.url())
    page = browser.page(page.links["Create account"])
    page = browser.page(page.links["Sign in"])
    assert app.answer(browser.submit(page, email=ANN, password=PASSWORD))["state"] == "st4te"


def test_a_password_kept_with_old_parameters_is_kept_anew(browser: Browser, provider: Provider) -> None:
    account = provider.identity.accounts.find(ANN)
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    provider.accounts.set_password_hash(account.account_id, old)
    assert browser.sign_in().status_code == 303
    renewed = provider.identity.accounts.find(ANN).password_hash
    assert renewed.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert browser.sign_in().status_code == 303
    assert provider.identity.accounts.find(ANN).password_hash == renewed


# Cookies


def set_cookies(response: object) -> dict[str, str]:
    headers = response.headers.get_list("set-cookie")  # type: ignore[attr-defined]
    return {header.partition("=")[0]: header.partition("; ")[2] for header in headers}


def test_cookies_are_for_this_server_alone(browser: Browser) -> None:
    page = browser.page("/oidc/sign-in")
    assert set_cookies(page.response) == {"videochat_form": "HttpOnly; Path=/; SameSite=lax"}
    cookies = set_cookies(browser.submit(page, email=ANN, password=PASSWORD))
    assert cookies["videochat_session"] == "HttpOnly; Max-Age=1209600; Path=/; SameSite=lax"
    assert cookies["videochat_device"] == "HttpOnly; Max-Age=15552000; Path=/; SameSite=lax"
    assert cookies["videochat_form"] == "HttpOnly; Max-Age=0; Path=/; SameSite=lax"


def test_on_https_cookies_are_secure_and_bound_to_the_host() -> None:
    provider = Provider("https://video.example.org")
    provider.identity.accounts.add(ANN, "Ann", PASSWORD)
    browser = Browser(provider)
    page = browser.page("/oidc/sign-in")
    cookies = set_cookies(page.response) | set_cookies(browser.submit(page, email=ANN, password=PASSWORD))
    assert set(cookies) == {"__Host-videochat_session", "__Host-videochat_device", "__Host-videochat_form"}
    assert all("Secure" in attributes and "Path=/;" in attributes for attributes in cookies.values())
    provider.close()


def test_signing_in_changes_the_session(app: App, browser: Browser, provider: Provider) -> None:
    browser.sign_in()
    before = browser.cookies["videochat_session"]
    browser.sign_in()
    assert browser.cookies["videochat_session"] != before
    # The old one is worth nothing any more.
    assert len(provider.data.sessions) == 1
    thief = Browser(provider)
    thief.cookies.set("videochat_session", before, domain="localhost.local", path="/")
    assert app.answer(thief.get(app.url(prompt="none")))["error"] == "login_required"


def test_a_session_that_somebody_planted_is_not_used(app: App, browser: Browser) -> None:
    planted = "p" * 43
    browser.cookies.set("videochat_session", planted, domain="localhost.local", path="/")
    browser.sign_in()
    assert browser.cookies["videochat_session"] != planted


def test_a_database_copy_signs_nobody_in(browser: Browser, provider: Provider, app: App) -> None:
    tokens = app.tokens(browser)
    stored = repr(vars(provider.data))
    for secret in (browser.cookies["videochat_session"], tokens["refresh_token"], PASSWORD):
        assert secret not in stored
    for hash_ in provider.data.sessions:
        thief = Browser(provider)
        thief.cookies.set("videochat_session", hash_, domain="localhost.local", path="/")
        assert app.answer(thief.get(app.url(prompt="none")))["error"] == "login_required"


# Forged forms


@pytest.mark.parametrize("path", ["/oidc/sign-in", "/oidc/sign-up"])
@pytest.mark.parametrize(
    "attack", ["no token", "made-up token", "no cookie", "token of another browser", "cross-site"]
)
def test_a_form_of_another_site_does_nothing(provider: Provider, path: str, attack: str) -> None:
    browser = Browser(provider)
    page = browser.page(path)
    assert page.form is not None
    headers = {}
    match attack:
        case "no token":
            del page.form.fields["csrf"]
        case "made-up token":
            page.form.fields["csrf"] = "x" * 43
        case "no cookie":
            browser.cookies.clear()
        case "token of another browser":
            other = Browser(provider).page(path).form
            assert other is not None
            page.form.fields["csrf"] = other.fields["csrf"]
        case "cross-site":
            headers = {"Sec-Fetch-Site": "cross-site"}
    email = ANN if path == "/oidc/sign-in" else "eve@example.org"
    fields = {**page.form.fields, "name": "Eve", "email": email, "password": PASSWORD}
    response = browser.request("POST", path, data=fields, headers=headers)
    assert response.status_code == 403
    assert provider.data.sessions == {}
    assert len(provider.data.accounts) == 1
    # Whoever it was by accident goes on from here.
    again = Page(response)
    assert "try again" in again.alert
    assert browser.submit(again, name="Eve", email=email, password=PASSWORD).status_code == 303


def test_tokens_of_open_pages_are_worthless_after_signing_in(browser: Browser) -> None:
    before = browser.page("/oidc/sign-in")
    browser.sign_in()
    assert browser.submit(before, email=ANN, password=PASSWORD).status_code == 403


# Headers


@pytest.mark.parametrize(
    "path",
    ["/oidc/sign-in", "/oidc/sign-up", "/oidc/logout", "/oidc/authorize", "/oidc/authorize?client_id=x"],
)
def test_pages_are_kept_nowhere_and_framed_nowhere(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self' http://localhost:5173",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def test_the_style_sheet_is_served(browser: Browser) -> None:
    page = browser.page("/oidc/sign-in")
    (url,) = [
        attributes["href"]
        for tag, attributes in page.tags
        if tag == "link" and "identity.css" in (attributes["href"] or "")
    ]
    response = browser.get(url or "")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/css")
    assert "immutable" in response.headers["cache-control"]


@pytest.mark.parametrize(
    "value", ['"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", "{{ 7*7 }}"]
)
def test_what_comes_in_comes_out_as_text(app: App, browser: Browser, value: str) -> None:
    pages = [
        browser.page(app.url(login_hint=value, state=value, nonce=value, ui_locales=value)),
        browser.page(f"/oidc/sign-in?{quote(value)}={quote(value)}"),
        browser.page(f"/oidc/sign-up?invitation={quote(value)}"),
        Page(browser.submit(browser.page("/oidc/sign-in"), email=value, password=value)),
        Page(browser.submit(browser.page("/oidc/sign-up"), name=value, email=value, password=value)),
        browser.page(f"/oidc/authorize?client_id={quote(value)}&redirect_uri={quote(value)}"),
        browser.page(f"/oidc/logout?state={quote(value)}&post_logout_redirect_uri={quote(value)}"),
    ]
    for page in pages:
        assert not [tag for tag, attributes in page.tags if tag == "script" or "onerror" in attributes]
        assert not [tag for tag, attributes in page.tags if tag == "img" and attributes.get("src") == "x"]
        assert "49" not in page.text


def test_a_persons_name_comes_out_as_text(browser: Browser, provider: Provider) -> None:
    provider.identity.accounts.add("eve@example.org", "<b>Eve</b>", PASSWORD)
    browser.sign_in(email="eve@example.org")
    page = browser.page("/oidc/logout")
    assert "<b>Eve</b>" in page.text
    assert "b" not in [tag for tag, _ in page.tags]


# Signing up


def sign_up(browser: Browser, url: str = "/oidc/sign-up", **values: str) -> Page | str:
    """Fills in the sign-up page; the page that came back, or where the browser was sent."""
    fields = {"name": "Bob", "email": "bob@example.org", "password": PASSWORD, **values}
    response = browser.submit(browser.page(url), **fields)
    return str(response.headers["location"]) if response.status_code == 303 else Page(response)


def test_a_person_signs_up_and_is_signed_in(app: App, browser: Browser, provider: Provider) -> None:
    location = sign_up(
        browser, browser.page(app.url()).links["Create account"], email="Bob@Example.org", name=" Bob  B. "
    )
    assert str(location).startswith("http://localhost:8000/callback?code=")
    account = provider.identity.accounts.find("bob@example.org")
    assert account.name == "Bob B."
    assert [(new.user_id, new.email, new.name) for new in provider.added[1:]] == [
        (account.account_id, "bob@example.org", "Bob B.")
    ]
    assert "code" in app.answer(browser.get(app.url(prompt="none")))


@pytest.mark.parametrize(
    ("field", "values", "text"),
    [
        ("name", {"name": "  "}, "Enter your name"),
        ("name", {"name": "n" * 101}, "at most 100"),
        ("name", {"name": "Bob\u202egro.elpmaxe"}, "letters, digits"),
        ("email", {"email": "bob"}, "Enter an email address"),
        ("email", {"email": "bob@example.org\nx"}, "Enter an email address"),
        ("email", {"email": "ANN@example.org"}, "account with this address already"),
        ("password", {"password": "ninechars"}, "at least 10"),
        ("password", {"password": "p4ssw0rd!" * 29}, "at most 256"),
        ("password", {"password": "aaaaaaaaaaaaa"}, "different characters"),
        ("password", {"password": "Password123"}, "easy to guess"),
        ("password", {"password": "bob@example.org"}, "easy to guess"),
    ],
)
def test_a_bad_field_is_named_and_the_rest_is_kept(
    browser: Browser, provider: Provider, field: str, values: dict[str, str], text: str
) -> None:
    page = sign_up(browser, **values)
    assert isinstance(page, Page)
    assert page.response.status_code == 400
    assert text in page.alert
    assert page.links[page.alert] == f"#{field}"
    invalid = [attributes for _, attributes in page.tags if attributes.get("aria-invalid") == "true"]
    assert [attributes["id"] for attributes in invalid] == [field]
    assert "error" in (invalid[0]["aria-describedby"] or "").split()
    assert page.form is not None
    assert page.form.fields["password"] == ""
    assert page.form.fields["name"] == values.get("name", "Bob").replace("\n", "")
    assert len(provider.data.accounts) == 1


def test_closed_means_closed() -> None:
    provider = Provider(sign_up=SignUp.CLOSED)
    provider.identity.accounts.add(ANN, "Ann", PASSWORD)
    browser = Browser(provider)
    page = browser.page("/oidc/sign-in")
    assert "Create account" not in page.links
    response = browser.get("/oidc/sign-up")
    assert response.status_code == 403
    assert "whoever runs this server" in Page(response).text
    # A form from elsewhere helps nobody either.
    assert page.form is not None
    page.form.action = "/oidc/sign-up"
    response = browser.submit(page, name="Eve", email="eve@example.org", password=PASSWORD)
    assert response.status_code == 403
    assert len(provider.data.accounts) == 1
    assert browser.sign_in().status_code == 303
    assert "Sign in" in browser.page(App(provider).url(prompt="create")).text
    provider.close()


def test_an_invitation_opens_the_door_once() -> None:
    provider = Provider(sign_up=SignUp.INVITATION)
    code = provider.identity.accounts.invite()
    browser = Browser(provider)
    page = browser.page(code.url)
    assert page.form is not None
    assert page.form.fields["invitation"] == code.code
    for wrong in ("", "AAAAA-AAAAA-AAAAA-AAAAA"):
        refused = sign_up(browser, invitation=wrong)
        assert isinstance(refused, Page)
        assert refused.links[refused.alert] == "#invitation"
    typed = code.code.lower().replace("-", " ")
    assert sign_up(browser, invitation=typed) == "http://localhost:8000/"
    again = sign_up(Browser(provider), invitation=code.code, email="eve@example.org")
    assert isinstance(again, Page)
    assert "has been used" in again.alert
    assert [account.email for account in provider.identity.accounts.list()] == ["bob@example.org"]
    provider.close()


def test_an_invitation_expires() -> None:
    provider = Provider(sign_up=SignUp.INVITATION)
    code = provider.identity.accounts.invite()
    provider.clock.time = code.expires_at
    refused = sign_up(Browser(provider), code.url)
    assert isinstance(refused, Page)
    assert "has expired" in refused.alert
    provider.close()


# Attempt limits


def test_guessing_is_slowed_down(browser: Browser, provider: Provider) -> None:
    for _ in range(6):
        assert browser.sign_in(password="wrong horse battery").status_code == 401
    response = browser.sign_in()
    assert response.status_code == 429
    assert response.headers["retry-after"] == "60"
    assert Page(response).alert == "Too many attempts. Try again in a minute."
    # Somebody else, elsewhere, is not in the way of the account's owner.
    assert Browser(provider, "198.51.100.7").sign_in().status_code == 303
    provider.clock.advance(60_000)
    assert browser.sign_in().status_code == 303


def test_the_owners_browser_is_not_locked_out(provider: Provider) -> None:
    owner = Browser(provider)
    owner.sign_in()
    for number in range(60):
        Browser(provider, f"198.51.100.{number}").sign_in(password="wrong horse battery")
    stranger = Browser(provider, "203.0.113.1")
    assert stranger.sign_in().status_code == 429
    assert owner.sign_in().status_code == 303


def test_a_device_cookie_of_another_account_is_worth_nothing(provider: Provider) -> None:
    provider.identity.accounts.add("eve@example.org", "Eve", PASSWORD)
    eve = Browser(provider)
    eve.sign_in(email="eve@example.org")
    statuses = [eve.sign_in(password="wrong horse battery").status_code for _ in range(7)]
    assert statuses == [401] * 6 + [429]


# When things fail


def test_a_failing_database_gets_a_page_of_its_own(browser: Browser, provider: Provider) -> None:
    page = browser.page("/oidc/sign-in")
    provider.accounts.fail_next(on="find")
    response = browser.submit(page, email=ANN, password=PASSWORD)
    assert response.status_code == 503
    assert "Try again shortly" in Page(response).text
    assert response.headers["retry-after"] == "1"
    assert browser.sign_in().status_code == 303


def test_an_account_without_a_user_is_taken_back(browser: Browser, provider: Provider) -> None:
    provider.broken = Unavailable("no users today")
    page = sign_up(browser)
    assert isinstance(page, Page)
    assert page.response.status_code == 503
    assert [account.email for account in provider.identity.accounts.list()] == [ANN]


@pytest.mark.parametrize(
    "path", ["/oidc/sign-in", "/oidc/sign-up", "/oidc/sign-out", "/oidc/logout", "/oidc/authorize"]
)
@pytest.mark.parametrize(
    ("content_type", "content", "status"),
    [
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"a=b&" * 100, 400),
        ("application/x-www-form-urlencoded", b"a=" + b"b" * 20_000, 413),
    ],
)
def test_malformed_forms_get_a_page(
    browser: Browser, path: str, content_type: str, content: bytes, status: int
) -> None:
    response = browser.request("POST", path, content=content, headers={"Content-Type": content_type})
    assert response.status_code == status
    assert "That did not work" in Page(response).text


def test_nothing_secret_is_logged(
    app: App, browser: Browser, caplog: pytest.LogCaptureFixture, provider: Provider
) -> None:
    with caplog.at_level(logging.DEBUG):
        browser.sign_in(password="wrong horse battery")
        code = app.answer(browser.sign_in(app.url()))["code"]
        tokens = app.redeem(code).json()
        refreshed = app.refresh(tokens["refresh_token"]).json()
        app.refresh("stolen-token")
    logged = "\n".join([record.getMessage() for record in caplog.records])
    secrets = [PASSWORD, "wrong horse battery", code, "stolen-token", browser.cookies["videochat_session"]]
    secrets += [
        answer[name]
        for answer in (tokens, refreshed)
        for name in ("access_token", "id_token", "refresh_token")
    ]
    assert [secret for secret in secrets if secret in logged] == []
