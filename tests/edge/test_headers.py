"""CORS and security headers."""

from pathlib import Path

import httpx
import pytest
from tests.edge.site import BASE, Site, open_site

from videochat.server.settings import Settings


def settings(public_url: str = BASE, web_origin: str | None = None, https: bool = False) -> Settings:
    return Settings(data=Path("unused"), public_url=public_url, web_origin=web_origin, https=https)


def policy(answer: httpx.Response) -> dict[str, list[str]]:
    directives = [directive.split() for directive in answer.headers["content-security-policy"].split(";")]
    return {name: values for name, *values in directives}


class TestCors:
    @pytest.mark.parametrize("origin", [BASE, "https://evil.example", None])
    @pytest.mark.parametrize("path", ["/api/user", "/api/nothing", "/api/openapi.json"])
    def test_every_answer_names_the_configured_origin(
        self, site: Site, path: str, origin: str | None
    ) -> None:
        answer = site.request("GET", path, headers={"Origin": origin} if origin else {})
        assert answer.headers.get_list("access-control-allow-origin") == [BASE]
        assert "Origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers

    def test_origin_of_its_own(self) -> None:
        with open_site(settings(web_origin="https://app.example")) as site:
            answer = site.request("GET", "/api/user")
            assert answer.headers["access-control-allow-origin"] == "https://app.example"

    @pytest.mark.parametrize("path", ["/api/contacts", "/api/contacts/x", "/api/nothing"])
    def test_preflight(self, site: Site, path: str) -> None:
        headers = {
            "Origin": BASE,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        answer = site.request("OPTIONS", path, headers=headers)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == BASE
        assert {"GET", "POST", "PATCH", "DELETE"} <= set(
            answer.headers["access-control-allow-methods"].split(", ")
        )
        assert {"Authorization", "Content-Type"} <= set(
            answer.headers["access-control-allow-headers"].split(", ")
        )

    def test_plain_options_needs_no_token(self, site: Site) -> None:
        answer = site.request("OPTIONS", "/api/contacts")
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == BASE

    def test_pages_carry_none(self, site: Site) -> None:
        assert "access-control-allow-origin" not in site.request("GET", "/config.json").headers


class TestSecurity:
    @pytest.mark.parametrize("path", ["/", "/api/user", "/config.json", "/healthz", "/missing.js"])
    def test_everywhere(self, site: Site, path: str) -> None:
        headers = site.request("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
        for feature in ("camera", "microphone", "display-capture"):
            assert f"{feature}=(self)" in headers["permissions-policy"]

    def test_policy_of_pages(self, site: Site) -> None:
        directives = policy(site.request("GET", "/", headers={"Accept": "text/html"}))
        assert directives["default-src"] == ["'none'"]
        assert directives["script-src"] == ["'self'"]
        assert directives["connect-src"] == ["'self'", "ws://localhost:8000/ws"]
        assert directives["frame-ancestors"] == ["'none'"]

    def test_policy_of_the_api(self, site: Site) -> None:
        answer = site.request("GET", "/api/user")
        assert policy(answer) == {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}
        assert answer.headers["cache-control"] == "no-store"

    def test_secure_socket_behind_https(self) -> None:
        with open_site(settings("https://video.example")) as site:
            answer = site.request("GET", "/config.json", base="https://video.example")
            assert "wss://video.example/ws" in policy(answer)["connect-src"]
            assert answer.headers["strict-transport-security"] == "max-age=31536000"

    def test_no_strict_transport_with_a_certificate_of_our_own(self) -> None:
        with open_site(settings("https://192.0.2.7:8000", https=True)) as site:
            answer = site.request("GET", "/config.json", base="https://192.0.2.7:8000")
            assert "strict-transport-security" not in answer.headers


class TestConfig:
    def test_tells_where_everything_is(self, site: Site) -> None:
        answer = site.request("GET", "/config.json")
        assert answer.json() == {
            "apiUrl": "http://localhost:8000/api",
            "wsUrl": "ws://localhost:8000/ws",
            "oidc": {"authority": "http://localhost:8000", "clientId": "videochat-web"},
        }
        assert answer.headers["cache-control"] == "no-cache"

    def test_public_url_counts_not_the_host(self) -> None:
        with open_site(settings("https://video.example")) as site:
            config = site.request("GET", "/config.json", base="http://10.0.0.1:8000").json()
        assert config["wsUrl"] == "wss://video.example/ws"
        assert config["oidc"]["authority"] == "https://video.example"


class TestHealth:
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_well(self, site: Site, method: str) -> None:
        assert site.request(method, "/healthz").status_code == 200

    def test_broken(self, site: Site) -> None:
        from videochat.core.errors import Unavailable

        site.broken = Unavailable("database: locked")
        assert site.request("GET", "/healthz").status_code == 503
