"""An OpenID Connect client without a browser: signs people up through the provider's own pages and takes their tokens.

Knows of the provider what its discovery document says, and of its pages that they are HTML forms with the fields ``name``, ``email``
and ``password``. Authorization code with PKCE: RFC 6749, section 4.1, and RFC 7636.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx


class Page(HTMLParser):
    """The one form of a page, and its links."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        assert answer.status_code == 200, answer.text
        self.url = str(answer.url)
        self.action = ""
        self.fields: dict[str, str] = {}
        self.links: list[str] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = urljoin(self.url, attributes["action"])
        elif tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")
        elif tag == "a" and "href" in attributes:
            self.links.append(urljoin(self.url, attributes["href"]))

    def filled(self, **values: str) -> dict[str, str]:
        """The form's data with ``values`` in it."""
        assert values.keys() <= self.fields.keys(), f"{self.url} has the fields {sorted(self.fields)}"
        return {**self.fields, **values}


def sign_up(base_url: str, name: str, email: str, password: str) -> dict[str, Any]:
    """Makes an account; returns the answer of the token endpoint."""
    configuration = httpx.get(f"{base_url}/config.json").json()["oidc"]
    provider = httpx.get(f"{configuration['authority']}/.well-known/openid-configuration").json()
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    redirect_uri = f"{base_url}/callback"
    with httpx.Client(timeout=30) as client:
        page = Page(
            client.get(
                provider["authorization_endpoint"],
                params={
                    "response_type": "code",
                    "client_id": configuration["clientId"],
                    "redirect_uri": redirect_uri,
                    "scope": "openid profile email offline_access",
                    "state": state,
                    "code_challenge": urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
                    .rstrip(b"=")
                    .decode(),
                    "code_challenge_method": "S256",
                },
                follow_redirects=True,
            )
        )
        (link,) = (link for link in page.links if "sign-up" in link)
        form = Page(client.get(link))
        answer = client.post(form.action, data=form.filled(name=name, email=email, password=password))
        while answer.is_redirect and not answer.headers["location"].startswith(redirect_uri):
            answer = client.get(urljoin(str(answer.url), answer.headers["location"]))
        assert answer.is_redirect, answer.text
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        assert query["state"] == [state], query
        tokens = client.post(
            provider["token_endpoint"],
            data={
                "grant_type": "authorization_code",
                "code": query["code"][0],
                "redirect_uri": redirect_uri,
                "client_id": configuration["clientId"],
                "code_verifier": verifier,
            },
        )
    assert tokens.status_code == 200, tokens.text
    answered: dict[str, Any] = tokens.json()
    return answered
