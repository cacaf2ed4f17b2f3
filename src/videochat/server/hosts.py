"""One name for pages: a browser that comes by another of the machine's names is sent to the public URL.

Signing in needs exact redirect URIs, and what a browser stores belongs to one origin: ``127.0.0.1`` and ``localhost`` are two.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from videochat.server.asgi import App, Receive, Scope, Send
from videochat.server.headers import is_api
from videochat.server.static import is_navigation

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class OneHost:
    """ASGI middleware: redirects page navigations (never the API) from other own names to the public URL.

    Only while the public URL itself names this machine. Otherwise something stands in front, which may well ask us under a name of its
    own: redirecting that would go round in circles.
    """

    def __init__(self, app: App, base_url: str, own_hosts: Iterable[str]) -> None:
        self._app = app
        self._base_url = base_url
        self._public = urlsplit(base_url).hostname or ""
        own = LOOPBACK | {host.lower() for host in own_hosts}
        self._others = own - {self._public} if self._public in own else frozenset()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if (
            scope["type"] == "http"
            and is_navigation(scope)
            and not is_api(scope["path"])
            and _host(scope["headers"]) in self._others
        ):
            path = scope.get("raw_path") or scope["path"].encode()
            target = self._base_url.encode() + path.split(b"?", 1)[0]
            if scope["query_string"]:
                target += b"?" + scope["query_string"]
            headers = [(b"location", target), (b"content-length", b"0"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 307, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        await self._app(scope, receive, send)


def _host(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The host name in ``Host``, without the port and in lower case."""
    value = next((value for name, value in headers if name == b"host"), None)
    if value is None:
        return None
    try:
        return urlsplit(f"//{value.decode('latin-1')}").hostname
    except ValueError:
        return None
