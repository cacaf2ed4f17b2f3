"""The OpenID provider, without HTTP: requests come in as parameters, and answers say what to do."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from msgspec import Struct

from videochat.core.emails import normalize_email
from videochat.core.errors import Unauthorized
from videochat.core.ports import Clock, Ids
from videochat.identity.client import SCOPES, OAuthRequest, OAuthResponse
from videochat.identity.errors import BadAuthorizationRequest, UnknownAccount
from videochat.identity.oauth import Server
from videochat.identity.ports import AccountStore, GrantStore, SessionStore, SigningKeys
from videochat.identity.secrets import Signer
from videochat.identity.sessions import SignedIn
from videochat.identity.settings import ProviderSettings
from videochat.identity.tokens import ALGORITHM, Claims, TokenIssuer, TokenKind, TokenReader, profile

Pairs = Iterable[tuple[str, str]]
"""Parameters in the order they came, from a query or a form."""

_PURGE_INTERVAL: Final = 3_600_000
"""Milliseconds."""

_UNSUPPORTED: Final = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}
"""Parameters that must be refused by name where they are not supported (OpenID Connect Core 1.0, section 3.1.2.6)."""


class Redirect(Struct, frozen=True):
    """Send the browser there. ``location`` is always a registered URI with parameters added."""

    location: str


class SignInNeeded(Struct, frozen=True):
    """Show the sign-in page, or the sign-up page."""

    sign_up: bool
    login_hint: str
    """The address to fill in, or nothing."""


class ConfirmSignOut(Struct, frozen=True):
    """Ask the person whether they want to sign out: the request does not prove that it comes from their app."""

    signed_in: SignedIn


class SignedOut(Struct, frozen=True):
    """Say that they are signed out; there is nowhere to go."""


class Provider:
    """The endpoints' logic. Synchronous; callers cross over into threads where they must."""

    def __init__(
        self,
        settings: ProviderSettings,
        *,
        accounts: AccountStore,
        sessions: SessionStore,
        grants: GrantStore,
        keys: SigningKeys,
        signer: Signer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self.settings = settings
        self._accounts = accounts
        self._sessions = sessions
        self._grants = grants
        self._keys = keys
        self._clock = clock
        self._issuer = TokenIssuer(settings, keys, clock, ids)
        self._reader = TokenReader(settings, keys)
        self._purged_at = 0
        self._server = Server(
            settings,
            grants=grants,
            accounts=accounts,
            issuer=self._issuer,
            signer=signer,
            clock=clock,
            ids=ids,
        )

    def discovery(self) -> dict[str, object]:
        """The provider's metadata (OpenID Connect Discovery 1.0, section 3)."""
        url = self.settings.url
        return {
            "issuer": self.settings.issuer,
            "authorization_endpoint": url("/oidc/authorize"),
            "token_endpoint": url("/oidc/token"),
            "userinfo_endpoint": url("/oidc/userinfo"),
            "jwks_uri": url("/oidc/jwks"),
            "revocation_endpoint": url("/oidc/revoke"),
            "end_session_endpoint": url("/oidc/logout"),
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid",
                "email", "email_verified", "name",
            ],
            "prompt_values_supported": ["none", "login", "consent", "select_account", "create"],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip

    def jwks(self) -> dict[str, object]:
        """The public keys (RFC 7517, section 5)."""
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": ALGORITHM}
                for key in self._keys.published()
            ]
        }

    def authorize(
        self, pairs: Pairs, signed_in: SignedIn | None, *, just_now: bool = False
    ) -> Redirect | SignInNeeded:
        """Answers an authorization request (RFC 6749, section 4.1.1; OpenID Connect Core 1.0, section 3.1.2).

        :param signed_in: the browser's session.
        :param just_now: the session began in answer to this very request, which settles `prompt` and `max_age`.
        :raises BadAuthorizationRequest: there is no client or no registered URI to answer to.
        """
        params = _once(pairs, BadAuthorizationRequest)
        client = self._server.query_client(params.get("client_id", ""))
        if client is None:
            raise BadAuthorizationRequest("The app that sent you here is not known.")
        redirect_uri = params.get("redirect_uri", "")
        if not client.check_redirect_uri(redirect_uri):
            raise BadAuthorizationRequest(
                "The app that sent you here gave an address that it has not registered."
            )
        if just_now:
            params = {name: value for name, value in params.items() if name not in ("prompt", "max_age")}
        request = OAuthRequest("GET", params)
        try:
            _check_supported(params)
            max_age = _max_age(params)
            if signed_in and max_age is not None and self._age(signed_in) > max_age * 1000:
                signed_in = None
            grant = self._server.get_consent_grant(request, signed_in)
        except OAuth2Error as error:
            error.redirect_uri = redirect_uri
            error.state = params.get("state")
            return self._redirect(self._server.handle_error_response(request, error))
        prompts = params.get("prompt", "").split()
        # First-party app: whoever signs in has consented, so `consent` asks nothing.
        if grant.prompt in ("login", "select_account") or "create" in prompts:
            return SignInNeeded("create" in prompts, params.get("login_hint", "")[:320])
        self._purge_if_due()
        return self._redirect(self._server.create_authorization_response(request, signed_in, grant))

    def token(self, pairs: Pairs) -> OAuthResponse:
        """Answers a token request: ``authorization_code`` or ``refresh_token`` (RFC 6749, sections 4.1.3 and 6)."""
        return self._post(pairs, self._server.create_token_response)

    def revoke(self, pairs: Pairs) -> OAuthResponse:
        """Revokes a refresh token with its family (RFC 7009). Unknown tokens count as revoked."""

        def respond(request: OAuthRequest) -> OAuthResponse:
            if self._is_access_token(request.form.get("token", "")):
                return OAuthResponse(
                    400,
                    {
                        "error": "unsupported_token_type",
                        "error_description": "Access tokens expire by themselves.",
                    },
                    {},
                )
            response: OAuthResponse = self._server.create_endpoint_response("revocation", request)
            return response

        return self._post(pairs, respond)

    def userinfo(self, token: str | None) -> OAuthResponse:
        """The claims about the access token's owner (OpenID Connect Core 1.0, section 5.3; errors as RFC 6750, section 3).

        :param token: the bearer token, ``None`` when there is none.
        """
        if token is None:
            return _bearer_error(401, None, "An access token is required.")
        try:
            claims = self._reader.read(token, self._clock.now(), TokenKind.ACCESS)
        except Unauthorized:
            return _bearer_error(401, "invalid_token", "The access token is invalid or has expired.")
        if "openid" not in claims.scopes:
            return _bearer_error(403, "insufficient_scope", "The access token lacks the scope openid.")
        account = self._accounts.get(claims.subject)
        if account is None or account.removing:
            return _bearer_error(401, "invalid_token", "The access token is invalid or has expired.")
        return OAuthResponse(200, {"sub": account.account_id, **profile(account, claims.scopes)}, {})

    def logout(
        self, pairs: Pairs, signed_in: SignedIn | None, *, confirmed: bool = False
    ) -> Redirect | ConfirmSignOut | SignedOut:
        """Answers a logout request (OpenID Connect RP-Initiated Logout 1.0, section 2).

        :param confirmed: the person has said that they want to.
        :raises BadAuthorizationRequest: a parameter is repeated.
        """
        params = _once(pairs, BadAuthorizationRequest)
        hint = self._hint(params.get("id_token_hint"))
        if signed_in and not confirmed and (hint is None or hint.subject != signed_in.account.account_id):
            return ConfirmSignOut(signed_in)
        now = self._clock.now()
        if signed_in:
            self._sessions.end(signed_in.session.session_hash, now)
        if hint and isinstance(sid := hint.get("sid"), str):
            # The app may have outlived the browser's session or belong to an earlier one.
            self._sessions.end(sid, now)
        uri = params.get("post_logout_redirect_uri")
        client_id = params.get("client_id", self.settings.client_id)
        if uri not in self.settings.post_logout_redirect_uris or client_id != self.settings.client_id:
            return SignedOut()
        state = params.get("state")
        return Redirect(f"{uri}?{urlencode({'state': state})}" if state else uri)

    def access_token_for(self, email: str) -> str:
        """An access token for scripts, by word of the operator.

        :raises UnknownAccount:
        :raises Refusal: ``invalid_email``.
        """
        email = normalize_email(email)
        account = self._accounts.find(email)
        if account is None or account.removing:
            raise UnknownAccount(email)
        return self._issuer.access_token(account, "openid profile email")

    def _post(self, pairs: Pairs, respond: Callable[[OAuthRequest], OAuthResponse]) -> OAuthResponse:
        try:
            params = _once(pairs, InvalidRequestError)
        except InvalidRequestError as error:
            return OAuthResponse(400, dict(error.get_body()), {})
        return respond(OAuthRequest("POST", params))

    def _redirect(self, response: OAuthResponse) -> Redirect:
        if response.location is None:
            raise TypeError("an authorization answer is a redirect")
        # The issuer tells an app with several providers who answered (RFC 9207, section 2).
        return Redirect(f"{response.location}&{urlencode({'iss': self.settings.issuer})}")

    def _age(self, signed_in: SignedIn) -> int:
        """Milliseconds since the password was checked."""
        return self._clock.now() - signed_in.session.authenticated_at

    def _hint(self, token: str | None) -> Claims | None:
        if not token:
            return None
        try:
            return self._reader.read(token, self._clock.now(), TokenKind.ID, expired=True)
        except Unauthorized:
            return None

    def _is_access_token(self, token: str) -> bool:
        try:
            self._reader.read(token, self._clock.now(), TokenKind.ACCESS)
        except Unauthorized:
            return False
        return True

    def _purge_if_due(self) -> None:
        now = self._clock.now()
        if now - self._purged_at >= _PURGE_INTERVAL:
            self._purged_at = now
            self._grants.purge(now)


def _once(pairs: Pairs, error: Callable[[str], Exception]) -> dict[str, str]:
    """The parameters by name; those without a value count as absent (RFC 6749, sections 3.1 and 3.2).

    :raises Exception: ``error``, when one is repeated.
    """
    params: dict[str, str] = {}
    for name, value in pairs:
        if name in params:
            raise error("A parameter is repeated.")
        params[name] = value
    return {name: value for name, value in params.items() if value}


def _check_supported(params: Mapping[str, str]) -> None:
    """
    :raises OAuth2Error: the request asks for what this provider does not do.
    """
    for name, code in _UNSUPPORTED.items():
        if name in params:
            raise OAuth2Error(error=code, description=f"The parameter '{name}' is not supported.")
    if "response_type" not in params:
        raise InvalidRequestError("Missing 'response_type'.")
    if params["response_type"] != "code":
        raise OAuth2Error(error="unsupported_response_type", description="The only 'response_type' is code.")
    if params.get("response_mode", "query") != "query":
        raise InvalidRequestError("The only 'response_mode' is query.")


def _max_age(params: Mapping[str, str]) -> int | None:
    """
    :raises OAuth2Error: it is no number of seconds.
    """
    value = params.get("max_age")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 10):
        raise InvalidRequestError("The 'max_age' must be a number of seconds.")
    return int(value)


def _bearer_error(status: int, code: str | None, description: str) -> OAuthResponse:
    challenge = 'Bearer realm="videochat"'
    if code is None:
        # A request without a token gets no error code (RFC 6750, section 3.1).
        return OAuthResponse(status, {"error": "invalid_request"}, {"WWW-Authenticate": challenge})
    header = f'{challenge}, error="{code}", error_description="{description}"'
    return OAuthResponse(
        status, {"error": code, "error_description": description}, {"WWW-Authenticate": header}
    )
