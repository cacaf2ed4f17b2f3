"""ID tokens and access tokens: JSON Web Tokens, signed with RS256 and nothing else.

Both kinds come from the same keys and differ in their ``typ`` header (RFC 9068, section 2.1) and their audience, so neither can
pass for the other.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, RSAKey

from videochat.core.errors import Unauthorized
from videochat.core.ports import Clock, Ids
from videochat.identity.models import Account
from videochat.identity.ports import SigningKeys
from videochat.identity.secrets import base64url
from videochat.identity.settings import ProviderSettings

ALGORITHM: Final = "RS256"
"""The one that OpenID Connect Core 1.0, section 15.1, obliges every provider to have, and Cognito's own."""

LEEWAY: Final = 30
"""Seconds that clocks may differ."""

MAX_TOKEN_LENGTH: Final = 8192
"""Characters. Ours have about 900; whatever is much longer is not ours and not worth parsing."""


class TokenKind(StrEnum):
    """The ``typ`` header."""

    ACCESS = "at+jwt"
    ID = "JWT"


class Claims(dict[str, Any]):
    """A verified token's claims."""

    @property
    def subject(self) -> str:
        """The account's id."""
        return str(self["sub"])

    @property
    def scopes(self) -> frozenset[str]:
        """What an access token may be used for."""
        return frozenset(str(self.get("scope", "")).split())


class TokenIssuer:
    """Signs tokens."""

    def __init__(self, settings: ProviderSettings, keys: SigningKeys, clock: Clock, ids: Ids) -> None:
        self._settings = settings
        self._keys = keys
        self._clock = clock
        self._ids = ids

    def access_token(self, account: Account, scope: str) -> str:
        """An access token for Video Chat's API (RFC 9068, section 2.2)."""
        return self._sign(
            TokenKind.ACCESS,
            account,
            self._settings.access_token_lifetime,
            {
                "aud": self._settings.audience,
                "client_id": self._settings.client_id,
                "jti": self._ids.new(),
                "scope": scope,
                # The API creates users from these, whatever scope the app asked for.
                "email": account.email,
                "email_verified": False,
                "name": account.name,
            },
        )

    def id_token(
        self,
        account: Account,
        scope: str,
        *,
        session_hash: str,
        authenticated_at: int,
        nonce: str | None,
        access_token: str,
    ) -> str:
        """An ID token for the app (OpenID Connect Core 1.0, section 2).

        :param session_hash: becomes ``sid``, so that the app's sign-out finds its session again.
        :param authenticated_at: milliseconds since the epoch.
        """
        claims: dict[str, object] = {
            "aud": self._settings.client_id,
            "auth_time": authenticated_at // 1000,
            "sid": session_hash,
            "at_hash": half_hash(access_token),
            **profile(account, frozenset(scope.split())),
        }
        if nonce:
            claims["nonce"] = nonce
        return self._sign(TokenKind.ID, account, self._settings.id_token_lifetime, claims)

    def _sign(self, kind: TokenKind, account: Account, lifetime: int, claims: Mapping[str, object]) -> str:
        now = self._clock.now() // 1000
        key = self._keys.current()
        return jwt.encode(
            {"alg": ALGORITHM, "kid": key.kid, "typ": kind.value},
            {
                "iss": self._settings.issuer,
                "sub": account.account_id,
                "iat": now,
                "exp": now + lifetime,
                **claims,
            },
            key,
            algorithms=[ALGORITHM],
        )


class TokenReader:
    """Verifies the tokens that :class:`TokenIssuer` signed."""

    def __init__(self, settings: ProviderSettings, keys: SigningKeys) -> None:
        self._settings = settings
        self._keys = keys

    def read(self, token: str, now: int, *kinds: TokenKind, expired: bool = False) -> Claims:
        """The claims of a token of one of ``kinds``.

        :param now: milliseconds since the epoch.
        :param expired: accept it also after its expiry, as a hint about the past.
        :raises Unauthorized: for everything else.
        """
        if len(token) > MAX_TOKEN_LENGTH:
            raise Unauthorized
        try:
            decoded = jwt.decode(token, self._key_of, algorithms=[ALGORITHM])
            kind = TokenKind(str(decoded.header.get("typ")))
            if kind not in kinds or not isinstance(decoded.claims, dict):
                raise Unauthorized
            seconds = now // 1000
            registry = jwt.JWTClaimsRegistry(
                now=min(seconds, _expiry(decoded.claims) - 1) if expired else seconds,
                leeway=LEEWAY,
                iss={"essential": True, "value": self._settings.issuer},
                sub={"essential": True},
                aud={"essential": True, "value": self._audience(kind)},
                exp={"essential": True},
                iat={"essential": True},
            )
            registry.validate(decoded.claims)
        except (
            JoseError,
            ValueError,
            TypeError,
            KeyError,
            UnicodeError,
            RecursionError,
            json.JSONDecodeError,
        ) as error:
            # The library parses what anybody sent, and not every malformed token ends in an error of its own.
            raise Unauthorized from error
        return Claims(decoded.claims)

    def _audience(self, kind: TokenKind) -> str:
        return self._settings.audience if kind is TokenKind.ACCESS else self._settings.client_id

    def _key_of(self, token: GuestProtocol) -> RSAKey:
        kid = token.headers().get("kid")
        key = self._keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise Unauthorized
        return key


def profile(account: Account, scopes: frozenset[str]) -> dict[str, object]:
    """The claims about a person that ``scopes`` open (OpenID Connect Core 1.0, section 5.4)."""
    claims: dict[str, object] = {}
    if "email" in scopes:
        # Nobody has sent a message to the address: it is a name, not a proof.
        claims |= {"email": account.email, "email_verified": False}
    if "profile" in scopes:
        claims["name"] = account.name
    return claims


def half_hash(token: str) -> str:
    """``at_hash``: the left half of the token's SHA-256 (OpenID Connect Core 1.0, section 3.1.3.6)."""
    return base64url(sha256(token.encode("ascii")).digest()[:16])


def _expiry(claims: Mapping[str, object]) -> int:
    expiry = claims.get("exp")
    if isinstance(expiry, bool) or not isinstance(expiry, int):
        raise Unauthorized
    return expiry
