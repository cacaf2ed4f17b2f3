"""The endpoints that programs call: discovery, keys, tokens, user info, revocation. They speak JSON, with CORS for the web app."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from litestar import MediaType, Request, Response, Router, get, post, route
from litestar.exceptions import HTTPException
from msgspec import json

from videochat.core.errors import StoreError
from videochat.identity import Provider, ProviderSettings
from videochat.identity.client import OAuthResponse
from videochat.server.identity.http import MAX_BODY_BYTES, AnyRequest, form_pairs, in_thread

_CACHED: Final = "public, max-age=300"
"""Five minutes: a key rotation is seen soon, and clients that meet an unknown key id look again anyway."""

_PATHS: Final = (
    "/.well-known/openid-configuration",
    "/oidc/jwks",
    "/oidc/token",
    "/oidc/userinfo",
    "/oidc/revoke",
)

_log: Final = structlog.stdlib.get_logger("videochat.identity")


def create_endpoints(provider: Provider) -> Router:
    """The endpoints as a router."""
    settings = provider.settings

    def answer(
        request: AnyRequest, status: int, body: object, headers: Mapping[str, str], cache: str = "no-store"
    ) -> Response[bytes]:
        return Response(
            json.encode(body),
            status_code=status,
            media_type=MediaType.JSON,
            headers={
                **{name: value for name, value in headers.items() if name.lower() != "content-type"},
                "Cache-Control": cache,
                **_cors(settings, request),
            },
        )

    def relay(request: AnyRequest, response: OAuthResponse) -> Response[bytes]:
        return answer(request, response.status, response.body, response.headers)

    @get("/.well-known/openid-configuration", sync_to_thread=False)
    def discovery(request: AnyRequest) -> Response[bytes]:
        return answer(request, 200, provider.discovery(), {}, _CACHED)

    @get("/oidc/jwks", sync_to_thread=True)
    def jwks(request: AnyRequest) -> Response[bytes]:
        return answer(request, 200, provider.jwks(), {}, _CACHED)

    @post("/oidc/token")
    async def token(request: AnyRequest) -> Response[bytes]:
        return relay(request, await in_thread(provider.token, await form_pairs(request)))

    @post("/oidc/revoke")
    async def revoke(request: AnyRequest) -> Response[bytes]:
        return relay(request, await in_thread(provider.revoke, await form_pairs(request)))

    @route("/oidc/userinfo", http_method=["GET", "POST"])
    async def userinfo(request: AnyRequest) -> Response[bytes]:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        bearer = credentials.strip() if scheme.lower() == "bearer" else ""
        return relay(request, await in_thread(provider.userinfo, bearer or None))

    @route(list(_PATHS), http_method=["OPTIONS"], sync_to_thread=False)
    def preflight(request: AnyRequest) -> Response[None]:
        headers = _cors(settings, request)
        if "Access-Control-Allow-Origin" in headers:
            headers |= {
                "Access-Control-Allow-Methods": "GET, POST",
                "Access-Control-Allow-Headers": "Authorization, Content-Type",
                "Access-Control-Max-Age": "7200",
            }
        return Response(None, status_code=204, headers=headers)

    def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        # RFC 6749, section 5.2, has one code for whatever is malformed.
        body = {"error": "invalid_request", "error_description": error.detail}
        return answer(request, error.status_code, body, {})

    def on_store_error(request: Request[Any, Any, Any], error: StoreError) -> Response[bytes]:
        _log.error("store", error=type(error).__name__, exc_info=error)
        return answer(request, 503, {"error": "temporarily_unavailable"}, {"Retry-After": "1"})

    return Router(
        "/",
        # The preflight comes first: to a path without OPTIONS, Litestar adds a handler of its own at once.
        route_handlers=[preflight, discovery, jwks, token, revoke, userinfo],
        exception_handlers={HTTPException: on_http_exception, StoreError: on_store_error},
        include_in_schema=False,
        request_max_body_size=MAX_BODY_BYTES,
    )


def _cors(settings: ProviderSettings, request: AnyRequest) -> dict[str, str]:
    origin = request.headers.get("Origin", "")
    headers = {"Vary": "Origin"}
    if origin in settings.web_origins:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
    return headers
