"""Who there is."""

from collections.abc import Collection

from videochat.core.contacts import Contacts
from videochat.core.emails import normalize_email
from videochat.core.errors import EmailTaken, Refusal
from videochat.core.models import Identity, User
from videochat.core.ports import CallStore, Clock, UserStore


class Users:
    """Users, created the first time they show a valid token."""

    def __init__(self, store: UserStore, calls: CallStore, contacts: Contacts, clock: Clock) -> None:
        self._store = store
        self._calls = calls
        self._contacts = contacts
        self._clock = clock

    def current(self, identity: Identity) -> User:
        """The user behind ``identity``, created or brought up to date.

        :raises Refusal: ``email_taken`` when another user has the address.
        """
        email = normalize_email(identity.email)
        name = identity.name.strip()[:100] or email.partition("@")[0]
        known = self._store.get(identity.user_id)
        if known is not None and (known.email, known.name) == (email, name):
            return known
        user = User(identity.user_id, email, name, known.created_at if known else self._clock.now())
        try:
            self._store.save(user)
        except EmailTaken:
            raise Refusal("email_taken", "Another account has this email address.", 409) from None
        if known is not None:
            self._contacts.refresh(user)
        return user

    def exists(self, user_id: str) -> bool:
        """Whether there is such a user, who has not been removed."""
        return self._store.get(user_id) is not None

    def existing(self, user_ids: Collection[str]) -> set[str]:
        """Those of ``user_ids`` who have not been removed."""
        return set(self._store.get_many(user_ids))

    def remove(self, user_id: str) -> None:
        """Forgets the user, their contacts on both sides, and their calls. Unknown ids are no error."""
        self._contacts.forget(user_id)
        self._calls.remove_all_of(user_id)
        self._store.remove(user_id)
