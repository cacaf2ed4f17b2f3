"""The provider's own doors to the world. Synchronous, like the core's; adapters raise the core's ``StoreError`` tree."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from joserfc.jwk import RSAKey

from videochat.core.ports import Clock, Ids
from videochat.identity.models import (
    Account,
    AttemptLevel,
    AuthorizationCode,
    Invitation,
    RefreshToken,
    Session,
    TokenFamily,
)


class AccountStore(Protocol):
    """Accounts and invitations."""

    def get(self, account_id: str) -> Account | None: ...

    def find(self, email: str) -> Account | None:
        """By exact address, in lower case."""
        ...

    def list(self) -> list[Account]:
        """Everyone, sorted by address."""
        ...

    def add(self, account: Account, invitation_hash: str | None, now: int) -> None:
        """Stores a new account and uses up the invitation, both or neither.

        :raises EmailTaken: an account has the address.
        :raises InvitationUnusable: the invitation is unknown, used or expired.
        """
        ...

    def undo_add(self, account_id: str) -> None:
        """As if the account had never been added: it is gone, and the invitation it used is unused again."""
        ...

    def set_password_hash(self, account_id: str, password_hash: str) -> None: ...

    def start_removal(self, account_id: str) -> None:
        """Marks the account as :attr:`Account.removing`."""
        ...

    def remove(self, account_id: str) -> None:
        """Forgets the account and everything that hangs on it. Unknown ids are no error."""
        ...

    def add_invitation(self, invitation: Invitation) -> None: ...


class SessionStore(Protocol):
    """Browsers that are signed in."""

    def add(self, session: Session) -> None: ...

    def get(self, session_hash: str, now: int) -> Session | None:
        """``None`` when unknown or expired."""
        ...

    def end(self, session_hash: str, now: int) -> None:
        """Forgets the session and revokes the token families that began in it. Unknown ones are no error."""
        ...

    def end_all(self, account_id: str, now: int) -> None:
        """:meth:`end` for every session, code and family of the account."""
        ...


class GrantStore(Protocol):
    """Authorization codes and refresh tokens."""

    def add_code(self, code: AuthorizationCode) -> None: ...

    def get_code(self, code_hash: str) -> AuthorizationCode | None:
        """Used and expired ones too, as long as they are remembered."""
        ...

    def redeem_code(
        self, code_hash: str, family: TokenFamily | None, token: RefreshToken | None, now: int
    ) -> bool:
        """Uses the code up and stores the family with its first token, all or nothing.

        :return: ``True`` exactly once per code, also under concurrency; otherwise nothing was written.
        """
        ...

    def get_token(self, token_hash: str) -> tuple[RefreshToken, TokenFamily] | None:
        """Used, expired and revoked ones too, as long as they are remembered."""
        ...

    def rotate(self, token_hash: str, successor: RefreshToken, now: int) -> bool:
        """Marks the token as used and stores its successor, both or neither.

        :return: ``True`` exactly once per token, and never for a revoked family; otherwise nothing was written.
        """
        ...

    def revoke_family(self, family_id: str, now: int) -> None:
        """Makes all the family's tokens worthless. Unknown families are no error."""
        ...

    def purge(self, now: int) -> None:
        """Forgets codes, tokens, families, sessions, invitations and attempts that can have no further effect."""
        ...


Decide = Callable[[Mapping[str, AttemptLevel]], Mapping[str, AttemptLevel | None]]
"""From the levels that are known to those to write; ``None`` forgets one."""


class AttemptStore(Protocol):
    """Counts attempts, across restarts."""

    def change(self, keys: Sequence[str], decide: Decide) -> None:
        """Reads the levels of ``keys``, asks ``decide`` and writes its answer, in one transaction.

        What ``decide`` raises comes through, and then nothing was written.
        """
        ...


class SigningKeys(Protocol):
    """The provider's RSA keys."""

    def current(self) -> RSAKey:
        """The private key that signs now; has a ``kid``."""
        ...

    def find(self, kid: str) -> RSAKey | None:
        """The key with this id, if tokens it signed may still be valid."""
        ...

    def published(self) -> Sequence[RSAKey]:
        """All keys whose tokens may still be valid, the current one first."""
        ...


@dataclass(frozen=True)
class IdentityPorts:
    """The provider's doors to the world."""

    accounts: AccountStore
    sessions: SessionStore
    grants: GrantStore
    attempts: AttemptStore
    keys: SigningKeys
    clock: Clock
    ids: Ids
