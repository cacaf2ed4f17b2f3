"""Brings a database to the current schema. The scripts under ``versions/`` travel in the wheel."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine, text

from videochat.adapters.sql.engine import transaction
from videochat.core.errors import Unavailable

_ADVISORY_LOCK = 0x56696443
"""Any number that nothing else locks in the same PostgreSQL database."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Runs the migrations that are missing, all in one transaction. Safe when several processes start at once: one does the work.

    :raises Unavailable: the database failed, or was written by a newer version of Video Chat.
    """
    with transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise Unavailable(f"cannot migrate the database: {error}") from error
