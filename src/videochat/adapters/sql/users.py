"""Users in SQL."""

from collections.abc import Collection, Mapping

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import IntegrityError

from videochat.adapters.sql.engine import reading, transaction
from videochat.adapters.sql.schema import users
from videochat.adapters.sql.statements import in_batches, insert_into, to_struct, to_values
from videochat.core.errors import EmailTaken
from videochat.core.models import User


class SqlUsers:
    """A :class:`~videochat.core.ports.UserStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, user_id: str) -> User | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(users).where(users.c.user_id == user_id)).one_or_none()
        return None if row is None else to_struct(row, User)

    def get_many(self, user_ids: Collection[str]) -> Mapping[str, User]:
        found: dict[str, User] = {}
        if not user_ids:
            return found
        with reading(self._engine) as connection:
            for batch in in_batches(user_ids):
                for row in connection.execute(select(users).where(users.c.user_id.in_(batch))):
                    found[row.user_id] = to_struct(row, User)
        return found

    def find_by_email(self, email: str) -> User | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(users).where(users.c.email == email)).one_or_none()
        return None if row is None else to_struct(row, User)

    def save(self, user: User) -> None:
        values = to_values(user)
        with transaction(self._engine) as connection:
            statement = insert_into(connection, users).values(values)
            try:
                connection.execute(
                    statement.on_conflict_do_update(index_elements=[users.c.user_id], set_=values)
                )
            except IntegrityError:
                # The id's conflict is resolved, so only the address is left.
                raise EmailTaken from None

    def remove(self, user_id: str) -> None:
        with transaction(self._engine) as connection:
            connection.execute(delete(users).where(users.c.user_id == user_id))
