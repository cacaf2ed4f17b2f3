"""The authorization server: Authlib's, which is independent of frameworks, on this provider's stores."""

import logging
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidGrantError

from videochat.core.ports import Clock, Ids
from videochat.identity.client import CodeGranted, OAuthRequest, OAuthResponse, PublicClient, TokenPresented
from videochat.identity.grants import (
    CodeGrant,
    CodeIdToken,
    RefreshedIdToken,
    RefreshGrant,
    Revocation,
    S256Challenge,
)
from videochat.identity.models import Account, AuthorizationCode, RefreshToken, TokenFamily
from videochat.identity.ports import AccountStore, GrantStore
from videochat.identity.secrets import Signer, fingerprint, new_secret
from videochat.identity.settings import ProviderSettings
from videochat.identity.tokens import TokenIssuer


# Authlib has no type information, so to mypy its classes are `Any`: hence `misc` on the subclass.
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
