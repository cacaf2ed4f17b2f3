"""Tables of the core's stores: users, contacts, calls, used tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def _text(length: int) -> sa.types.TypeEngine[str]:
    # A copy, not an import: a migration must not change when the models do.
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", _text(128), nullable=False),
        sa.Column("email", _text(320), nullable=False),
        sa.Column("name", _text(200), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "contacts",
        sa.Column("user_id", _text(128), nullable=False),
        sa.Column("contact_user_id", _text(128), nullable=False),
        sa.Column("contact_email", _text(320), nullable=False),
        sa.Column("contact_name", _text(200), nullable=False),
        sa.Column("relation", _text(16), nullable=False),
        sa.Column("blocked", sa.Boolean, nullable=False),
        sa.Column("blocked_by_contact", sa.Boolean, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "contact_user_id", name="pk_contacts"),
    )
    op.create_table(
        "calls",
        sa.Column("call_id", _text(64), nullable=False),
        sa.Column("caller_id", _text(128), nullable=False),
        sa.Column("caller_device", _text(128), nullable=False),
        sa.Column("callee_id", _text(128), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ring_until", sa.BigInteger, nullable=False),
        sa.Column("state", _text(16), nullable=False),
        sa.Column("video", sa.Boolean, nullable=False),
        sa.Column("callee_device", _text(128)),
        sa.Column("answered_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("reason", _text(16)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_calls"),
    )
    op.create_index("ix_calls_caller_id_started_at_call_id", "calls", ["caller_id", "started_at", "call_id"])
    op.create_index("ix_calls_callee_id_started_at_call_id", "calls", ["callee_id", "started_at", "call_id"])
    op.create_table(
        "call_claims",
        sa.Column("user_id", _text(128), nullable=False),
        sa.Column("call_id", _text(64), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_call_claims"),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.call_id"], name="fk_call_claims_call_id_calls", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_call_claims_call_id", "call_claims", ["call_id"])
    op.create_table(
        "used_tickets",
        sa.Column("ticket_id", _text(128), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_used_tickets"),
    )
    op.create_index("ix_used_tickets_expires_at", "used_tickets", ["expires_at"])
