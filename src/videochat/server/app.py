"""The ASGI application: REST, sign-in pages and web app, inside the middleware that all of them share."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from litestar import Litestar, MediaType, get
from litestar.datastructures import State
from litestar.response import Response
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from videochat.core.services import Core
from videochat.rest.requests import MAX_BODY_BYTES
from videochat.server.asgi import App, Receive, Scope, Send
from videochat.server.head import HeadAsGet
from videochat.server.headers import Headers
from videochat.server.hosts import OneHost
from videochat.server.logs import RequestLog
from videochat.server.problems import HANDLERS
from videochat.server.rest import create_api_router
from videochat.server.settings import CLIENT_ID, Settings
from videochat.server.static import WebApp

Hook = Callable[[], Any]


class OidcConfig(Struct, frozen=True, rename="camel"):
    """Where the web app signs people in."""

    authority: str
    client_id: str


class WebConfig(Struct, frozen=True, rename="camel"):
    """``/config.json``: tells the web app where everything is."""

    api_url: str
    ws_url: str
    oidc: OidcConfig


class Dispatcher:
    """Hands each request to who knows its path: Litestar for the first path segments it has routes under, else the web app.

    WebSocket connections never come here: the server gives them to a protocol class of ours before.
    """

    def __init__(self, litestar: Litestar, web: App) -> None:
        self._litestar = HeadAsGet(cast(App, litestar))
        self._web = web
        self._segments = {_first_segment(route.path) for route in litestar.routes} - {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        # The other type, lifespan, is the framework's as well.
        if scope["type"] != "http" or _first_segment(scope["path"]) in self._segments:
            await self._litestar(scope, receive, send)
        else:
            await self._web(scope, receive, send)


def create_app(
    settings: Settings,
    core: Core,
    web: WebApp,
    *,
    pages: Sequence[ControllerRouterHandler] = (),
    own_hosts: Sequence[str] = (),
    check: Callable[[], None] | None = None,
    on_startup: Sequence[Hook] = (),
    on_shutdown: Sequence[Hook] = (),
) -> App:
    """The whole application.

    :param settings: resolved (with a public URL).
    :param pages: the identity provider's route handlers.
    :param own_hosts: names and addresses under which this machine is reached, without ports.
    :param check: raises when the server cannot work; ``/healthz`` calls it.
    :param on_startup: called in order when the event loop runs; may be coroutine functions.
    """
    config = WebConfig(
        f"{settings.base_url}/api", settings.socket_url, OidcConfig(settings.base_url, CLIENT_ID)
    )

    @get(
        "/config.json",
        include_in_schema=False,
        sync_to_thread=False,
        response_headers={"Cache-Control": "no-cache"},
    )
    def web_config() -> WebConfig:
        return config

    @get(
        "/healthz",
        include_in_schema=False,
        sync_to_thread=True,
        media_type=MediaType.TEXT,
    )
    def health() -> Response[str]:
        if check is not None:
            check()
        return Response("ok\n", headers={"Cache-Control": "no-store"})

    litestar = Litestar(
        route_handlers=[create_api_router(), web_config, health, *pages],
        openapi_config=None,
        exception_handlers=HANDLERS,
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        state=State({"core": core}),
        on_startup=list(on_startup),
        on_shutdown=list(on_shutdown),
        debug=False,
    )
    dispatcher = Dispatcher(litestar, web)
    return RequestLog(Headers(OneHost(dispatcher, settings.base_url, own_hosts), settings))


def _first_segment(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else ""
