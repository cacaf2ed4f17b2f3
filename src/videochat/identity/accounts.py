"""Accounts: creating, checking, changing and removing them."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from videochat.core.emails import normalize_email
from videochat.core.errors import EmailTaken, Refusal
from videochat.core.models import Identity
from videochat.core.ports import Clock, Ids
from videochat.identity.attempts import AttemptLimiter
from videochat.identity.errors import (
    InvalidField,
    InvitationUnusable,
    SignUpClosed,
    UnknownAccount,
    WrongCredentials,
)
from videochat.identity.models import Account, Invitation
from videochat.identity.passwords import Passwords, check_password
from videochat.identity.ports import AccountStore, SessionStore
from videochat.identity.secrets import fingerprint, new_invitation_code
from videochat.identity.settings import ProviderSettings, SignUp

MAX_NAME_LENGTH: Final = 100
"""In code points."""

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
"""Control characters, and those that reverse the direction of what stands around them."""


class InvitationCode(Struct, frozen=True):
    """An invitation as its maker sees it, once."""

    code: str
    """Like ``ABCDE-FGHJK-LMNPQ-RSTUV``; case, blanks and dashes do not matter when it is typed."""
    url: str
    """The sign-up page with the code filled in."""
    expires_at: int


class Accounts:
    """Accounts, for the pages and for the operator.

    :param on_added: called with every new account; when it raises, the account is taken back.
    :param on_removed: called with an account that can do nothing any more and is about to be forgotten.
    """

    def __init__(
        self,
        settings: ProviderSettings,
        *,
        store: AccountStore,
        sessions: SessionStore,
        passwords: Passwords,
        attempts: AttemptLimiter,
        clock: Clock,
        ids: Ids,
        on_added: Callable[[Identity], None] | None = None,
        on_removed: Callable[[Identity], None] | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._attempts = attempts
        self._clock = clock
        self._ids = ids
        self._on_added = on_added
        self._on_removed = on_removed

    def list(self) -> list[Account]:
        """All accounts, sorted by address."""
        return self._store.list()

    def find(self, email: str) -> Account:
        """The account with this address.

        :raises UnknownAccount:
        :raises InvalidField: ``invalid_email``.
        """
        email = _email(email)
        account = self._store.find(email)
        if account is None:
            raise UnknownAccount(email)
        return account

    def add(self, email: str, name: str, password: str) -> Account:
        """Creates an account, by word of the operator.

        :raises InvalidField: ``invalid_email``, ``email_taken``, ``invalid_name`` or ``weak_password``.
        """
        return self._create(email, name, password, None)

    def sign_up(
        self, email: str, name: str, password: str, *, invitation: str | None, address: str
    ) -> Account:
        """Creates an account through the pages.

        :param invitation: as typed; looked at in the mode :attr:`SignUp.INVITATION` only.
        :param address: the client's.
        :raises SignUpClosed:
        :raises InvalidField: as :meth:`add`, and ``invalid_invitation``.
        :raises TooManyAttempts:
        """
        mode = self._settings.sign_up
        if mode is SignUp.CLOSED:
            raise SignUpClosed
        self._attempts.sign_up(address)
        code = None
        if mode is SignUp.INVITATION:
            code = _invitation_code(invitation or "")
        return self._create(email, name, password, code)

    def authenticate(self, email: str, password: str, *, address: str, device: str | None) -> Account:
        """The account whose address and password these are.

        :param address: the client's.
        :param device: see :meth:`AttemptLimiter.sign_in`.
        :raises WrongCredentials:
        :raises TooManyAttempts:
        """
        try:
            known_as: str | None = normalize_email(email)
        except Refusal:
            # No account can have it; it is treated like any other unknown address.
            known_as = None
        attempt = self._attempts.sign_in(known_as or email.strip().lower(), address, device)
        account = self._store.find(known_as) if known_as else None
        if account is not None and account.removing:
            account = None
        correct = self._passwords.verify(account.password_hash if account else None, password)
        if account is None or not correct:
            raise WrongCredentials
        self._attempts.succeeded(attempt)
        if self._passwords.is_outdated(account.password_hash):
            self._store.set_password_hash(account.account_id, self._passwords.hash(password))
        return account

    def set_password(self, email: str, password: str) -> None:
        """Changes the password and signs the account out everywhere.

        :raises UnknownAccount:
        :raises InvalidField: ``weak_password``.
        """
        account = self.find(email)
        check_password(password, account.email, account.name)
        self._store.set_password_hash(account.account_id, self._passwords.hash(password))
        self._sessions.end_all(account.account_id, self._clock.now())

    def remove(self, email: str) -> None:
        """Forgets the account. Its tokens are refused at once. Can be repeated when it was interrupted.

        :raises UnknownAccount:
        """
        account = self.find(email)
        self._store.start_removal(account.account_id)
        self._sessions.end_all(account.account_id, self._clock.now())
        if self._on_removed:
            self._on_removed(_identity(account))
        self._store.remove(account.account_id)

    def is_active(self, account_id: str) -> bool:
        """Whether the account exists and is not being removed."""
        account = self._store.get(account_id)
        return account is not None and not account.removing

    def invite(self) -> InvitationCode:
        """A new invitation: one-time, and good for :attr:`ProviderSettings.invitation_lifetime`."""
        now = self._clock.now()
        plain = new_invitation_code()
        expires_at = now + self._settings.invitation_lifetime * 1000
        self._store.add_invitation(Invitation(fingerprint(plain), now, expires_at))
        code = "-".join(plain[start : start + 5] for start in range(0, len(plain), 5))
        return InvitationCode(code, self._settings.url(f"/oidc/sign-up?invitation={code}"), expires_at)

    def _create(self, email: str, name: str, password: str, invitation: str | None) -> Account:
        email = _email(email)
        name = _name(name)
        check_password(password, email, name)
        if self._store.find(email) is not None:
            raise _email_taken()
        now = self._clock.now()
        account = Account(self._ids.new(), email, name, self._passwords.hash(password), now)
        try:
            self._store.add(account, fingerprint(invitation) if invitation else None, now)
        except EmailTaken:
            raise _email_taken() from None
        except InvitationUnusable:
            raise InvalidField(
                "invitation",
                "invalid_invitation",
                "That invitation code is wrong, has been used, or has expired. Ask for a new one.",
            ) from None
        if self._on_added:
            try:
                self._on_added(_identity(account))
            except BaseException:
                self._store.undo_add(account.account_id)
                raise
        return account


def _identity(account: Account) -> Identity:
    return Identity(account.account_id, account.email, account.name)


def _email(email: str) -> str:
    try:
        return normalize_email(email)
    except Refusal as refusal:
        raise InvalidField("email", refusal.code, "Enter an email address, like name@example.org.") from None


def _email_taken() -> InvalidField:
    return InvalidField(
        "email", "email_taken", "There is an account with this address already. Sign in instead."
    )


def _name(name: str) -> str:
    normalized = unicodedata.normalize("NFC", " ".join(name.split()))
    if not normalized:
        raise InvalidField("name", "invalid_name", "Enter your name, as others shall see it.")
    if len(normalized) > MAX_NAME_LENGTH:
        raise InvalidField("name", "invalid_name", f"Use at most {MAX_NAME_LENGTH} characters.")
    if _UNPRINTABLE.search(normalized):
        raise InvalidField("name", "invalid_name", "Use letters, digits and punctuation only.")
    return normalized


def _invitation_code(typed: str) -> str:
    code = re.sub(r"[\s-]", "", typed).upper()
    if not code:
        raise InvalidField(
            "invitation", "invalid_invitation", "Enter the invitation code that you were given."
        )
    return code
