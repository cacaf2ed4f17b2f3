"""The embedded provider's tables, on the same metadata as the others."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Table

from videochat.adapters.sql.schema import metadata, text

_HASH = 43
"""Characters of a SHA-256 in base64url."""


def _account_reference() -> Column[str]:
    """What hangs on an account goes with it."""
    account = ForeignKey("identity_accounts.account_id", ondelete="CASCADE")
    return Column("account_id", text(128), account, nullable=False, index=True)


accounts = Table(
    "identity_accounts",
    metadata,
    Column("account_id", text(128), primary_key=True),
    Column("email", text(320), nullable=False, unique=True),
    Column("name", text(200), nullable=False),
    Column("password_hash", text(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("removing", Boolean, nullable=False),
)

invitations = Table(
    "identity_invitations",
    metadata,
    Column("code_hash", text(_HASH), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_by", text(128), index=True),
)
"""``used_by`` is no foreign key: an invitation stays used when the account it made is gone."""

sessions = Table(
    "identity_sessions",
    metadata,
    Column("session_hash", text(_HASH), primary_key=True),
    _account_reference(),
    Column("authenticated_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

codes = Table(
    "identity_codes",
    metadata,
    Column("code_hash", text(_HASH), primary_key=True),
    Column("family_id", text(128), nullable=False),
    _account_reference(),
    Column("session_hash", text(_HASH), nullable=False, index=True),
    Column("client_id", text(128), nullable=False),
    Column("redirect_uri", text(2048), nullable=False),
    Column("scope", text(255), nullable=False),
    Column("code_challenge", text(_HASH), nullable=False),
    Column("nonce", text(512)),
    Column("authenticated_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("used_at", BigInteger),
)

families = Table(
    "identity_token_families",
    metadata,
    Column("family_id", text(128), primary_key=True),
    _account_reference(),
    Column("session_hash", text(_HASH), nullable=False, index=True),
    Column("client_id", text(128), nullable=False),
    Column("scope", text(255), nullable=False),
    Column("authenticated_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("revoked_at", BigInteger),
)

refresh_tokens = Table(
    "identity_refresh_tokens",
    metadata,
    Column("token_hash", text(_HASH), primary_key=True),
    Column(
        "family_id",
        text(128),
        ForeignKey("identity_token_families.family_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("issued_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("used_at", BigInteger),
)

attempts = Table(
    "identity_attempts",
    metadata,
    Column("key", text(_HASH), primary_key=True),
    Column("level", Float(53), nullable=False),
    Column("updated_at", BigInteger, nullable=False, index=True),
    Column("blocked_until", BigInteger, nullable=False),
)
