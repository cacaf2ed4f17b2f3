"""Verifies ID tokens of an Amazon Cognito user pool, as its documentation asks
(https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html).
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from videochat.adapters.aws_requests import AwsRequests
from videochat.adapters.cognito_claims import identity
from videochat.core.errors import Unauthorized, Unavailable
from videochat.core.models import Identity

REFRESH_MS: Final = 60_000
"""Unknown key ids make the key set be fetched again, but not more often than this: anybody can invent one."""
LEEWAY_MS: Final = 60_000
"""How far our clock and Cognito's may be apart: for ``iat`` and ``nbf`` alone, never for the expiry."""


class CognitoTokens:
    """Implements :class:`videochat.core.ports.TokenVerifier`.

    :param issuer: ``https://cognito-idp.<region>.amazonaws.com/<pool id>``.
    :param client_id: of the web app; tokens for others are refused.
    """

    def __init__(self, requests: AwsRequests, issuer: str, client_id: str) -> None:
        self._requests = requests
        self._issuer = issuer
        self._client_id = client_id
        self._keys: KeySet | None = None
        self._fetched_at = 0

    def verify(self, token: str, now: int) -> Identity:
        """See the port.

        :raises Unavailable: the key set cannot be fetched.
        """
        try:
            keys = self._key_set(_key_id(token), now)
            claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError, TypeError, KeyError, msgspec.DecodeError):
            raise Unauthorized from None
        if claims.get("iss") != self._issuer or not _in_time(claims, now):
            raise Unauthorized
        return identity(claims, self._client_id)

    def _key_set(self, key_id: str, now: int) -> KeySet:
        keys = self._keys
        known = keys is not None and any(key.kid == key_id for key in keys)
        if keys is None or (not known and now - self._fetched_at >= REFRESH_MS):
            self._fetched_at = now
            keys = self._keys = self._fetch()
        return keys

    def _fetch(self) -> KeySet:
        answer = self._requests.get(f"{self._issuer}/.well-known/jwks.json")
        if answer.status != 200:
            raise Unavailable(f"Cognito: key set, {answer.error}")
        return KeySet.import_key_set(msgspec.json.decode(answer.body))


def _in_time(claims: Mapping[str, Any], now: int) -> bool:
    expires, issued, not_before = (claims.get(name) for name in ("exp", "iat", "nbf"))
    if not isinstance(expires, int) or now >= expires * 1000:
        return False
    starts = [time for time in (issued, not_before) if time is not None]
    return all(isinstance(time, int) and time * 1000 <= now + LEEWAY_MS for time in starts)


def _key_id(token: str) -> str:
    header = token.partition(".")[0]
    decoded = msgspec.json.decode(urlsafe_b64decode(header + "=" * (-len(header) % 4)), type=dict[str, Any])
    return str(decoded["kid"])
