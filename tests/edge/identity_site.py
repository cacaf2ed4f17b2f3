"""The identity provider's edge on fakes, with browsers and apps that use it."""

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet
from litestar import Litestar
from msgspec.structs import replace
from tests.fakes import FakeClock, FakeIds
from tests.fakes.identity import (
    QUICK_HASHER,
    FakeAccounts,
    FakeAttempts,
    FakeGrants,
    FakeIdentity,
    FakeKeys,
    FakeSessions,
)

from videochat.core.models import Identity
from videochat.identity import IdentityPorts, ProviderSettings, assemble_identity
from videochat.server.identity import create_identity_router

PASSWORD = "correct horse battery"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ALL_SCOPES = "openid profile email offline_access"


class Provider:
    """A provider on fakes, and its ASGI application."""

    def __init__(self, public_url: str = "http://localhost:8000", **changes: Any) -> None:
        self.settings = replace(
            ProviderSettings.for_public_url(public_url, web_origins=("http://localhost:5173",)), **changes
        )
        self.data = FakeIdentity()
        self.accounts = FakeAccounts(self.data)
        self.sessions = FakeSessions(self.data)
        self.grants = FakeGrants(self.data)
        self.attempts = FakeAttempts()
        self.keys = FakeKeys()
        self.clock = FakeClock()
        self.added: list[Identity] = []
        self.broken: Exception | None = None
        """What happens to those who want to know of new accounts."""
        self.removed: list[Identity] = []
        self.identity = assemble_identity(
            self.settings,
            IdentityPorts(
                self.accounts, self.sessions, self.grants, self.attempts, self.keys, self.clock, FakeIds()
            ),
            b"s" * 32,
            on_added=self._on_added,
            on_removed=self.removed.append,
            hasher=QUICK_HASHER,
        )
        self.app = Litestar(
            [create_identity_router(self.identity)],
            openapi_config=None,
            debug=False,
            logging_config=None,
        )
        self._runner = asyncio.Runner()

    def _on_added(self, new: Identity) -> None:
        if self.broken is not None:
            raise self.broken
        self.added.append(new)

    def close(self) -> None:
        self._runner.close()

    def send(self, request: httpx.Request, address: str) -> httpx.Response:
        """One request from the client address ``address``; redirects are not followed."""

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(address, 1), raise_app_exceptions=True)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.send(request)

        return self._runner.run(go())


@dataclass
class Form:
    """A form as it stands in a page."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """What a person finds in an answer's HTML."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.response = response
        self.form: Form | None = None
        self.links: dict[str, str] = {}
        self.text = ""
        self.alert = ""
        """The text of the error summary."""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._link: str | None = None
        self._in_alert = False
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        self.feed(response.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if attributes.get("role") == "alert":
            self._in_alert = True
        if tag == "form":
            assert attributes["method"] == "post"
            self.form = Form(attributes["action"] or "")
        elif tag == "input" and self.form is not None:
            self.form.fields[attributes["name"] or ""] = attributes.get("value") or ""
        elif tag == "a":
            self._link = attributes["href"]

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_alert:
            self.alert += data.strip()
        if self._link is not None and data.strip():
            self.links[data.strip()] = self._link

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = None
        elif tag == "div":
            self._in_alert = False


class Browser:
    """A browser with its cookies."""

    def __init__(self, provider: Provider, address: str = "192.0.2.1") -> None:
        self.provider = provider
        self.address = address
        self.cookies = httpx.Cookies()
        self.location = provider.settings.issuer

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """One request; cookies are kept, redirects are not followed."""
        url = urljoin(self.location, url)
        request = httpx.Request(method, url, cookies=self.cookies, **options)
        response = self.provider.send(request, self.address)
        response.request = request
        self.cookies.extract_cookies(response)
        return response

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)

    def page(self, url: str) -> Page:
        """The page at ``url``, after the redirects within the provider."""
        response = self.get(url)
        while response.is_redirect and urlsplit(response.headers["location"]).path.startswith("/oidc/"):
            response = self.get(response.headers["location"])
        return Page(response)

    def submit(self, page: Page, **values: str) -> httpx.Response:
        """Fills in the page's form and sends it."""
        assert page.form is not None
        fields = {**page.form.fields, **values}
        return self.request("POST", page.form.action, data=fields)

    def sign_in(
        self, url: str = "/oidc/sign-in", email: str = "ann@example.org", password: str = PASSWORD
    ) -> httpx.Response:
        """Opens ``url``, which shows the sign-in page, and signs in."""
        return self.submit(self.page(url), email=email, password=password)


class App:
    """The web app's side of OpenID Connect: what a client library does."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.redirect_uri = provider.settings.redirect_uris[0]

    def url(self, **changes: str | None) -> str:
        """An authorization request; ``None`` leaves a parameter out."""
        params: dict[str, str | None] = {
            "client_id": "videochat-web",
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": ALL_SCOPES,
            "state": "st4te",
            "nonce": "n0nce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return "/oidc/authorize?" + urlencode({k: v for k, v in params.items() if v is not None})

    def answer(self, response: httpx.Response) -> dict[str, str]:
        """The parameters with which the browser comes back to the app."""
        assert response.status_code in (302, 303), response.text
        location = response.headers["location"]
        assert location.startswith(f"{self.redirect_uri}?"), location
        return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True))

    def post(self, path: str, data: Mapping[str, str], **options: Any) -> httpx.Response:
        """A request of the app's script."""
        headers = {"Origin": self.provider.settings.web_origins[0], **options.pop("headers", {})}
        url = self.provider.settings.issuer + path
        return self.provider.send(
            httpx.Request("POST", url, data=data, headers=headers, **options), "192.0.2.1"
        )

    def redeem(self, code: str, **changes: str) -> httpx.Response:
        """Asks for tokens for a code."""
        data = {
            "grant_type": "authorization_code",
            "client_id": "videochat-web",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.post("/oidc/token", {k: v for k, v in data.items() if v != ""})

    def refresh(self, refresh_token: str, **changes: str) -> httpx.Response:
        """Asks for tokens for a refresh token."""
        data = {
            "grant_type": "refresh_token",
            "client_id": "videochat-web",
            "refresh_token": refresh_token,
            **changes,
        }
        return self.post("/oidc/token", data)

    def tokens(self, browser: Browser, **changes: str | None) -> dict[str, Any]:
        """Signs Ann in and fetches her tokens."""
        code = self.answer(browser.sign_in(self.url(**changes)))["code"]
        response = self.redeem(code)
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens

    def claims(self, token: str) -> dict[str, Any]:
        """The token's claims, verified with the published keys."""
        return self.decoded(token).claims

    def decoded(self, token: str) -> jwt.Token:
        """The token, verified with the published keys."""
        jwks = Browser(self.provider).get("/oidc/jwks").json()
        return jwt.decode(token, KeySet.import_key_set(jwks), algorithms=["RS256"])
