"""The pages that people see: sign in, sign up, sign out. Plain HTML forms that work without JavaScript."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from litestar import MediaType, Request, Response, Router, get, post
from litestar.exceptions import HTTPException

from videochat.core.errors import Refusal, StoreError
from videochat.identity import Account, IdentityProvider, SignUp
from videochat.identity.errors import InvalidField, SignUpClosed, TooManyAttempts
from videochat.identity.provider import ConfirmSignOut, Redirect, SignInNeeded
from videochat.identity.sessions import SignedIn
from videochat.server.identity.http import (
    MAX_BODY_BYTES,
    AnyRequest,
    Busy,
    Cookies,
    Pairs,
    PasswordQueue,
    client_address,
    form_pairs,
    in_thread,
    query_pairs,
    query_string,
)
from videochat.server.identity.render import STYLE, Renderer

_STALE_FORM: Final = "This page had been open for too long, or your browser blocks cookies. Please try again."

_log: Final = structlog.stdlib.get_logger("videochat.identity")


class Pages:
    """Renders the pages and answers their forms."""

    def __init__(self, identity: IdentityProvider, queue: PasswordQueue) -> None:
        self._identity = identity
        self._provider = identity.provider
        self._settings = identity.settings
        self._queue = queue
        self._cookies = Cookies(identity.settings, identity.signer)
        self._home = identity.settings.post_logout_redirect_uris[0]
        self._renderer = Renderer(identity.settings)

    # Authorization

    async def authorize(self, request: AnyRequest) -> Response[Any]:
        """The authorization endpoint: back to the app with a code or an error, or on to a page."""
        pairs = query_pairs(request)
        signed_in = await self._signed_in(request)
        outcome = await in_thread(self._provider.authorize, pairs, signed_in)
        if isinstance(outcome, Redirect):
            return self._renderer.redirect(outcome.location)
        page = "sign-up" if outcome.sign_up and self._settings.sign_up is not SignUp.CLOSED else "sign-in"
        return self._renderer.redirect(self._renderer.path(f"/oidc/{page}{query_string(pairs)}"))

    def repeat_as_get(self, path: str, pairs: Pairs) -> Response[Any]:
        """Sends the browser to ``path`` once more, with the form in the query."""
        return self._renderer.redirect(self._renderer.path(path + query_string(pairs)))

    # Sign in

    async def sign_in(self, request: AnyRequest) -> Response[Any]:
        """The sign-in page."""
        pairs = query_pairs(request)
        outcome = await self._check(pairs)
        if isinstance(outcome, Redirect):
            return self._renderer.redirect(outcome.location)
        return self._sign_in_page(request, pairs, email=outcome.login_hint)

    async def submit_sign_in(self, request: AnyRequest) -> Response[Any]:
        """The sign-in page's form."""
        pairs = query_pairs(request)
        fields = dict(await form_pairs(request))
        email, password = fields.get("email", ""), fields.get("password", "")
        if not self._cookies.is_own_form(request, fields.get("csrf")):
            return self._sign_in_page(request, pairs, email=email, status=403, error=_STALE_FORM)
        try:
            account = await self._queue.run(
                self._identity.accounts.authenticate,
                email,
                password,
                address=client_address(request),
                device=self._cookies.device(request, email.strip().lower()),
            )
        except Refusal as refusal:
            return self._sign_in_page(
                request,
                pairs,
                email=email,
                status=refusal.status,
                error=refusal.message,
                headers=_retry_after(refusal),
            )
        return await self._signed_in_now(request, pairs, account)

    # Sign up

    async def sign_up(self, request: AnyRequest) -> Response[Any]:
        """The sign-up page."""
        if self._settings.sign_up is SignUp.CLOSED:
            raise SignUpClosed
        pairs = query_pairs(request)
        outcome = await self._check(pairs)
        if isinstance(outcome, Redirect):
            return self._renderer.redirect(outcome.location)
        values = {"email": outcome.login_hint, "invitation": dict(pairs).get("invitation", "")}
        return self._sign_up_page(request, pairs, values)

    async def submit_sign_up(self, request: AnyRequest) -> Response[Any]:
        """The sign-up page's form."""
        pairs = query_pairs(request)
        fields = dict(await form_pairs(request))
        if not self._cookies.is_own_form(request, fields.get("csrf")):
            return self._sign_up_page(request, pairs, fields, status=403, error=_STALE_FORM)
        try:
            account = await self._queue.run(
                self._identity.accounts.sign_up,
                fields.get("email", ""),
                fields.get("name", ""),
                fields.get("password", ""),
                invitation=fields.get("invitation"),
                address=client_address(request),
            )
        except SignUpClosed:
            raise
        except Refusal as refusal:
            return self._sign_up_page(
                request,
                pairs,
                fields,
                status=refusal.status,
                error=refusal.message,
                field=refusal.field if isinstance(refusal, InvalidField) else None,
                headers=_retry_after(refusal),
            )
        return await self._signed_in_now(request, pairs, account)

    # Sign out

    async def logout(self, request: AnyRequest) -> Response[Any]:
        """The logout endpoint: signs out at once when the app proves who asks, else asks the person."""
        pairs = query_pairs(request)
        outcome = await in_thread(self._provider.logout, pairs, await self._signed_in(request))
        if isinstance(outcome, ConfirmSignOut):
            return self._sign_out_page(request, pairs, outcome.signed_in)
        return self._signed_out(outcome)

    async def submit_sign_out(self, request: AnyRequest) -> Response[Any]:
        """The sign-out page's form."""
        pairs = query_pairs(request)
        fields = dict(await form_pairs(request))
        signed_in = await self._signed_in(request)
        own = self._cookies.is_own_form(request, fields.get("csrf"))
        if signed_in and not own:
            return self._sign_out_page(request, pairs, signed_in, status=403, error=_STALE_FORM)
        outcome = await in_thread(self._provider.logout, pairs, signed_in, confirmed=own)
        if isinstance(outcome, ConfirmSignOut):
            return self._sign_out_page(request, pairs, outcome.signed_in)
        return self._signed_out(outcome)

    # Errors

    def on_refusal(self, refusal: Refusal) -> Response[Any]:
        """A request that is not granted, in words."""
        return self._renderer.message("That did not work", refusal.message, status=refusal.status)

    def on_store_error(self, error: StoreError) -> Response[Any]:
        """The database failed."""
        _log.error("store", error=type(error).__name__, exc_info=error)
        return self._renderer.message(
            "Try again shortly",
            "The server cannot do this at the moment.",
            status=503,
            headers={"Retry-After": "1"},
        )

    def on_http_exception(self, error: HTTPException) -> Response[Any]:
        """What does not fit, or comes at a bad time."""
        headers = {"Retry-After": "5"} if isinstance(error, Busy) else {}
        title = "Try again shortly" if isinstance(error, Busy) else "That did not work"
        text = error.detail if error.status_code < 500 or isinstance(error, Busy) else "Something went wrong."
        if error.status_code >= 500 and not isinstance(error, Busy):
            _log.error("crash", exc_info=error)
        return self._renderer.message(title, text, status=error.status_code, headers=headers)

    # Helpers

    async def _signed_in(self, request: AnyRequest) -> SignedIn | None:
        return await in_thread(self._identity.sessions.find, self._cookies.session(request))

    async def _check(self, pairs: Pairs) -> Redirect | SignInNeeded:
        """Looks at the app's request before anybody types a password for it. Without one, people go to the web app afterwards."""
        if not _has_client(pairs):
            return SignInNeeded(sign_up=False, login_hint="")
        return await in_thread(self._provider.authorize, pairs, None)

    async def _signed_in_now(self, request: AnyRequest, pairs: Pairs, account: Account) -> Response[Any]:
        secret, signed_in = await in_thread(
            self._identity.sessions.begin, account, self._cookies.session(request)
        )
        cookies = [
            self._cookies.set_session(secret),
            self._cookies.set_device(account.email),
            self._cookies.clear_form(),
        ]
        location = self._home
        if _has_client(pairs):
            outcome = await in_thread(self._provider.authorize, pairs, signed_in, just_now=True)
            if isinstance(outcome, Redirect):
                location = outcome.location
        return self._renderer.redirect(location, cookies)

    def _signed_out(self, outcome: object) -> Response[Any]:
        cookies = [self._cookies.clear_session(), self._cookies.clear_form()]
        if isinstance(outcome, Redirect):
            return self._renderer.redirect(outcome.location, cookies)
        return self._renderer.message(
            "You are signed out", "You can close this page.", status=200, cookies=cookies
        )

    def _sign_in_page(
        self,
        request: AnyRequest,
        pairs: Pairs,
        *,
        email: str,
        status: int = 200,
        error: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Response[Any]:
        return self._form("sign_in", request, pairs, status, headers, error=error, email=email)

    def _sign_up_page(
        self,
        request: AnyRequest,
        pairs: Pairs,
        values: Mapping[str, str],
        *,
        status: int = 200,
        error: str = "",
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[Any]:
        # The password does not travel back: a page in a cache or over a shoulder shall not hold it.
        kept = {name: values.get(name, "") for name in ("name", "email", "invitation")}
        return self._form("sign_up", request, pairs, status, headers, error=error, field=field, **kept)

    def _sign_out_page(
        self, request: AnyRequest, pairs: Pairs, signed_in: SignedIn, *, status: int = 200, error: str = ""
    ) -> Response[Any]:
        return self._form("sign_out", request, pairs, status, None, error=error, account=signed_in.account)

    def _form(
        self,
        template: str,
        request: AnyRequest,
        pairs: Pairs,
        status: int,
        headers: Mapping[str, str] | None,
        **values: object,
    ) -> Response[Any]:
        csrf, cookies = self._cookies.form(request)
        values |= {"csrf": csrf, "query": query_string(pairs)}
        return self._renderer.page(template, values, status, headers, cookies)


def create_pages(identity: IdentityProvider, queue: PasswordQueue) -> Router:
    """The pages as a router."""
    pages = Pages(identity, queue)

    @get("/oidc/authorize")
    async def authorize(request: AnyRequest) -> Response[Any]:
        return await pages.authorize(request)

    @post(["/oidc/authorize", "/oidc/logout"])
    async def repost(request: AnyRequest) -> Response[Any]:
        # Apps may send these by POST too (OpenID Connect Core 1.0, section 3.1.2.1). Across sites the cookies come with a GET only.
        return pages.repeat_as_get(request.scope["path"], await form_pairs(request))

    @get("/oidc/sign-in")
    async def sign_in(request: AnyRequest) -> Response[Any]:
        return await pages.sign_in(request)

    @post("/oidc/sign-in")
    async def submit_sign_in(request: AnyRequest) -> Response[Any]:
        return await pages.submit_sign_in(request)

    @get("/oidc/sign-up")
    async def sign_up(request: AnyRequest) -> Response[Any]:
        return await pages.sign_up(request)

    @post("/oidc/sign-up")
    async def submit_sign_up(request: AnyRequest) -> Response[Any]:
        return await pages.submit_sign_up(request)

    @get("/oidc/logout")
    async def logout(request: AnyRequest) -> Response[Any]:
        return await pages.logout(request)

    @post("/oidc/sign-out")
    async def submit_sign_out(request: AnyRequest) -> Response[Any]:
        return await pages.submit_sign_out(request)

    @get("/oidc/identity.css", sync_to_thread=False, media_type=MediaType.CSS)
    def style() -> Response[bytes]:
        return Response(
            STYLE,
            media_type=MediaType.CSS,
            headers={
                "Cache-Control": "public, max-age=31536000, immutable",
                "X-Content-Type-Options": "nosniff",
            },
        )

    # Functions, not bound methods: Litestar copies its routers deeply, and with a method it would copy the pages.

    def on_refusal(_: Request[Any, Any, Any], error: Refusal) -> Response[Any]:
        return pages.on_refusal(error)

    def on_store_error(_: Request[Any, Any, Any], error: StoreError) -> Response[Any]:
        return pages.on_store_error(error)

    def on_http_exception(_: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        return pages.on_http_exception(error)

    return Router(
        "/",
        route_handlers=[
            authorize,
            repost,
            sign_in,
            submit_sign_in,
            sign_up,
            submit_sign_up,
            logout,
            submit_sign_out,
            style,
        ],
        exception_handlers={
            Refusal: on_refusal,
            StoreError: on_store_error,
            HTTPException: on_http_exception,
        },
        include_in_schema=False,
        request_max_body_size=MAX_BODY_BYTES,
    )


def _has_client(pairs: Pairs) -> bool:
    return any(name == "client_id" for name, _ in pairs)


def _retry_after(refusal: Refusal) -> dict[str, str]:
    return {"Retry-After": str(refusal.retry_after)} if isinstance(refusal, TooManyAttempts) else {}
