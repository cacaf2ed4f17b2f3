"""What Authlib handles: requests and answers, the client, and what a code or a refresh token stands for."""

from collections.abc import Mapping
from typing import Final

from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from msgspec import Struct

from videochat.identity.models import AuthorizationCode, RefreshToken, TokenFamily
from videochat.identity.settings import ProviderSettings

SCOPES: Final = ("openid", "profile", "email", "offline_access")


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
