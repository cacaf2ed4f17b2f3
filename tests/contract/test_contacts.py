"""What every :class:`~videochat.core.ports.ContactStore` promises."""

from functools import partial

import pytest
from msgspec.structs import replace
from tests.contract.race import race

from videochat.core.errors import Conflict
from videochat.core.models import ContactPair, ContactRow, Relation
from videochat.core.ports import ContactStore

NOTHING = ContactPair(None, None)


def row(
    user_id: str, contact_user_id: str, relation: Relation, blocked: bool = False, at: int = 1
) -> ContactRow:
    return ContactRow(
        user_id,
        contact_user_id,
        f"{contact_user_id}@example.org",
        contact_user_id.title(),
        relation,
        blocked,
        updated_at=at,
    )


def request(user_id: str, contact_user_id: str, at: int = 1) -> ContactPair:
    """A contact request, as seen by the one who sent it."""
    return ContactPair(
        row(user_id, contact_user_id, Relation.PENDING_SENT, at=at),
        row(contact_user_id, user_id, Relation.PENDING_RECEIVED, at=at),
    )


def accepted(user_id: str, contact_user_id: str, at: int = 2) -> ContactPair:
    return ContactPair(
        row(user_id, contact_user_id, Relation.ACCEPTED, at=at),
        row(contact_user_id, user_id, Relation.ACCEPTED, at=at),
    )


def turned(pair: ContactPair) -> ContactPair:
    return ContactPair(pair.theirs, pair.mine)


def test_knows_no_relations_at_first(contacts: ContactStore) -> None:
    assert contacts.get_pair("ann", "bob") == NOTHING
    assert contacts.list_of("ann") == []


def test_writes_both_directions(contacts: ContactStore) -> None:
    contacts.write_pair(NOTHING, request("ann", "bob"))
    assert contacts.get_pair("ann", "bob") == request("ann", "bob")
    assert contacts.list_of("ann") == [request("ann", "bob").mine]
    assert contacts.list_of("bob") == [request("ann", "bob").theirs]


def test_a_pair_reads_the_other_way_round_from_the_other_side(contacts: ContactStore) -> None:
    contacts.write_pair(NOTHING, request("bob", "ann"))
    assert contacts.get_pair("bob", "ann") == request("bob", "ann")
    assert contacts.get_pair("ann", "bob") == turned(request("bob", "ann"))
    assert contacts.get_pair("bob", "ann") == request("bob", "ann")


def test_replaces_both_rows_whoever_writes(contacts: ContactStore) -> None:
    contacts.write_pair(NOTHING, request("ann", "bob"))
    contacts.write_pair(turned(request("ann", "bob")), accepted("bob", "ann"))
    assert contacts.get_pair("ann", "bob") == accepted("ann", "bob")
    assert contacts.get_pair("bob", "ann") == accepted("bob", "ann")


def test_every_field_of_a_row_is_kept(contacts: ContactStore) -> None:
    for at, relation in enumerate(Relation):
        for blocked in (False, True):
            before = contacts.get_pair("ann", "bob")
            mine = ContactRow(
                "ann", "bob", "b@new.example.org", "Böb 😀 '\"%", relation, blocked, not blocked, 2**42 + at
            )
            after = ContactPair(mine, row("bob", "ann", relation))
            contacts.write_pair(before, after)
            assert contacts.get_pair("ann", "bob") == after


def test_removes_both_rows(contacts: ContactStore) -> None:
    contacts.write_pair(NOTHING, accepted("ann", "bob"))
    contacts.write_pair(accepted("ann", "bob"), NOTHING)
    assert contacts.get_pair("ann", "bob") == NOTHING
    assert contacts.list_of("ann") == []
    assert contacts.list_of("bob") == []


def test_a_row_may_stand_alone(contacts: ContactStore) -> None:
    alone = ContactPair(row("ann", "bob", Relation.NONE, blocked=True), None)
    contacts.write_pair(NOTHING, alone)
    assert contacts.get_pair("ann", "bob") == alone
    assert contacts.get_pair("bob", "ann") == turned(alone)
    assert contacts.list_of("ann") == [alone.mine]
    assert contacts.list_of("bob") == []
    contacts.write_pair(turned(alone), ContactPair(row("bob", "ann", Relation.PENDING_SENT), alone.mine))
    assert contacts.get_pair("ann", "bob") == ContactPair(
        alone.mine, row("bob", "ann", Relation.PENDING_SENT)
    )


def test_writing_what_is_there_already_is_no_error(contacts: ContactStore) -> None:
    contacts.write_pair(NOTHING, request("ann", "bob"))
    contacts.write_pair(request("ann", "bob"), request("ann", "bob"))
    assert contacts.get_pair("ann", "bob") == request("ann", "bob")


STORED = accepted("ann", "bob")
SEEN_OTHERWISE = {
    "nothing": NOTHING,
    "mine only": ContactPair(STORED.mine, None),
    "theirs only": ContactPair(None, STORED.theirs),
    "another relation of mine": ContactPair(row("ann", "bob", Relation.PENDING_SENT, at=2), STORED.theirs),
    "another relation of theirs": ContactPair(STORED.mine, row("bob", "ann", Relation.PENDING_SENT, at=2)),
    "mine blocked": ContactPair(row("ann", "bob", Relation.ACCEPTED, blocked=True, at=2), STORED.theirs),
    "another time": ContactPair(STORED.mine, row("bob", "ann", Relation.ACCEPTED, at=3)),
    "another name": ContactPair(STORED.mine and replace(STORED.mine, contact_name="B"), STORED.theirs),
}


@pytest.mark.parametrize("before", SEEN_OTHERWISE.values(), ids=SEEN_OTHERWISE.keys())
@pytest.mark.parametrize(
    "after", [request("ann", "bob", at=9), ContactPair(None, row("bob", "ann", Relation.NONE, True))]
)
def test_refuses_when_the_rows_are_not_what_was_seen(
    contacts: ContactStore, before: ContactPair, after: ContactPair
) -> None:
    contacts.write_pair(NOTHING, STORED)
    with pytest.raises(Conflict):
        contacts.write_pair(before, after)
    assert contacts.get_pair("ann", "bob") == STORED
    assert contacts.list_of("ann") == [STORED.mine]
    assert contacts.list_of("bob") == [STORED.theirs]


def test_refuses_to_change_what_is_gone(contacts: ContactStore) -> None:
    with pytest.raises(Conflict):
        contacts.write_pair(STORED, request("ann", "bob"))
    with pytest.raises(Conflict):
        contacts.write_pair(STORED, NOTHING)
    with pytest.raises(Conflict):
        contacts.write_pair(ContactPair(None, STORED.theirs), STORED)
    assert contacts.get_pair("ann", "bob") == NOTHING


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NOTHING, NOTHING),
        (NOTHING, ContactPair(row("ann", "bob", Relation.ACCEPTED), row("ann", "bob", Relation.ACCEPTED))),
        (request("ann", "bob"), request("ann", "eve")),
        (request("ann", "bob"), request("bob", "ann")),
    ],
    ids=["no row", "both rows of one side", "two pairs", "turned around"],
)
def test_rows_that_make_no_pair_are_a_mistake_of_the_caller(
    contacts: ContactStore, before: ContactPair, after: ContactPair
) -> None:
    with pytest.raises(ValueError):
        contacts.write_pair(before, after)


def test_pairs_do_not_touch_each_other(contacts: ContactStore) -> None:
    contacts.write_pair(NOTHING, accepted("ann", "bob"))
    contacts.write_pair(NOTHING, request("ann", "eve"))
    contacts.write_pair(NOTHING, request("eve", "bob"))
    contacts.write_pair(accepted("ann", "bob"), NOTHING)
    assert contacts.list_of("ann") == [request("ann", "eve").mine]
    assert contacts.list_of("bob") == [request("eve", "bob").theirs]
    assert contacts.get_pair("ann", "eve") == request("ann", "eve")


def test_lists_by_address_then_id_in_code_point_order(contacts: ContactStore) -> None:
    addresses = [
        ("u3", "b@x.org"),
        ("u1", "a@x.org"),
        ("u9", "Z@x.org"),
        ("u2", "é@x.org"),
        ("U2", "b@x.org"),
        ("u4", "a_@x.org"),
    ]
    for user_id, email in addresses:
        mine = ContactRow("me", user_id, email, "N", Relation.ACCEPTED)
        contacts.write_pair(NOTHING, ContactPair(mine, row(user_id, "me", Relation.ACCEPTED)))
    listed = [(one.contact_user_id, one.contact_email) for one in contacts.list_of("me")]
    assert listed == sorted(addresses, key=lambda address: (address[1], address[0]))


def test_lists_many(contacts: ContactStore) -> None:
    for n in range(120):
        contacts.write_pair(NOTHING, accepted("me", f"u{n:03}"))
    assert [one.contact_user_id for one in contacts.list_of("me")] == [f"u{n:03}" for n in range(120)]


def test_one_of_many_writers_wins(contacts: ContactStore) -> None:
    contacts.write_pair(NOTHING, request("ann", "bob"))
    states = [accepted("ann", "bob", at=100 + n) for n in range(8)]
    outcomes = race(*(partial(contacts.write_pair, request("ann", "bob"), state) for state in states))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 7 + ["NoneType"]
    assert contacts.get_pair("ann", "bob") == states[outcomes.index(None)]


def test_crossing_requests_cannot_both_be_written(contacts: ContactStore) -> None:
    for n in range(10):
        ann, bob = f"ann{n}", f"bob{n}"
        outcomes = race(
            partial(contacts.write_pair, NOTHING, request(ann, bob)),
            partial(contacts.write_pair, NOTHING, request(bob, ann)),
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]
        expected = request(ann, bob) if outcomes[0] is None else turned(request(bob, ann))
        assert contacts.get_pair(ann, bob) == expected


def test_writers_of_different_rows_of_one_pair_still_collide(contacts: ContactStore) -> None:
    for n in range(10):
        ann, bob = f"ann{n}", f"bob{n}"
        outcomes = race(
            partial(
                contacts.write_pair, NOTHING, ContactPair(row(ann, bob, Relation.NONE, blocked=True), None)
            ),
            partial(
                contacts.write_pair, NOTHING, ContactPair(row(bob, ann, Relation.NONE, blocked=True), None)
            ),
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]


def test_no_write_is_lost_when_losers_try_again(contacts: ContactStore) -> None:
    contacts.write_pair(NOTHING, accepted("ann", "bob", at=0))

    def count_up() -> None:
        for _ in range(5):
            while True:
                before = contacts.get_pair("ann", "bob")
                assert before.mine is not None
                try:
                    contacts.write_pair(before, accepted("ann", "bob", at=before.mine.updated_at + 1))
                except Conflict:
                    continue
                break

    assert race(*[count_up] * 4) == [None] * 4
    assert contacts.get_pair("ann", "bob") == accepted("ann", "bob", at=20)


def test_readers_never_see_half_a_write(contacts: ContactStore) -> None:
    contacts.write_pair(NOTHING, accepted("ann", "bob", at=0))

    def write() -> list[tuple[int, int]]:
        for at in range(40):
            contacts.write_pair(accepted("ann", "bob", at=at), accepted("ann", "bob", at=at + 1))
        return []

    def read() -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []
        while not seen or seen[-1] != (40, 40):
            pair = contacts.get_pair("ann", "bob")
            assert pair.mine is not None
            assert pair.theirs is not None
            seen.append((pair.mine.updated_at, pair.theirs.updated_at))
        return seen

    _, *readings = race(write, read, read)
    for seen in readings:
        assert isinstance(seen, list)
        assert all(mine == theirs for mine, theirs in seen)
        assert seen == sorted(seen)
