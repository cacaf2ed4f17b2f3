"""Headers that every answer carries: security policies, and CORS for the web app's origin."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from videochat.server.asgi import App, Message, Receive, Scope, Send
from videochat.server.settings import Settings

_ALLOWED_METHODS: Final = b"GET, HEAD, POST, PATCH, DELETE, OPTIONS"
_ALLOWED_HEADERS: Final = b"Authorization, Content-Type, X-Request-Id"
_EXPOSED_HEADERS: Final = b"Retry-After, WWW-Authenticate, X-Request-Id"
_PREFLIGHT_SECONDS: Final = b"7200"

_PERMISSIONS: Final = (
    b"camera=(self), microphone=(self), display-capture=(self), autoplay=(self), fullscreen=(self), picture-in-picture=(self), "
    b"screen-wake-lock=(self), geolocation=(), payment=(), usb=(), serial=(), midi=()"
)
_API_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"


class Headers:
    """ASGI middleware: adds security headers that are not set yet, and CORS headers to the REST API, errors included.

    The CORS headers name the one configured origin whatever the request's ``Origin`` is, as the cloud edition's gateway does: the
    browser compares.
    """

    def __init__(self, app: App, settings: Settings) -> None:
        self._app = app
        origin = settings.origin.encode()
        self._cors = [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED_HEADERS),
            (b"vary", b"Origin"),
        ]
        self._preflight = [
            (b"access-control-allow-methods", _ALLOWED_METHODS),
            (b"access-control-allow-headers", _ALLOWED_HEADERS),
            (b"access-control-max-age", _PREFLIGHT_SECONDS),
        ]
        self._security = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"permissions-policy", _PERMISSIONS),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]
        if _strict_transport(settings):
            self._security.append((b"strict-transport-security", b"max-age=31536000"))
        self._page_policy = page_policy(settings).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        api = is_api(scope["path"])
        if api and scope["method"] == "OPTIONS" and _has(scope["headers"], b"access-control-request-method"):
            headers = [*self._security, *self._cors, *self._preflight]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                present = {name.lower() for name, _ in headers}
                headers += [header for header in self._security if header[0] not in present]
                if b"content-security-policy" not in present:
                    headers.append((b"content-security-policy", _API_POLICY if api else self._page_policy))
                if api:
                    headers += self._cors
                    if b"cache-control" not in present:
                        headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_headers)


def is_api(path: str) -> bool:
    """Whether ``path`` belongs to the REST API."""
    return path == "/api" or path.startswith("/api/")


def page_policy(settings: Settings) -> str:
    """The Content-Security-Policy of the web app's pages: nothing but what comes from here.

    Media streams need no source of their own: they are attached as objects, not fetched.
    """
    connect = ["'self'", settings.socket_url]
    if settings.web_origin is not None and settings.web_origin != settings.base_url:
        connect.append(settings.base_url)
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob: data:",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            f"connect-src {' '.join(connect)}",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def _strict_transport(settings: Settings) -> bool:
    """HSTS (RFC 6797) only where https stays: not for the certificate that we make, which a browser trusts for one address at a time."""
    return urlsplit(settings.base_url).scheme == "https" and not settings.https


def _has(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bool:
    return any(key == name for key, _ in headers)
