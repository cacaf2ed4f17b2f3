"""What the provider remembers.

Times are milliseconds since the Unix epoch, UTC. Whatever is a secret in somebody's hands (session, code, token, invitation) is
stored as the base64url of its SHA-256 only, so that a copy of the database signs nobody in.
"""

from msgspec import Struct


class Account(Struct, frozen=True):
    """Somebody who can sign in."""

    account_id: str
    """Becomes ``sub``, and with that the core's user id."""
    email: str
    """Lower case."""
    name: str
    password_hash: str
    """Argon2id, in the PHC string format."""
    created_at: int
    removing: bool = False
    """Being removed: can do nothing any more, and keeps its address until everything else is gone."""


class Invitation(Struct, frozen=True):
    """Lets one person create an account."""

    code_hash: str
    created_at: int
    expires_at: int


class Session(Struct, frozen=True):
    """A browser that is signed in to the provider."""

    session_hash: str
    account_id: str
    authenticated_at: int
    """When the password was checked: ``auth_time``."""
    expires_at: int


class AuthorizationCode(Struct, frozen=True):
    """What an authorization code stands for (RFC 6749, section 4.1.2)."""

    code_hash: str
    family_id: str
    """Of the refresh tokens that it will lead to."""
    account_id: str
    session_hash: str
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    """The S256 challenge (RFC 7636, section 4.2)."""
    nonce: str | None
    authenticated_at: int
    expires_at: int
    used_at: int | None = None


class TokenFamily(Struct, frozen=True):
    """All refresh tokens that descend from one sign-in of one app."""

    family_id: str
    account_id: str
    session_hash: str
    client_id: str
    scope: str
    authenticated_at: int
    created_at: int
    expires_at: int
    """However often its tokens are rotated."""
    revoked_at: int | None = None


class RefreshToken(Struct, frozen=True):
    """One link of a family's chain."""

    token_hash: str
    family_id: str
    issued_at: int
    expires_at: int
    used_at: int | None = None


class AttemptLevel(Struct, frozen=True):
    """How full a bucket of attempts is (see :mod:`videochat.identity.attempts`)."""

    level: float
    updated_at: int
    blocked_until: int = 0
