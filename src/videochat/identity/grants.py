"""The grants of Authlib, with what the RFCs leave to the server: where things are stored and how they look.

Each code and each refresh token works once; that is the business of :class:`videochat.identity.oauth.Server`, which uses them up at
the moment when it saves the new tokens.
"""

from typing import TYPE_CHECKING, Final

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, OpenIDToken

from videochat.identity.client import CodeGranted, OAuthRequest, PublicClient, TokenPresented
from videochat.identity.models import Account, AuthorizationCode, TokenFamily
from videochat.identity.secrets import fingerprint, new_secret
from videochat.identity.sessions import SignedIn
from videochat.identity.tokens import TokenIssuer

if TYPE_CHECKING:
    from videochat.identity.oauth import Server

MAX_NONCE_LENGTH: Final = 512
"""Characters; apps use about 32."""


# Authlib has no type information, so to mypy its classes are `Any`: hence `misc` on each subclass.
class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """The authorization code grant (RFC 6749, section 4.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS: Final = ["none"]

    server: "Server"

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

    server: "Server"

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

    server: "Server"

    def query_token(self, token: str, _hint: str | None) -> TokenPresented | None:
        known = self.server.grants.get_token(fingerprint(token))
        return TokenPresented(token, *known) if known else None

    def revoke_token(self, presented: TokenPresented, _request: OAuthRequest) -> None:
        self.server.grants.revoke_family(presented.family.family_id, self.server.clock.now())
