"""The tables, as SQLAlchemy sees them; the migrations make them. Every time is an integer, milliseconds since the epoch."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the database hangs on this, whatever module it stands in; constraints get names, so that migrations can alter them."""


def text(length: int) -> String:
    """Text that compares by code point everywhere, as SQLite and Python do, whatever the locale of a PostgreSQL database."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


users = Table(
    "users",
    metadata,
    Column("user_id", text(128), primary_key=True),
    Column("email", text(320), nullable=False, unique=True),
    Column("name", text(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("user_id", text(128), primary_key=True),
    Column("contact_user_id", text(128), primary_key=True),
    Column("contact_email", text(320), nullable=False),
    Column("contact_name", text(200), nullable=False),
    Column("relation", text(16), nullable=False),
    Column("blocked", Boolean, nullable=False),
    Column("blocked_by_contact", Boolean, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", text(64), primary_key=True),
    Column("caller_id", text(128), nullable=False),
    Column("caller_device", text(128), nullable=False),
    Column("callee_id", text(128), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ring_until", BigInteger, nullable=False),
    Column("state", text(16), nullable=False),
    Column("video", Boolean, nullable=False),
    Column("callee_device", text(128)),
    Column("answered_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("reason", text(16)),
    Column("version", Integer, nullable=False),
    Index(None, "caller_id", "started_at", "call_id"),
    Index(None, "callee_id", "started_at", "call_id"),
)

call_claims = Table(
    "call_claims",
    metadata,
    Column("user_id", text(128), primary_key=True),
    Column("call_id", text(64), ForeignKey("calls.call_id", ondelete="CASCADE"), nullable=False, index=True),
)
"""Who is in an unfinished call. The primary key is the rule: one per user."""

used_tickets = Table(
    "used_tickets",
    metadata,
    Column("ticket_id", text(128), primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
