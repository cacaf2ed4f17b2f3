"""The grants: Authlib's framework-agnostic OAuth 2.0 server, with this provider's one public client and its stores.

Authlib decides what the RFCs decide; here stands what they leave to the server: what is stored, and that each code and each refresh
token works once.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, OpenIDToken
from msgspec import Struct

from videochat.core.ports import Clock, Ids
from videochat.identity.models import Account, AuthorizationCode, RefreshToken, TokenFamily
from videochat.identity.ports import AccountStore, GrantStore
from videochat.identity.secrets import Signer, fingerprint, new_secret
from videochat.identity.sessions import SignedIn
from videochat.identity.settings import ProviderSettings
from videochat.identity.tokens import TokenIssuer

SCOPES: Final = ("openid", "profile", "email", "offline_access")

MAX_NONCE_LENGTH: Final = 512
"""Characters; apps use about 32."""


class OAuthResponse(Struct):
    """What Authlib answers."""

    status: int
    body: dict[str, object]
    headers: dict[str, str]

    @property
    def location(self) -> str | None:
        """Where a redirect goes."""
        return self.headers.get("Location")


# Authlib has no type information, so to mypy its classes are `Any`: hence `misc` on each subclass.
class OAuthRequest(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib wants it.

    :param params: each parameter once, from the query (GET) or the form (POST).
    """

    def __init__(self, method: str, params: Mapping[str, str]) -> None:
        # Authlib refuses plain http from the URL it is given, which behind a proxy says nothing; whether people use https is
        # settled by the public URL when the server starts. The URL has no other use.
        super().__init__(method, "https://localhost/", headers={})
        self.payload = BasicOAuth2Payload(dict(params))

    @property
    def form(self) -> Mapping[str, str]:
        data: Mapping[str, str] = self.payload.data
        return data


class PublicClient(ClientMixin):  # type: ignore[misc]
    """The web app: an OAuth client without a secret (RFC 6749, section 2.1)."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.client_id = settings.client_id
        self._redirect_uris = settings.redirect_uris

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        # Unknown scopes are ignored (OpenID Connect Core 1.0, section 3.1.2.1); without `openid` it is not OpenID Connect.
        asked = (scope or "").split()
        if "openid" not in asked:
            return None
        return " ".join(known for known in SCOPES if known in asked)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self._redirect_uris

    def check_client_secret(self, _client_secret: str) -> bool:
        return False

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token")


class CodeGranted:
    """An authorization code, with the accessors that Authlib asks."""

    def __init__(self, code: AuthorizationCode) -> None:
        self.code = code
        self.code_challenge = code.code_challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        return self.code.redirect_uri

    def get_scope(self) -> str:
        return self.code.scope


class TokenPresented:
    """A refresh token that came in, with the accessors that Authlib asks."""

    def __init__(self, secret: str, token: RefreshToken, family: TokenFamily) -> None:
        self.secret = secret
        self.token = token
        self.family = family

    def check_client(self, client: PublicClient) -> bool:
        return self.family.client_id == client.client_id

    def get_scope(self) -> str:
        return self.family.scope


class Server(AuthorizationServer):  # type: ignore[misc]
    """The authorization server."""

    def __init__(
        self,
        settings: ProviderSettings,
        *,
        grants: GrantStore,
        accounts: AccountStore,
        issuer: TokenIssuer,
        signer: Signer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.grants = grants
        self.accounts = accounts
        self.issuer = issuer
        self.clock = clock
        self.ids = ids
        self._signer = signer
        self._client = PublicClient(settings)
        # Below INFO, Authlib logs whole token answers.
        logging.getLogger("authlib").setLevel(logging.INFO)
        self.register_grant(CodeGrant, [S256Challenge(required=True), CodeIdToken(issuer)])
        self.register_grant(RefreshGrant, [RefreshedIdToken(issuer)])
        self.register_endpoint(Revocation)

    # What Authlib leaves to the framework and the stores.

    def query_client(self, client_id: str) -> PublicClient | None:
        return self._client if client_id == self._client.client_id else None

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens to Authlib's signals here."""

    def create_oauth2_request(self, request: OAuthRequest) -> OAuthRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> OAuthResponse:
        return OAuthResponse(status, body or {}, dict(headers))

    def generate_token(
        self, *, user: Account, scope: str, include_refresh_token: bool = True, **_others: object
    ) -> dict[str, object]:
        """The token answer (RFC 6749, section 5.1)."""
        token: dict[str, object] = {
            "token_type": "Bearer",
            "access_token": self.issuer.access_token(user, scope),
            "expires_in": self.settings.access_token_lifetime,
            "scope": scope,
        }
        if include_refresh_token and "offline_access" in scope.split():
            token["refresh_token"] = new_secret()
        return token

    def save_token(self, token: dict[str, object], request: OAuthRequest) -> None:
        """Uses up what the tokens are given for; only then may they leave."""
        secret = token.get("refresh_token")
        refresh_token = secret if isinstance(secret, str) else None
        if isinstance(request.authorization_code, CodeGranted):
            self._redeem(request.authorization_code.code, refresh_token)
        elif isinstance(request.refresh_token, TokenPresented) and refresh_token:
            self._rotate(request.refresh_token, refresh_token)
        else:
            raise TypeError("tokens are given for a code or a refresh token")

    def successor_of(self, refresh_token: str) -> str:
        """The refresh token that follows: always the same, and only this server can tell it.

        So whoever repeats a request gets the same token again, and a family never splits into two chains that both live on.
        """
        return self._signer.code("refresh token", refresh_token)

    def _redeem(self, code: AuthorizationCode, refresh_token: str | None) -> None:
        now = self.clock.now()
        family = token = None
        if refresh_token:
            family = TokenFamily(
                code.family_id,
                code.account_id,
                code.session_hash,
                code.client_id,
                code.scope,
                code.authenticated_at,
                now,
                now + self.settings.refresh_absolute_lifetime * 1000,
            )
            token = self._refresh_token(refresh_token, family, now)
        if not self.grants.redeem_code(code.code_hash, family, token, now):
            # Two requests with one code: one of the two is not the app (RFC 6749, section 4.1.2).
            self.grants.revoke_family(code.family_id, now)
            raise InvalidGrantError("The code has been used.")

    def _rotate(self, presented: TokenPresented, successor: str) -> None:
        now = self.clock.now()
        token = self._refresh_token(successor, presented.family, now)
        if self.grants.rotate(presented.token.token_hash, token, now):
            return
        if self._is_honest_repetition(presented, token.token_hash, now):
            return
        self.grants.revoke_family(presented.family.family_id, now)
        raise InvalidGrantError("The refresh token has been used.")

    def _is_honest_repetition(self, presented: TokenPresented, successor_hash: str, now: int) -> bool:
        """Whether a used token comes again soon after its first use, and nobody has gone on from its successor yet."""
        used = self.grants.get_token(presented.token.token_hash)
        following = self.grants.get_token(successor_hash)
        if used is None or following is None:
            return False
        (token, family), (successor, _) = used, following
        return (
            family.revoked_at is None
            and token.used_at is not None
            and now - token.used_at <= self.settings.refresh_grace * 1000
            and successor.used_at is None
        )

    def _refresh_token(self, secret: str, family: TokenFamily, now: int) -> RefreshToken:
        expires_at = min(now + self.settings.refresh_idle_lifetime * 1000, family.expires_at)
        return RefreshToken(fingerprint(secret), family.family_id, now, expires_at)

    def account(self, account_id: str) -> Account:
        """:raises InvalidGrantError: there is no such account any more."""
        account = self.accounts.get(account_id)
        if account is None or account.removing:
            raise InvalidGrantError("The account is gone.")
        return account


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """The authorization code grant (RFC 6749, section 4.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS: Final = ["none"]

    server: Server

    def generate_authorization_code(self) -> str:
        return new_secret()

    def save_authorization_code(self, code: str, request: OAuthRequest) -> None:
        signed_in: SignedIn = request.user
        data = request.payload.data
        now = self.server.clock.now()
        self.server.grants.add_code(
            AuthorizationCode(
                code_hash=fingerprint(code),
                family_id=self.server.ids.new(),
                account_id=signed_in.account.account_id,
                session_hash=signed_in.session.session_hash,
                client_id=request.client.client_id,
                redirect_uri=data["redirect_uri"],
                scope=request.scope,
                code_challenge=data["code_challenge"],
                nonce=data.get("nonce"),
                authenticated_at=signed_in.session.authenticated_at,
                expires_at=now + self.server.settings.code_lifetime * 1000,
            )
        )

    def query_authorization_code(self, code: str, client: PublicClient) -> CodeGranted | None:
        stored = self.server.grants.get_code(fingerprint(code))
        if stored is None or stored.client_id != client.client_id:
            return None
        now = self.server.clock.now()
        if stored.used_at is not None:
            self.server.grants.revoke_family(stored.family_id, now)
            return None
        return CodeGranted(stored) if now < stored.expires_at else None

    def authenticate_user(self, granted: CodeGranted) -> Account:
        return self.server.account(granted.code.account_id)

    def delete_authorization_code(self, _granted: CodeGranted) -> None:
        """Used up by :meth:`Server.save_token`; kept until it would have expired, to notice when it comes again."""


class S256Challenge(CodeChallenge):  # type: ignore[misc]
    """Proof key for code exchange (RFC 7636), always and by S256 only: a plain challenge tells its verifier to whoever sees it."""

    SUPPORTED_CODE_CHALLENGE_METHOD: Final = ["S256"]

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str | None) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge"):
            raise InvalidRequestError("A 'code_challenge' is required.")
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The 'code_challenge_method' must be S256.")
        if len(data["code_challenge"]) != 43:
            raise InvalidRequestError("The 'code_challenge' must be the SHA-256 of the verifier.")
        super().validate_code_challenge(grant, redirect_uri)


class CodeIdToken(OpenIDCode):  # type: ignore[misc]
    """Adds the ID token to the answer for a code, and minds `prompt` and `nonce`."""

    def __init__(self, issuer: TokenIssuer) -> None:
        super().__init__(require_nonce=False)
        self._issuer = issuer

    def exists_nonce(self, nonce: str, _request: OAuthRequest) -> bool:
        # The app checks that its nonce comes back; whether an app uses one twice is its own affair.
        if len(nonce) > MAX_NONCE_LENGTH:
            raise InvalidRequestError("The 'nonce' is too long.")
        return False

    def encode_id_token(self, token: dict[str, str], request: OAuthRequest) -> str:
        code: AuthorizationCode = request.authorization_code.code
        return self._issuer.id_token(
            request.user,
            token["scope"],
            session_hash=code.session_hash,
            authenticated_at=code.authenticated_at,
            nonce=code.nonce,
            access_token=token["access_token"],
        )


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """The refresh token grant with rotation (RFC 6749, section 6; RFC 9700, section 4.14)."""

    TOKEN_ENDPOINT_AUTH_METHODS: Final = ["none"]
    INCLUDE_NEW_REFRESH_TOKEN: Final = False
    """:meth:`issue_token` adds it: it is no random one."""

    server: Server

    def authenticate_refresh_token(self, refresh_token: str) -> TokenPresented | None:
        known = self.server.grants.get_token(fingerprint(refresh_token))
        if known is None:
            return None
        token, family = known
        now = self.server.clock.now()
        if family.revoked_at is not None or now >= min(token.expires_at, family.expires_at):
            return None
        return TokenPresented(refresh_token, token, family)

    def authenticate_user(self, presented: TokenPresented) -> Account:
        return self.server.account(presented.family.account_id)

    def issue_token(self, user: Account, presented: TokenPresented) -> dict[str, object]:
        token: dict[str, object] = super().issue_token(user, presented)
        token["refresh_token"] = self.server.successor_of(presented.secret)
        return token

    def revoke_old_credential(self, _presented: TokenPresented) -> None:
        """Used up by :meth:`Server.save_token`."""


class RefreshedIdToken(OpenIDToken):  # type: ignore[misc]
    """Adds a new ID token to the answer for a refresh token (OpenID Connect Core 1.0, section 12.2)."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self._issuer = issuer

    def encode_id_token(self, token: dict[str, str], request: OAuthRequest) -> str:
        family: TokenFamily = request.refresh_token.family
        return self._issuer.id_token(
            request.user,
            token["scope"],
            session_hash=family.session_hash,
            authenticated_at=family.authenticated_at,
            nonce=None,
            access_token=token["access_token"],
        )


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """Token revocation (RFC 7009), for refresh tokens; access tokens end by themselves within the hour."""

    CLIENT_AUTH_METHODS: Final = ["none"]
    SUPPORTED_TOKEN_TYPES: Final = ("refresh_token", "access_token")

    server: Server

    def query_token(self, token: str, _hint: str | None) -> TokenPresented | None:
        known = self.server.grants.get_token(fingerprint(token))
        return TokenPresented(token, *known) if known else None

    def revoke_token(self, presented: TokenPresented, _request: OAuthRequest) -> None:
        self.server.grants.revoke_family(presented.family.family_id, self.server.clock.now())
