"""The embedded provider's stores in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, delete, exists, or_, select, update

from videochat.adapters.sql.engine import reading, transaction
from videochat.adapters.sql.identity_schema import (
    accounts,
    attempts,
    codes,
    families,
    invitations,
    refresh_tokens,
    sessions,
)
from videochat.adapters.sql.statements import insert_into, to_struct, to_values
from videochat.core.errors import EmailTaken
from videochat.core.ports import Clock, Ids
from videochat.identity.errors import InvitationUnusable
from videochat.identity.models import (
    Account,
    AttemptLevel,
    AuthorizationCode,
    Invitation,
    RefreshToken,
    Session,
    TokenFamily,
)
from videochat.identity.ports import Decide, IdentityPorts, SigningKeys

_DAY = 86_400_000
"""Milliseconds."""

_NEVER = -1
"""When a row was updated that only stands there to be locked."""


def sql_identity_ports(engine: Engine, keys: SigningKeys, clock: Clock, ids: Ids) -> IdentityPorts:
    """The provider's ports, with every store in the database behind ``engine``."""
    return IdentityPorts(
        accounts=SqlAccounts(engine),
        sessions=SqlSessions(engine),
        grants=SqlGrants(engine),
        attempts=SqlAttempts(engine),
        keys=keys,
        clock=clock,
        ids=ids,
    )


class SqlAccounts:
    """An :class:`~videochat.identity.ports.AccountStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, account_id: str) -> Account | None:
        return self._one(select(accounts).where(accounts.c.account_id == account_id))

    def find(self, email: str) -> Account | None:
        return self._one(select(accounts).where(accounts.c.email == email))

    def list(self) -> list[Account]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.email))
            return [to_struct(row, Account) for row in rows]

    def add(self, account: Account, invitation_hash: str | None, now: int) -> None:
        with transaction(self._engine) as connection:
            statement = insert_into(connection, accounts).values(to_values(account))
            if connection.execute(statement.on_conflict_do_nothing()).rowcount == 0:
                raise EmailTaken
            if invitation_hash is not None:
                use = (
                    update(invitations)
                    .where(
                        invitations.c.code_hash == invitation_hash,
                        invitations.c.used_by.is_(None),
                        invitations.c.expires_at > now,
                    )
                    .values(used_by=account.account_id)
                )
                if connection.execute(use).rowcount == 0:
                    raise InvitationUnusable

    def undo_add(self, account_id: str) -> None:
        with transaction(self._engine) as connection:
            connection.execute(
                update(invitations).where(invitations.c.used_by == account_id).values(used_by=None)
            )
            connection.execute(delete(accounts).where(accounts.c.account_id == account_id))

    def set_password_hash(self, account_id: str, password_hash: str) -> None:
        self._change(account_id, password_hash=password_hash)

    def start_removal(self, account_id: str) -> None:
        self._change(account_id, removing=True)

    def remove(self, account_id: str) -> None:
        with transaction(self._engine) as connection:
            connection.execute(delete(accounts).where(accounts.c.account_id == account_id))

    def add_invitation(self, invitation: Invitation) -> None:
        with transaction(self._engine) as connection:
            connection.execute(insert_into(connection, invitations).values(to_values(invitation)))

    def _one(self, statement: Select[Any]) -> Account | None:
        with reading(self._engine) as connection:
            row = connection.execute(statement).one_or_none()
        return None if row is None else to_struct(row, Account)

    def _change(self, account_id: str, **values: object) -> None:
        with transaction(self._engine) as connection:
            connection.execute(update(accounts).where(accounts.c.account_id == account_id).values(**values))


class SqlSessions:
    """A :class:`~videochat.identity.ports.SessionStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, session: Session) -> None:
        with transaction(self._engine) as connection:
            connection.execute(insert_into(connection, sessions).values(to_values(session)))

    def get(self, session_hash: str, now: int) -> Session | None:
        statement = select(sessions).where(
            sessions.c.session_hash == session_hash, sessions.c.expires_at > now
        )
        with reading(self._engine) as connection:
            row = connection.execute(statement).one_or_none()
        return None if row is None else to_struct(row, Session)

    def end(self, session_hash: str, now: int) -> None:
        self._end("session_hash", session_hash, now)

    def end_all(self, account_id: str, now: int) -> None:
        self._end("account_id", account_id, now)

    def _end(self, column: str, value: str, now: int) -> None:
        with transaction(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c[column] == value))
            connection.execute(delete(codes).where(codes.c[column] == value))
            connection.execute(
                update(families)
                .where(families.c[column] == value, families.c.revoked_at.is_(None))
                .values(revoked_at=now)
            )


class SqlGrants:
    """A :class:`~videochat.identity.ports.GrantStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add_code(self, code: AuthorizationCode) -> None:
        with transaction(self._engine) as connection:
            connection.execute(insert_into(connection, codes).values(to_values(code)))

    def get_code(self, code_hash: str) -> AuthorizationCode | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(codes).where(codes.c.code_hash == code_hash)).one_or_none()
        return None if row is None else to_struct(row, AuthorizationCode)

    def redeem_code(
        self, code_hash: str, family: TokenFamily | None, token: RefreshToken | None, now: int
    ) -> bool:
        use = (
            update(codes).where(codes.c.code_hash == code_hash, codes.c.used_at.is_(None)).values(used_at=now)
        )
        with transaction(self._engine) as connection:
            if connection.execute(use).rowcount == 0:
                return False
            if family is not None:
                connection.execute(insert_into(connection, families).values(to_values(family)))
            if token is not None:
                connection.execute(insert_into(connection, refresh_tokens).values(to_values(token)))
        return True

    def get_token(self, token_hash: str) -> tuple[RefreshToken, TokenFamily] | None:
        token = select(refresh_tokens).where(refresh_tokens.c.token_hash == token_hash)
        with reading(self._engine) as connection:
            row = connection.execute(token).one_or_none()
            if row is None:
                return None
            family = select(families).where(families.c.family_id == row.family_id)
            return to_struct(row, RefreshToken), to_struct(connection.execute(family).one(), TokenFamily)

    def rotate(self, token_hash: str, successor: RefreshToken, now: int) -> bool:
        alive = exists().where(
            families.c.family_id == refresh_tokens.c.family_id, families.c.revoked_at.is_(None)
        )
        use = (
            update(refresh_tokens)
            .where(refresh_tokens.c.token_hash == token_hash, refresh_tokens.c.used_at.is_(None), alive)
            .values(used_at=now)
        )
        with transaction(self._engine) as connection:
            if connection.execute(use).rowcount == 0:
                return False
            connection.execute(insert_into(connection, refresh_tokens).values(to_values(successor)))
        return True

    def revoke_family(self, family_id: str, now: int) -> None:
        with transaction(self._engine) as connection:
            connection.execute(
                update(families)
                .where(families.c.family_id == family_id, families.c.revoked_at.is_(None))
                .values(revoked_at=now)
            )

    def purge(self, now: int) -> None:
        with transaction(self._engine) as connection:
            # A day longer than they work, so that a late reuse of a code is still noticed.
            connection.execute(delete(codes).where(codes.c.expires_at <= now - _DAY))
            connection.execute(delete(refresh_tokens).where(refresh_tokens.c.expires_at <= now))
            has_tokens = exists().where(refresh_tokens.c.family_id == families.c.family_id)
            connection.execute(delete(families).where(or_(families.c.expires_at <= now, ~has_tokens)))
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            connection.execute(delete(invitations).where(invitations.c.expires_at <= now))
            # By then every bucket has leaked empty.
            connection.execute(
                delete(attempts).where(
                    and_(attempts.c.updated_at <= now - _DAY, attempts.c.blocked_until <= now)
                )
            )


class SqlAttempts:
    """An :class:`~videochat.identity.ports.AttemptStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def change(self, keys: Sequence[str], decide: Decide) -> None:
        # Always in the same order, so that two changes do not lock each other out.
        keys = sorted(set(keys))
        with transaction(self._engine) as connection:
            known = _lock_levels(connection, keys)
            after = {**known, **decide(known)}
            for key in keys:
                level = after.get(key)
                row = attempts.c.key == key
                if level is None:
                    connection.execute(delete(attempts).where(row))
                elif level != known.get(key):
                    connection.execute(update(attempts).where(row).values(to_values(level)))


def _lock_levels(connection: Connection, keys: Sequence[str]) -> dict[str, AttemptLevel]:
    """The known levels among ``keys``. Makes rows for the others first: what is not there cannot be locked."""
    new = {**to_values(AttemptLevel(0, _NEVER)), "blocked_until": 0}
    statement = insert_into(connection, attempts).on_conflict_do_nothing()
    connection.execute(statement, [{"key": key, **new} for key in keys])
    rows = connection.execute(
        select(attempts).where(attempts.c.key.in_(keys)).order_by(attempts.c.key).with_for_update()
    )
    return {row.key: to_struct(row, AttemptLevel) for row in rows if row.updated_at != _NEVER}
