"""What the provider is told once, at start."""

from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from videochat.core.errors import VideoChatError

DAY: Final = 86_400
"""Seconds."""


class SettingsError(VideoChatError):
    """The provider cannot work with these settings; the text says which and why."""


class SignUp(StrEnum):
    """Who may create an account through the pages."""

    OPEN = "open"
    CLOSED = "closed"
    """Only the operator makes accounts, on the command line."""
    INVITATION = "invitation"
    """Whoever has an unused invitation code."""


class ProviderSettings(Struct, frozen=True, kw_only=True):
    """The provider's settings. All lifetimes are in seconds."""

    issuer: str
    """The public URL, without a slash at its end; becomes the ``iss`` claim (OpenID Connect Discovery 1.0, section 3)."""
    redirect_uris: tuple[str, ...]
    """Compared character by character (RFC 9700, section 2.1). The first belongs to this server's own web app."""
    post_logout_redirect_uris: tuple[str, ...]
    """The first is where people go who come to the pages without an app to return to."""
    web_origins: tuple[str, ...]
    """Origins whose scripts may call the endpoints (CORS)."""
    client_id: str = "videochat-web"
    """The one public client."""
    audience: str = "videochat"
    """The ``aud`` of access tokens: Video Chat's own API."""
    sign_up: SignUp = SignUp.OPEN
    access_token_lifetime: int = 3600
    id_token_lifetime: int = 3600
    code_lifetime: int = 60
    """RFC 6749, section 4.1.2, allows 600 at most; a browser needs a second or two."""
    session_lifetime: int = 14 * DAY
    """How long the browser stays signed in to the provider itself."""
    refresh_idle_lifetime: int = 30 * DAY
    """A refresh token that nobody used for so long is dead."""
    refresh_absolute_lifetime: int = 180 * DAY
    """After this a person signs in again, however busy the app was."""
    refresh_grace: int = 60
    """For so long after its first use a refresh token may be presented again and yields the *same* successor: two tabs that
    refresh together, or an answer lost on the way. Later reuse is theft and revokes the family (RFC 9700, section 4.14.2)."""
    invitation_lifetime: int = 7 * DAY

    @classmethod
    def for_public_url(
        cls,
        public_url: str,
        *,
        sign_up: SignUp = SignUp.OPEN,
        web_origins: tuple[str, ...] = (),
        token_lifetime: int = 3600,
    ) -> "ProviderSettings":
        """The settings of a server at ``public_url`` that serves the web app itself.

        :param web_origins: further origins from which the same web app may be served (a development server, say); each gets
            its own ``/callback`` and ``/``.
        :param token_lifetime: of access and ID tokens, in seconds.
        :raises SettingsError:
        """
        base = public_url.rstrip("/")
        bases = (base, *(origin.rstrip("/") for origin in web_origins))
        return cls(
            issuer=base,
            redirect_uris=tuple(dict.fromkeys(f"{each}/callback" for each in bases)),
            post_logout_redirect_uris=tuple(dict.fromkeys(f"{each}/" for each in bases)),
            web_origins=tuple(dict.fromkeys(origin_of(each) for each in bases)),
            sign_up=sign_up,
            access_token_lifetime=token_lifetime,
            id_token_lifetime=token_lifetime,
        )

    def __post_init__(self) -> None:
        if self.issuer.endswith("/"):
            raise SettingsError("The issuer must not end with a slash.")
        for name, urls in (
            ("issuer", (self.issuer,)),
            ("redirect_uris", self.redirect_uris),
            ("post_logout_redirect_uris", self.post_logout_redirect_uris),
            ("web_origins", self.web_origins),
        ):
            if not urls:
                raise SettingsError(f"{name} must not be empty.")
            for url in urls:
                parts = urlsplit(url)
                if (
                    parts.scheme not in ("http", "https")
                    or not parts.hostname
                    or parts.query
                    or parts.fragment
                ):
                    raise SettingsError(
                        f"{name}: {url!r} is not an http or https URL without query and fragment."
                    )
        for name in (
            "access_token_lifetime",
            "id_token_lifetime",
            "code_lifetime",
            "session_lifetime",
            "refresh_idle_lifetime",
            "refresh_absolute_lifetime",
            "invitation_lifetime",
        ):
            if getattr(self, name) <= 0:
                raise SettingsError(f"{name} must be positive.")
        if self.access_token_lifetime > 3600 or self.id_token_lifetime > 3600:
            raise SettingsError("Access and ID tokens live for an hour at most: they cannot be revoked.")
        if self.code_lifetime > 600:
            raise SettingsError(
                "An authorization code lives for 10 minutes at most (RFC 6749, section 4.1.2)."
            )
        if not 0 <= self.refresh_grace <= 300:
            raise SettingsError("refresh_grace must lie between 0 and 300 seconds.")

    @property
    def secure(self) -> bool:
        """Whether people reach the pages by https, so that cookies are marked Secure."""
        return self.issuer.startswith("https://")

    def url(self, path: str) -> str:
        """The absolute URL of ``path``, which begins with a slash."""
        return self.issuer + path


def origin_of(url: str) -> str:
    """The origin (scheme, host, port) of an http or https URL, as browsers write it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
