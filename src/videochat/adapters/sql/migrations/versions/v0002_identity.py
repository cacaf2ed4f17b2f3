"""Tables of the embedded identity provider: accounts, invitations, sessions, codes, refresh tokens, attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _text(length: int) -> sa.types.TypeEngine[str]:
    # A copy, not an import: a migration must not change when the models do.
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _account_reference(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("account_id", _text(128), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["identity_accounts.account_id"],
            name=f"fk_{table}_account_id_identity_accounts",
            ondelete="CASCADE",
        ),
    )


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def upgrade() -> None:
    op.create_table(
        "identity_accounts",
        sa.Column("account_id", _text(128), nullable=False),
        sa.Column("email", _text(320), nullable=False),
        sa.Column("name", _text(200), nullable=False),
        sa.Column("password_hash", _text(255), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("removing", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_identity_accounts"),
        sa.UniqueConstraint("email", name="uq_identity_accounts_email"),
    )
    op.create_table(
        "identity_invitations",
        sa.Column("code_hash", _text(43), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_by", _text(128)),
        sa.PrimaryKeyConstraint("code_hash", name="pk_identity_invitations"),
    )
    _index("identity_invitations", "used_by")
    op.create_table(
        "identity_sessions",
        sa.Column("session_hash", _text(43), nullable=False),
        *_account_reference("identity_sessions"),
        sa.Column("authenticated_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("session_hash", name="pk_identity_sessions"),
    )
    _index("identity_sessions", "account_id", "expires_at")
    op.create_table(
        "identity_codes",
        sa.Column("code_hash", _text(43), nullable=False),
        sa.Column("family_id", _text(128), nullable=False),
        *_account_reference("identity_codes"),
        sa.Column("session_hash", _text(43), nullable=False),
        sa.Column("client_id", _text(128), nullable=False),
        sa.Column("redirect_uri", _text(2048), nullable=False),
        sa.Column("scope", _text(255), nullable=False),
        sa.Column("code_challenge", _text(43), nullable=False),
        sa.Column("nonce", _text(512)),
        sa.Column("authenticated_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("code_hash", name="pk_identity_codes"),
    )
    _index("identity_codes", "account_id", "session_hash", "expires_at")
    op.create_table(
        "identity_token_families",
        sa.Column("family_id", _text(128), nullable=False),
        *_account_reference("identity_token_families"),
        sa.Column("session_hash", _text(43), nullable=False),
        sa.Column("client_id", _text(128), nullable=False),
        sa.Column("scope", _text(255), nullable=False),
        sa.Column("authenticated_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("family_id", name="pk_identity_token_families"),
    )
    _index("identity_token_families", "account_id", "session_hash", "expires_at")
    op.create_table(
        "identity_refresh_tokens",
        sa.Column("token_hash", _text(43), nullable=False),
        sa.Column("family_id", _text(128), nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("token_hash", name="pk_identity_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["family_id"],
            ["identity_token_families.family_id"],
            name="fk_identity_refresh_tokens_family_id_identity_token_families",
            ondelete="CASCADE",
        ),
    )
    _index("identity_refresh_tokens", "family_id", "expires_at")
    op.create_table(
        "identity_attempts",
        sa.Column("key", _text(43), nullable=False),
        sa.Column("level", sa.Float(53), nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("blocked_until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_identity_attempts"),
    )
    _index("identity_attempts", "updated_at")
