"""Contacts in SQL: one row per direction."""

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, insert, or_, select, update

from videochat.adapters.pairs import ids_of
from videochat.adapters.sql.engine import reading, transaction
from videochat.adapters.sql.schema import contacts
from videochat.adapters.sql.statements import to_struct, to_values
from videochat.core.errors import Conflict
from videochat.core.models import ContactPair, ContactRow


class SqlContacts:
    """A :class:`~videochat.core.ports.ContactStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list_of(self, user_id: str) -> list[ContactRow]:
        statement = (
            select(contacts)
            .where(contacts.c.user_id == user_id)
            .order_by(contacts.c.contact_email, contacts.c.contact_user_id)
        )
        with reading(self._engine) as connection:
            return [to_struct(row, ContactRow) for row in connection.execute(statement)]

    def get_pair(self, user_id: str, contact_user_id: str) -> ContactPair:
        with reading(self._engine) as connection:
            return _read_pair(connection, user_id, contact_user_id)

    def write_pair(self, before: ContactPair, after: ContactPair) -> None:
        user_id, contact_user_id = ids_of(before, after)
        # Serializable, because "there was no row" has no row to lock.
        with transaction(self._engine, serializable=True) as connection:
            if _read_pair(connection, user_id, contact_user_id) != before:
                raise Conflict("the rows have changed")
            _replace(connection, before.mine, after.mine)
            _replace(connection, before.theirs, after.theirs)


def _read_pair(connection: Connection, user_id: str, contact_user_id: str) -> ContactPair:
    """Both rows by one statement, so that they are of one moment at any isolation level."""
    statement = select(contacts).where(or_(_key(user_id, contact_user_id), _key(contact_user_id, user_id)))
    rows = {row.user_id: to_struct(row, ContactRow) for row in connection.execute(statement)}
    return ContactPair(rows.get(user_id), rows.get(contact_user_id))


def _replace(connection: Connection, before: ContactRow | None, after: ContactRow | None) -> None:
    if before == after:
        return
    if before is None:
        assert after is not None
        connection.execute(insert(contacts).values(to_values(after)))
    elif after is None:
        connection.execute(delete(contacts).where(_key(before.user_id, before.contact_user_id)))
    else:
        where = _key(before.user_id, before.contact_user_id)
        connection.execute(update(contacts).where(where).values(to_values(after)))


def _key(user_id: str, contact_user_id: str) -> ColumnElement[bool]:
    return and_(contacts.c.user_id == user_id, contacts.c.contact_user_id == contact_user_id)
