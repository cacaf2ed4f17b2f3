"""Used one-time tickets in SQL."""

from sqlalchemy import Engine, delete

from videochat.adapters.sql.engine import transaction
from videochat.adapters.sql.schema import used_tickets
from videochat.adapters.sql.statements import insert_into


class SqlTickets:
    """A :class:`~videochat.core.ports.TicketStore`. Each use clears away what has expired, so nothing needs to sweep."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def redeem(self, ticket_id: str, expires_at: int, now: int) -> bool:
        with transaction(self._engine) as connection:
            connection.execute(delete(used_tickets).where(used_tickets.c.expires_at < now))
            statement = insert_into(connection, used_tickets).values(
                ticket_id=ticket_id, expires_at=expires_at
            )
            return connection.execute(statement.on_conflict_do_nothing()).rowcount == 1
