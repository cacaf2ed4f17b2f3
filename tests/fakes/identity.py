"""In-memory stand-ins for the identity provider's ports."""

import threading
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from joserfc.jwk import RSAKey
from msgspec.structs import replace
from tests.fakes.faults import Faults

from videochat.core.errors import EmailTaken
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
from videochat.identity.ports import Decide

QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2 with next to no work in it."""


class FakeIdentity:
    """What the three stores share: forgetting an account takes along what hangs on it, as in a database."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.invitations: dict[str, tuple[Invitation, str | None]] = {}
        """By fingerprint, with the account that used it."""
        self.sessions: dict[str, Session] = {}
        self.codes: dict[str, AuthorizationCode] = {}
        self.families: dict[str, TokenFamily] = {}
        self.tokens: dict[str, RefreshToken] = {}

    def forget(self, account_id: str) -> None:
        """Removes everything of the account."""
        self.accounts.pop(account_id, None)
        self.sessions = {k: v for k, v in self.sessions.items() if v.account_id != account_id}
        self.codes = {k: v for k, v in self.codes.items() if v.account_id != account_id}
        self.families = {k: v for k, v in self.families.items() if v.account_id != account_id}
        self.tokens = {k: v for k, v in self.tokens.items() if v.family_id in self.families}


class FakeAccounts(Faults):
    """An :class:`~videochat.identity.ports.AccountStore`."""

    def __init__(self, data: FakeIdentity | None = None) -> None:
        super().__init__()
        self.data = data or FakeIdentity()
        self._lock = self.data.lock

    def get(self, account_id: str) -> Account | None:
        self._enter("get")
        return self.data.accounts.get(account_id)

    def find(self, email: str) -> Account | None:
        self._enter("find")
        with self._lock:
            return next((a for a in self.data.accounts.values() if a.email == email), None)

    def list(self) -> list[Account]:
        self._enter("list")
        with self._lock:
            return sorted(self.data.accounts.values(), key=lambda account: account.email)

    def add(self, account: Account, invitation_hash: str | None, now: int) -> None:
        self._enter("add")
        with self._lock:
            if any(each.email == account.email for each in self.data.accounts.values()):
                raise EmailTaken
            if invitation_hash is not None:
                known = self.data.invitations.get(invitation_hash)
                if known is None or known[1] is not None or known[0].expires_at <= now:
                    raise InvitationUnusable
                self.data.invitations[invitation_hash] = (known[0], account.account_id)
            self.data.accounts[account.account_id] = account

    def undo_add(self, account_id: str) -> None:
        self._enter("undo_add")
        with self._lock:
            for key, (invitation, used_by) in self.data.invitations.items():
                if used_by == account_id:
                    self.data.invitations[key] = (invitation, None)
            self.data.forget(account_id)

    def set_password_hash(self, account_id: str, password_hash: str) -> None:
        self._enter("set_password_hash")
        with self._lock:
            if account_id in self.data.accounts:
                known = self.data.accounts[account_id]
                self.data.accounts[account_id] = replace(known, password_hash=password_hash)

    def start_removal(self, account_id: str) -> None:
        self._enter("start_removal")
        with self._lock:
            if account_id in self.data.accounts:
                self.data.accounts[account_id] = replace(self.data.accounts[account_id], removing=True)

    def remove(self, account_id: str) -> None:
        self._enter("remove")
        with self._lock:
            self.data.forget(account_id)

    def add_invitation(self, invitation: Invitation) -> None:
        self._enter("add_invitation")
        with self._lock:
            self.data.invitations[invitation.code_hash] = (invitation, None)


class FakeSessions(Faults):
    """A :class:`~videochat.identity.ports.SessionStore`."""

    def __init__(self, data: FakeIdentity) -> None:
        super().__init__()
        self.data = data
        self._lock = data.lock

    def add(self, session: Session) -> None:
        self._enter("add")
        with self._lock:
            self.data.sessions[session.session_hash] = session

    def get(self, session_hash: str, now: int) -> Session | None:
        self._enter("get")
        session = self.data.sessions.get(session_hash)
        return session if session and session.expires_at > now else None

    def end(self, session_hash: str, now: int) -> None:
        self._enter("end")
        with self._lock:
            self.data.sessions.pop(session_hash, None)
            self.data.codes = {k: v for k, v in self.data.codes.items() if v.session_hash != session_hash}
            for key, family in self.data.families.items():
                if family.session_hash == session_hash and family.revoked_at is None:
                    self.data.families[key] = replace(family, revoked_at=now)

    def end_all(self, account_id: str, now: int) -> None:
        self._enter("end_all")
        with self._lock:
            self.data.sessions = {k: v for k, v in self.data.sessions.items() if v.account_id != account_id}
            self.data.codes = {k: v for k, v in self.data.codes.items() if v.account_id != account_id}
            for key, family in self.data.families.items():
                if family.account_id == account_id and family.revoked_at is None:
                    self.data.families[key] = replace(family, revoked_at=now)


class FakeGrants(Faults):
    """A :class:`~videochat.identity.ports.GrantStore`."""

    def __init__(self, data: FakeIdentity) -> None:
        super().__init__()
        self.data = data
        self._lock = data.lock

    def add_code(self, code: AuthorizationCode) -> None:
        self._enter("add_code")
        with self._lock:
            self.data.codes[code.code_hash] = code

    def get_code(self, code_hash: str) -> AuthorizationCode | None:
        self._enter("get_code")
        return self.data.codes.get(code_hash)

    def redeem_code(
        self, code_hash: str, family: TokenFamily | None, token: RefreshToken | None, now: int
    ) -> bool:
        self._enter("redeem_code")
        with self._lock:
            code = self.data.codes.get(code_hash)
            if code is None or code.used_at is not None:
                return False
            self.data.codes[code_hash] = replace(code, used_at=now)
            if family is not None:
                self.data.families[family.family_id] = family
            if token is not None:
                self.data.tokens[token.token_hash] = token
            return True

    def get_token(self, token_hash: str) -> tuple[RefreshToken, TokenFamily] | None:
        self._enter("get_token")
        with self._lock:
            token = self.data.tokens.get(token_hash)
            return (token, self.data.families[token.family_id]) if token else None

    def rotate(self, token_hash: str, successor: RefreshToken, now: int) -> bool:
        self._enter("rotate")
        with self._lock:
            token = self.data.tokens.get(token_hash)
            if token is None or token.used_at is not None:
                return False
            if self.data.families[token.family_id].revoked_at is not None:
                return False
            self.data.tokens[token_hash] = replace(token, used_at=now)
            self.data.tokens[successor.token_hash] = successor
            return True

    def revoke_family(self, family_id: str, now: int) -> None:
        self._enter("revoke_family")
        with self._lock:
            family = self.data.families.get(family_id)
            if family is not None and family.revoked_at is None:
                self.data.families[family_id] = replace(family, revoked_at=now)

    def purge(self, now: int) -> None:
        self._enter("purge")
        day = 86_400_000
        with self._lock:
            data = self.data
            data.codes = {k: v for k, v in data.codes.items() if v.expires_at > now - day}
            data.tokens = {k: v for k, v in data.tokens.items() if v.expires_at > now}
            alive = {token.family_id for token in data.tokens.values()}
            data.families = {
                k: v for k, v in data.families.items() if v.expires_at > now and v.family_id in alive
            }
            data.tokens = {k: v for k, v in data.tokens.items() if v.family_id in data.families}
            data.sessions = {k: v for k, v in data.sessions.items() if v.expires_at > now}
            data.invitations = {k: v for k, v in data.invitations.items() if v[0].expires_at > now}


class FakeAttempts(Faults):
    """An :class:`~videochat.identity.ports.AttemptStore`."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: dict[str, AttemptLevel] = {}

    def change(self, keys: Sequence[str], decide: Decide) -> None:
        self._enter("change")
        with self._lock:
            after = decide({key: self.levels[key] for key in keys if key in self.levels})
            for key, level in after.items():
                if level is None:
                    self.levels.pop(key, None)
                else:
                    self.levels[key] = level


class FakeKeys(Faults):
    """:class:`~videochat.identity.ports.SigningKeys` that are the same in every test: making one takes a while."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = [rsa_key("first")]
        """The current one first; a test may add and remove."""

    def current(self) -> RSAKey:
        self._enter("current")
        return self.keys[0]

    def find(self, kid: str) -> RSAKey | None:
        self._enter("find")
        return next((key for key in self.keys if key.kid == kid), None)

    def published(self) -> Sequence[RSAKey]:
        self._enter("published")
        return list(self.keys)


@cache
def rsa_key(name: str) -> RSAKey:
    """A private key with the id ``name``."""
    return RSAKey.generate_key(2048, {"kid": name}, private=True)
