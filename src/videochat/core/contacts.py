"""Who has whom as a contact: requests, accepting, blocking, removing.

What happens to a relation is decided by pure functions from a :class:`ContactPair` to the next one. They are applied with compare-and-set, so that
two people acting at once never leave the two rows in disagreement.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from videochat.core.calls import Calls
from videochat.core.delivery import Delivery
from videochat.core.emails import normalize_email
from videochat.core.errors import Conflict, Refusal
from videochat.core.models import ContactPair, ContactRow, Relation, User
from videochat.core.ports import Clock, ConnectionStore, ContactStore, UserStore
from videochat.core.presence import Presence
from videochat.core.reach import may_reach

MAX_CONTACTS: Final = 1000
_ATTEMPTS: Final = 8


class Contact(Struct, frozen=True, rename="camel"):
    """A contact as its owner sees it."""

    contact_id: str
    """The contact's user id."""
    email: str
    name: str
    state: str
    """``pending_sent``, ``pending_received``, ``accepted`` or ``blocked``."""
    online: bool
    """Only ever true for accepted contacts."""


class Contacts:
    """A user's contact list."""

    def __init__(
        self,
        store: ContactStore,
        users: UserStore,
        connections: ConnectionStore,
        presence: Presence,
        calls: Calls,
        delivery: Delivery,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._connections = connections
        self._presence = presence
        self._calls = calls
        self._delivery = delivery
        self._clock = clock

    def list_of(self, user_id: str) -> list[Contact]:
        """All contacts with their presence, sorted by email."""
        rows = self._store.list_of(user_id)
        online = self._presence.shown([row.contact_user_id for row in rows if may_reach(row)])
        return [_view(row, row.contact_user_id in online) for row in rows]

    def add(self, user_id: str, email: str) -> Contact:
        """Asks the user with this address to become a contact; if they asked already, both are contacts at once.

        :raises Refusal: ``invalid_email``, ``user_not_found``, ``cannot_add_self``, ``already_contact``, ``too_many_contacts``.
        """
        address = normalize_email(email)
        me = self._users.get(user_id)
        if me is None:
            raise Refusal("user_not_found", "Your own account is gone. Sign in again.", 404)
        if address == me.email:
            raise Refusal("cannot_add_self", "That is your own address.")
        other = self._users.find_by_email(address)
        if other is None:
            raise Refusal("user_not_found", "Nobody here has this email address.", 404)
        if other.user_id == user_id:
            raise Refusal("cannot_add_self", "That is your own address.")
        if len(self._store.list_of(user_id)) >= MAX_CONTACTS:
            raise Refusal("too_many_contacts", f"A contact list holds at most {MAX_CONTACTS}.", 409)
        after = self._apply(user_id, other.user_id, lambda pair: _asked(pair, me, other))
        return self._shown(after.mine)

    def change(self, user_id: str, contact_id: str, state: str) -> Contact:
        """``accepted`` accepts a request or lifts one's block; ``blocked`` blocks, and ends the call between the two.

        :raises Refusal: ``invalid_state``, ``contact_not_found``, ``no_request``, ``try_again``.
        """
        if state not in ("accepted", "blocked"):
            raise Refusal("invalid_state", "The state of a contact can be set to “accepted” or “blocked”.")
        before = self._store.get_pair(user_id, contact_id)
        after = self._apply(user_id, contact_id, _accepted if state == "accepted" else _blocked)
        if state == "accepted":
            if may_reach(after.theirs):
                self._presence.show(user_id, contact_id)
            return self._shown(after.mine)
        ended = self._calls.part(user_id, contact_id, accepted_too=True)
        if ended or may_reach(before.theirs):
            # Whoever declines or hangs up is not gone in the same moment.
            self._presence.hide(user_id, contact_id, later=ended)
        return self._shown(after.mine)

    def remove(self, user_id: str, contact_id: str) -> None:
        """Takes the contact off both lists, and ends a call that rings between the two. A block that the other side has set stays.

        :raises Refusal: ``contact_not_found``, ``try_again``.
        """
        self._apply(user_id, contact_id, _removed)
        self._calls.part(user_id, contact_id, accepted_too=False)

    def refresh(self, user: User) -> None:
        """Writes the name and address of ``user`` into the lists of others."""
        for row in self._store.list_of(user.user_id):
            try:
                self._apply(user.user_id, row.contact_user_id, lambda pair: _renamed(pair, user))
            except Refusal as refusal:
                if refusal.code != "contact_not_found":  # removed meanwhile: nothing left to write
                    raise

    def forget(self, user_id: str) -> None:
        """Takes ``user_id`` off everybody's list."""
        for row in self._store.list_of(user_id):
            self._apply(user_id, row.contact_user_id, lambda _: ContactPair(None, None))

    def _apply(
        self, user_id: str, contact_id: str, decide: Callable[[ContactPair], ContactPair]
    ) -> ContactPair:
        for _ in range(_ATTEMPTS):
            before = self._store.get_pair(user_id, contact_id)
            after = decide(before)
            if after == before:
                return after
            now = self._clock.now()
            after = ContactPair(_stamp(after.mine, now), _stamp(after.theirs, now))
            try:
                self._store.write_pair(before, after)
            except Conflict:
                continue
            self._tell_lists(user_id, contact_id, after)
            return after
        raise Refusal("try_again", "The contact is being changed by somebody else. Try again.", 503)

    def _tell_lists(self, user_id: str, contact_id: str, after: ContactPair) -> None:
        now = self._clock.now()
        told = self._connections.of_user(user_id, now)
        # Blocking is silent: whoever is blocked or has blocked is not told of what the other does.
        row = after.theirs
        if row is None or not (row.blocked or row.blocked_by_contact):
            told = told + self._connections.of_user(contact_id, now)
        self._delivery.send([connection.connection_id for connection in told], {"action": "contacts"})

    def _shown(self, row: ContactRow | None) -> Contact:
        if row is None:
            raise Refusal("contact_not_found", "There is no such contact.", 404)
        return _view(row, may_reach(row) and self._presence.is_shown(row.contact_user_id))


def _asked(pair: ContactPair, me: User, other: User) -> ContactPair:
    mine, theirs = pair.mine, pair.theirs
    if mine is not None:
        if mine.relation is not Relation.PENDING_RECEIVED or mine.blocked:
            raise Refusal("already_contact", "This person is on your list already.", 409)
        return _both_accepted(pair)
    blocked = theirs is not None and theirs.blocked
    return ContactPair(
        ContactRow(
            user_id=me.user_id,
            contact_user_id=other.user_id,
            contact_email=other.email,
            contact_name=other.name,
            relation=Relation.PENDING_SENT,
            blocked_by_contact=blocked,
        ),
        ContactRow(
            user_id=other.user_id,
            contact_user_id=me.user_id,
            contact_email=me.email,
            contact_name=me.name,
            relation=Relation.PENDING_RECEIVED,
            blocked=blocked,
        ),
    )


def _accepted(pair: ContactPair) -> ContactPair:
    mine = _existing(pair)
    if mine.relation is Relation.NONE or (mine.relation is Relation.PENDING_SENT and not mine.blocked):
        raise Refusal("no_request", "This person has not asked to be your contact.", 409)
    unblocked = ContactPair(
        replace(mine, blocked=False),
        replace(pair.theirs, blocked_by_contact=False) if pair.theirs else None,
    )
    return _both_accepted(unblocked) if mine.relation is Relation.PENDING_RECEIVED else unblocked


def _blocked(pair: ContactPair) -> ContactPair:
    mine = _existing(pair)
    return ContactPair(
        replace(mine, blocked=True),
        replace(pair.theirs, blocked_by_contact=True) if pair.theirs else None,
    )


def _removed(pair: ContactPair) -> ContactPair:
    _existing(pair)
    theirs = pair.theirs
    if theirs is not None and theirs.blocked:
        return ContactPair(None, replace(theirs, relation=Relation.NONE, blocked_by_contact=False))
    return ContactPair(None, None)


def _renamed(pair: ContactPair, user: User) -> ContactPair:
    mine = _existing(pair)
    if pair.theirs is None:
        return pair
    return ContactPair(mine, replace(pair.theirs, contact_email=user.email, contact_name=user.name))


def _both_accepted(pair: ContactPair) -> ContactPair:
    return ContactPair(
        replace(pair.mine, relation=Relation.ACCEPTED) if pair.mine else None,
        replace(pair.theirs, relation=Relation.ACCEPTED) if pair.theirs else None,
    )


def _existing(pair: ContactPair) -> ContactRow:
    if pair.mine is None:
        raise Refusal("contact_not_found", "There is no such contact.", 404)
    return pair.mine


def _stamp(row: ContactRow | None, now: int) -> ContactRow | None:
    return replace(row, updated_at=now) if row else None


def _view(row: ContactRow, online: bool) -> Contact:
    return Contact(
        contact_id=row.contact_user_id,
        email=row.contact_email,
        name=row.contact_name,
        state="blocked" if row.blocked else row.relation.value,
        online=online,
    )
