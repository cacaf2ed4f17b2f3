"""Browsers that are signed in to the provider, so that an app's next authorization request needs no password."""

from msgspec import Struct

from videochat.core.ports import Clock
from videochat.identity.models import Account, Session
from videochat.identity.ports import AccountStore, SessionStore
from videochat.identity.secrets import fingerprint, new_secret
from videochat.identity.settings import ProviderSettings


class SignedIn(Struct, frozen=True):
    """A live session with its account."""

    session: Session
    account: Account


class Sessions:
    """Begins, finds and ends sessions. The cookie's value is a secret; only its fingerprint is stored."""

    def __init__(
        self, store: SessionStore, accounts: AccountStore, clock: Clock, settings: ProviderSettings
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._settings = settings

    def begin(self, account: Account, replaces: str | None) -> tuple[str, SignedIn]:
        """A new session, with a value of its own that no earlier holder of the cookie knows.

        :param replaces: the cookie's value so far, whose session, if any, ends.
        :return: the cookie's new value and the session.
        """
        now = self._clock.now()
        if replaces:
            self._store.end(fingerprint(replaces), now)
        secret = new_secret()
        session = Session(
            fingerprint(secret), account.account_id, now, now + self._settings.session_lifetime * 1000
        )
        self._store.add(session)
        return secret, SignedIn(session, account)

    def find(self, secret: str | None) -> SignedIn | None:
        """The live session behind the cookie's value."""
        if not secret:
            return None
        session = self._store.get(fingerprint(secret), self._clock.now())
        if session is None:
            return None
        account = self._accounts.get(session.account_id)
        if account is None or account.removing:
            return None
        return SignedIn(session, account)

    def end(self, session: Session) -> None:
        """Signs the browser out, and with it the apps that were signed in through this session."""
        self._store.end(session.session_hash, self._clock.now())
