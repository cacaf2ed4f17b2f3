"""Verifies the embedded provider's tokens, in the process that holds its keys."""

from collections.abc import Callable

from videochat.core.emails import normalize_email
from videochat.core.errors import Refusal, Unauthorized
from videochat.core.models import Identity
from videochat.identity.ports import SigningKeys
from videochat.identity.settings import ProviderSettings
from videochat.identity.tokens import TokenKind, TokenReader


class LocalTokens:
    """A :class:`videochat.core.ports.TokenVerifier` for access tokens and ID tokens alike: Cognito's authorizer takes ID tokens, and
    the same web app shall work with both.

    :param is_active: whether the account still exists; without this check a token would outlive it for up to an hour.
    """

    def __init__(
        self, settings: ProviderSettings, keys: SigningKeys, *, is_active: Callable[[str], bool]
    ) -> None:
        self._reader = TokenReader(settings, keys)
        self._is_active = is_active

    def verify(self, token: str, now: int) -> Identity:
        """
        :raises Unauthorized: for whatever is not a valid token of an existing account.
        """
        claims = self._reader.read(token, now, TokenKind.ACCESS, TokenKind.ID)
        email, name = claims.get("email"), claims.get("name")
        if not isinstance(email, str) or not isinstance(name, str):
            # An ID token for an app that did not ask for these scopes.
            raise Unauthorized
        try:
            email = normalize_email(email)
        except Refusal:
            raise Unauthorized from None
        if not self._is_active(claims.subject):
            raise Unauthorized
        return Identity(claims.subject, email, name)
