"""What the cache in front of a contact store does beyond the store's contract."""

import pytest
from tests.fakes import FakeContacts

from videochat.adapters.local.contacts import CachedContacts
from videochat.core.errors import Conflict, Unavailable
from videochat.core.models import ContactPair, ContactRow, Relation

NOTHING = ContactPair(None, None)


def pair(user_id: str, contact_user_id: str, at: int = 0) -> ContactPair:
    return ContactPair(
        ContactRow(user_id, contact_user_id, "c@example.org", "C", Relation.ACCEPTED, updated_at=at),
        ContactRow(contact_user_id, user_id, "u@example.org", "U", Relation.ACCEPTED, updated_at=at),
    )


class Stopwatch:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def behind() -> FakeContacts:
    return FakeContacts()


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def cached(behind: FakeContacts, stopwatch: Stopwatch) -> CachedContacts:
    return CachedContacts(behind, keep_for=5.0, size=3, clock=stopwatch)


def test_reads_a_pair_once_whichever_way_round(behind: FakeContacts, cached: CachedContacts) -> None:
    behind.write_pair(NOTHING, pair("ann", "bob"))
    for _ in range(3):
        assert cached.get_pair("ann", "bob") == pair("ann", "bob")
        assert cached.get_pair("bob", "ann") == ContactPair(
            pair("ann", "bob").theirs, pair("ann", "bob").mine
        )
    assert behind.calls_of["get_pair"] == 1


def test_remembers_that_there_is_nothing(behind: FakeContacts, cached: CachedContacts) -> None:
    for _ in range(3):
        assert cached.get_pair("ann", "bob") == NOTHING
    assert behind.calls_of["get_pair"] == 1


def test_forgets_after_a_while(behind: FakeContacts, cached: CachedContacts, stopwatch: Stopwatch) -> None:
    assert cached.get_pair("ann", "bob") == NOTHING
    behind.write_pair(NOTHING, pair("ann", "bob"))
    stopwatch.time += 4.9
    assert cached.get_pair("ann", "bob") == NOTHING
    stopwatch.time += 0.1
    assert cached.get_pair("ann", "bob") == pair("ann", "bob")
    assert behind.calls_of["get_pair"] == 2


def test_keeps_no_more_pairs_than_it_may(behind: FakeContacts, cached: CachedContacts) -> None:
    for name in ("u1", "u2", "u3", "u4"):
        cached.get_pair("ann", name)
    assert behind.calls_of["get_pair"] == 4
    for name in ("u2", "u3", "u4"):
        cached.get_pair("ann", name)
    assert behind.calls_of["get_pair"] == 4
    cached.get_pair("ann", "u1")
    assert behind.calls_of["get_pair"] == 5


def test_writes_are_seen_at_once(behind: FakeContacts, cached: CachedContacts) -> None:
    cached.get_pair("ann", "bob")
    cached.write_pair(NOTHING, pair("ann", "bob"))
    assert cached.get_pair("ann", "bob") == pair("ann", "bob")
    cached.write_pair(ContactPair(pair("ann", "bob").theirs, pair("ann", "bob").mine), NOTHING)
    assert cached.get_pair("ann", "bob") == NOTHING
    assert cached.get_pair("bob", "ann") == NOTHING


def test_a_conflict_makes_it_read_again(behind: FakeContacts, cached: CachedContacts) -> None:
    assert cached.get_pair("ann", "bob") == NOTHING
    behind.write_pair(NOTHING, pair("ann", "bob"))
    with pytest.raises(Conflict):
        cached.write_pair(NOTHING, pair("ann", "bob", at=1))
    assert cached.get_pair("ann", "bob") == pair("ann", "bob")


def test_a_failed_read_is_not_remembered(behind: FakeContacts, cached: CachedContacts) -> None:
    behind.write_pair(NOTHING, pair("ann", "bob"))
    behind.fail_next()
    with pytest.raises(Unavailable):
        cached.get_pair("ann", "bob")
    assert cached.get_pair("ann", "bob") == pair("ann", "bob")


def test_a_failed_write_is_passed_on_and_the_cache_works_again(
    behind: FakeContacts, cached: CachedContacts
) -> None:
    behind.fail_next(on="write_pair")
    with pytest.raises(Unavailable):
        cached.write_pair(NOTHING, pair("ann", "bob"))
    cached.get_pair("ann", "bob")
    cached.get_pair("ann", "bob")
    assert behind.calls_of["get_pair"] == 1


class SlowReads(FakeContacts):
    """Does something between the reading of a pair and its return."""

    meanwhile: CachedContacts | None = None

    def get_pair(self, user_id: str, contact_user_id: str) -> ContactPair:
        found = super().get_pair(user_id, contact_user_id)
        if self.meanwhile is not None:
            cached, self.meanwhile = self.meanwhile, None
            cached.write_pair(found, pair("ann", "bob"))
        return found


def test_what_a_write_overtook_is_not_remembered() -> None:
    behind = SlowReads()
    cached = CachedContacts(behind)
    behind.meanwhile = cached
    assert cached.get_pair("ann", "bob") == NOTHING
    assert cached.get_pair("ann", "bob") == pair("ann", "bob")


def test_what_is_read_during_a_write_is_not_remembered(behind: FakeContacts, cached: CachedContacts) -> None:
    behind.interfere("write_pair", lambda: cached.get_pair("ann", "bob"))
    cached.write_pair(NOTHING, pair("ann", "bob"))
    assert behind.calls_of["get_pair"] == 1
    assert cached.get_pair("ann", "bob") == pair("ann", "bob")
