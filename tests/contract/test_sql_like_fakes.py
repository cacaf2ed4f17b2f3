"""The SQL stores and the fakes answer alike, whatever is done in whatever order."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace
from tests.fakes import FakeCalls, FakeContacts, FakeTickets, FakeUsers

from videochat.adapters.local.contacts import CachedContacts
from videochat.adapters.sql.calls import SqlCalls
from videochat.adapters.sql.contacts import SqlContacts
from videochat.adapters.sql.engine import open_engine
from videochat.adapters.sql.migrations import upgrade
from videochat.adapters.sql.tickets import SqlTickets
from videochat.adapters.sql.users import SqlUsers
from videochat.core.errors import StoreError, UserBusy
from videochat.core.models import Call, CallState, ContactPair, ContactRow, EndReason, Relation, User

T = TypeVar("T")

SETTINGS = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    # Each example works on a file of its own, synced with every write.
    suppress_health_check=[HealthCheck.too_slow],
)

PEOPLE = st.sampled_from(["ann", "bob", "Bob", "eve-é"])
TIMES = st.integers(0, 6)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


@cache
def empty_database() -> bytes:
    """A migrated database file; every example starts from it."""
    with tempfile.TemporaryDirectory(prefix="videochat-test-") as folder:
        path = Path(folder) / "empty.db"
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine)
        # The last connection to close moves everything from the log into the file.
        engine.dispose()
        return path.read_bytes()


class Alike(RuleBasedStateMachine):
    """Base: does the same to two stores and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="videochat-test-"))
        (self.folder / "videochat.db").write_bytes(empty_database())
        self.engine = open_engine(f"sqlite:///{self.folder / 'videochat.db'}")

    def teardown(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def same(self, one: Callable[[], T], other: Callable[[], T]) -> T | None:
        """What both returned; ``None`` when both refused in the same way."""
        outcomes: list[object] = []
        results: list[T | None] = []
        for action in (one, other):
            try:
                results.append(action())
                outcomes.append(results[-1])
            except StoreError as error:
                outcomes.append((type(error), error.user_id if isinstance(error, UserBusy) else None))
                results.append(None)
        assert outcomes[0] == outcomes[1]
        return results[0]


class UsersAlike(Alike):
    def __init__(self) -> None:
        super().__init__()
        self.real, self.fake = SqlUsers(self.engine), FakeUsers()

    @rule(user_id=PEOPLE, email=st.sampled_from(["a@x", "b@x", "A@x"]), name=TEXTS, at=TIMES)
    def save(self, user_id: str, email: str, name: str, at: int) -> None:
        user = User(user_id, email, name, at)
        self.same(lambda: self.real.save(user), lambda: self.fake.save(user))

    @rule(user_id=PEOPLE)
    def remove(self, user_id: str) -> None:
        self.same(lambda: self.real.remove(user_id), lambda: self.fake.remove(user_id))

    @rule(email=st.sampled_from(["a@x", "b@x", "A@x", "%@x"]))
    def find(self, email: str) -> None:
        self.same(lambda: self.real.find_by_email(email), lambda: self.fake.find_by_email(email))

    @rule(user_ids=st.lists(PEOPLE, max_size=5))
    def get_many(self, user_ids: list[str]) -> None:
        self.same(lambda: dict(self.real.get_many(user_ids)), lambda: dict(self.fake.get_many(user_ids)))

    @invariant()
    def the_same_people(self) -> None:
        for user_id in ("ann", "bob", "Bob", "eve-é"):
            assert self.real.get(user_id) == self.fake.get(user_id)


@st.composite
def rows(draw: st.DrawFn, user_id: str, contact_user_id: str) -> ContactRow | None:
    if draw(st.booleans()):
        return None
    return ContactRow(
        user_id,
        contact_user_id,
        draw(st.sampled_from(["b@x", "a@x", "B@x", "é@x"])),
        draw(TEXTS),
        draw(st.sampled_from(Relation)),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(TIMES),
    )


class ContactsAlike(Alike):
    def __init__(self) -> None:
        super().__init__()
        self.real, self.fake = SqlContacts(self.engine), FakeContacts()
        self.cached = CachedContacts(self.real)

    @rule(data=st.data(), ids=st.lists(PEOPLE, min_size=2, max_size=2, unique=True), seen=st.booleans())
    def write(self, data: st.DataObject, ids: list[str], seen: bool) -> None:
        mine, theirs = ids
        drawn = st.builds(ContactPair, rows(mine, theirs), rows(theirs, mine))
        before = self.fake.get_pair(mine, theirs) if seen else data.draw(drawn)
        after = data.draw(drawn)
        if any((before.mine, before.theirs, after.mine, after.theirs)):
            self.same(
                lambda: self.cached.write_pair(before, after), lambda: self.fake.write_pair(before, after)
            )

    @rule(ids=st.lists(PEOPLE, min_size=2, max_size=2, unique=True))
    def read(self, ids: list[str]) -> None:
        self.same(lambda: self.real.get_pair(*ids), lambda: self.fake.get_pair(*ids))
        self.same(lambda: self.cached.get_pair(*ids), lambda: self.fake.get_pair(*ids))

    @invariant()
    def the_same_lists(self) -> None:
        for user_id in ("ann", "bob", "Bob", "eve-é"):
            assert self.real.list_of(user_id) == self.fake.list_of(user_id)


CALL_IDS = st.sampled_from([f"call-{n}" for n in range(8)])


class CallsAlike(Alike):
    def __init__(self) -> None:
        super().__init__()
        self.real, self.fake = SqlCalls(self.engine), FakeCalls()

    @rule(
        call_id=CALL_IDS,
        ids=st.lists(PEOPLE, min_size=2, max_size=2, unique=True),
        at=TIMES,
        state=st.sampled_from(CallState),
        video=st.booleans(),
    )
    def create(self, call_id: str, ids: list[str], at: int, state: CallState, video: bool) -> None:
        call = Call(call_id, ids[0], "d", ids[1], at, at + 60, state, video)
        self.same(lambda: self.real.create(call), lambda: self.fake.create(call))

    @rule(call_id=CALL_IDS, state=st.sampled_from(CallState), behind=st.sampled_from([0, 0, 0, 1]), at=TIMES)
    def update(self, call_id: str, state: CallState, behind: int, at: int) -> None:
        known = self.fake.get(call_id) or Call(call_id, "ann", "d", "bob", at, at)
        if known.state == CallState.ENDED and state != CallState.ENDED:
            return  # Ended is the end: nobody asks a store to bring a call back.
        reason = EndReason.HANGUP if state == CallState.ENDED else None
        call = replace(known, state=state, answered_at=at, reason=reason, version=known.version - behind)
        self.same(lambda: self.real.update(call), lambda: self.fake.update(call))

    @rule(user_id=PEOPLE)
    def remove(self, user_id: str) -> None:
        self.same(lambda: self.real.remove_all_of(user_id), lambda: self.fake.remove_all_of(user_id))

    @rule(user_id=PEOPLE, limit=st.integers(1, 4))
    def history(self, user_id: str, limit: int) -> None:
        real_after = fake_after = None
        while True:
            real = self.real.history(user_id, limit, real_after)
            fake = self.fake.history(user_id, limit, fake_after)
            assert real.calls == fake.calls
            assert (real.next is None) is (fake.next is None)
            real_after, fake_after = real.next, fake.next
            if real_after is None:
                break

    @invariant()
    def the_same_claims(self) -> None:
        for user_id in ("ann", "bob", "Bob", "eve-é"):
            assert self.real.unfinished_of(user_id) == self.fake.unfinished_of(user_id)


class TicketsAlike(Alike):
    def __init__(self) -> None:
        super().__init__()
        self.real, self.fake = SqlTickets(self.engine), FakeTickets()
        self.now = 0

    @rule(ticket_id=st.sampled_from(["t1", "t2", "T1"]), later=TIMES, passed=st.integers(0, 2))
    def redeem(self, ticket_id: str, later: int, passed: int) -> None:
        self.now += passed
        expires_at = self.now + later
        self.same(
            lambda: self.real.redeem(ticket_id, expires_at, self.now),
            lambda: self.fake.redeem(ticket_id, expires_at, self.now),
        )


TestUsers = UsersAlike.TestCase
TestContacts = ContactsAlike.TestCase
TestCalls = CallsAlike.TestCase
TestTickets = TicketsAlike.TestCase
for case in (TestUsers, TestContacts, TestCalls, TestTickets):
    case.settings = SETTINGS
