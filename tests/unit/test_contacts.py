import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.unit.world import World

from videochat.core.errors import Conflict, Refusal, Unavailable
from videochat.core.models import Relation


def states(world: World, user_id: str) -> dict[str, str]:
    return {contact.contact_id: contact.state for contact in world.core.contacts.list_of(user_id)}


@pytest.fixture
def world() -> World:
    world = World()
    for name in ("ann", "bob", "cid"):
        world.person(name)
    return world


def code(action: object) -> str:
    assert callable(action)
    with pytest.raises(Refusal) as caught:
        action()
    return caught.value.code


def test_a_request_shows_on_both_sides_until_it_is_accepted(world: World) -> None:
    added = world.core.contacts.add("ann", " BOB@Example.org ")
    assert (added.contact_id, added.email, added.name, added.state, added.online) == (
        "bob",
        "bob@example.org",
        "Bob",
        "pending_sent",
        False,
    )
    assert states(world, "bob") == {"ann": "pending_received"}
    assert world.core.contacts.change("bob", "ann", "accepted").state == "accepted"
    assert states(world, "ann") == {"bob": "accepted"}


def test_crossing_requests_become_an_accepted_contact(world: World) -> None:
    world.core.contacts.add("ann", "bob@example.org")
    assert world.core.contacts.add("bob", "ann@example.org").state == "accepted"
    assert states(world, "ann") == {"bob": "accepted"}


def test_crossing_requests_at_the_same_moment(world: World) -> None:
    world.contacts.interfere("write_pair", lambda: world.core.contacts.add("bob", "ann@example.org"))
    assert world.core.contacts.add("ann", "bob@example.org").state == "accepted"
    assert states(world, "bob") == {"ann": "accepted"}


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("nobody@example.org", "user_not_found"),
        ("ann@example.org", "cannot_add_self"),
        ("ANN@EXAMPLE.ORG", "cannot_add_self"),
        ("", "invalid_email"),
        ("bob", "invalid_email"),
        ("bob@@example.org", "invalid_email"),
        ("bob@exa mple.org", "invalid_email"),
        ("bob\x00@example.org", "invalid_email"),
        ("b" * 65 + "@example.org", "invalid_email"),
    ],
)
def test_addresses_that_cannot_be_added(world: World, email: str, expected: str) -> None:
    assert code(lambda: world.core.contacts.add("ann", email)) == expected
    assert states(world, "ann") == {}


def test_adding_twice(world: World) -> None:
    world.core.contacts.add("ann", "bob@example.org")
    assert code(lambda: world.core.contacts.add("ann", "bob@example.org")) == "already_contact"
    world.core.contacts.change("bob", "ann", "accepted")
    assert code(lambda: world.core.contacts.add("ann", "bob@example.org")) == "already_contact"
    assert code(lambda: world.core.contacts.add("bob", "ann@example.org")) == "already_contact"


def test_nobody_accepts_their_own_request(world: World) -> None:
    world.core.contacts.add("ann", "bob@example.org")
    assert code(lambda: world.core.contacts.change("ann", "bob", "accepted")) == "no_request"
    assert states(world, "bob") == {"ann": "pending_received"}


def test_somebody_elses_contact_is_not_found(world: World) -> None:
    world.befriend("ann", "bob")
    for attempt in (
        lambda: world.core.contacts.change("cid", "bob", "blocked"),
        lambda: world.core.contacts.change("cid", "bob", "accepted"),
        lambda: world.core.contacts.remove("cid", "bob"),
    ):
        assert code(attempt) == "contact_not_found"
    assert states(world, "ann") == {"bob": "accepted"}


@pytest.mark.parametrize("state", ["", "pending_sent", "Accepted", "removed"])
def test_states_that_cannot_be_set(world: World, state: str) -> None:
    world.befriend("ann", "bob")
    assert code(lambda: world.core.contacts.change("ann", "bob", state)) == "invalid_state"


def test_removing_takes_both_directions(world: World) -> None:
    world.befriend("ann", "bob")
    world.core.contacts.remove("ann", "bob")
    assert states(world, "ann") == states(world, "bob") == {}


def test_blocking_is_silent(world: World) -> None:
    world.befriend("ann", "bob")
    world.connect("ann", "a1")
    world.connect("bob", "b1")
    world.clear()
    world.core.contacts.change("ann", "bob", "blocked")
    assert states(world, "ann") == {"bob": "blocked"}
    [contact] = world.core.contacts.list_of("bob")
    assert (contact.state, contact.online) == ("accepted", False)
    # All that the blocked sees is what an ordinary going away looks like.
    assert [(f["action"], f["online"]) for f in world.take("b1")] == [("presence", False)]
    assert [contact.online for contact in world.core.contacts.list_of("ann")] == [False]


def test_unblocking_brings_back_what_was(world: World) -> None:
    world.befriend("ann", "bob")
    world.connect("ann", "a1")
    world.connect("bob", "b1")
    world.core.contacts.change("ann", "bob", "blocked")
    world.clear()
    assert world.core.contacts.change("ann", "bob", "accepted").state == "accepted"
    assert {f["action"]: f["online"] for f in world.take("b1") if f["action"] == "presence"} == {
        "presence": True
    }
    assert [contact.online for contact in world.core.contacts.list_of("bob")] == [True]


def test_a_block_outlives_the_blocked_removing_the_contact(world: World) -> None:
    world.befriend("ann", "bob")
    world.core.contacts.change("ann", "bob", "blocked")
    world.core.contacts.remove("bob", "ann")
    assert states(world, "ann") == {"bob": "blocked"}
    assert states(world, "bob") == {}
    assert world.core.contacts.add("bob", "ann@example.org").state == "pending_sent"
    assert states(world, "ann") == {"bob": "blocked"}, "a new request does not get through a block"
    assert world.core.contacts.change("ann", "bob", "accepted").state == "accepted"
    assert states(world, "bob") == {"ann": "accepted"}


def test_a_block_without_a_request_cannot_be_accepted_only_removed(world: World) -> None:
    world.befriend("ann", "bob")
    world.core.contacts.change("ann", "bob", "blocked")
    world.core.contacts.remove("bob", "ann")
    assert code(lambda: world.core.contacts.change("ann", "bob", "accepted")) == "no_request"
    world.core.contacts.remove("ann", "bob")
    assert states(world, "ann") == {}


def test_both_may_block_each_other(world: World) -> None:
    world.befriend("ann", "bob")
    world.core.contacts.change("ann", "bob", "blocked")
    world.core.contacts.change("bob", "ann", "blocked")
    world.core.contacts.change("ann", "bob", "accepted")
    assert states(world, "ann") == {"bob": "accepted"}
    assert states(world, "bob") == {"ann": "blocked"}
    assert [contact.online for contact in world.core.contacts.list_of("ann")] == [False]


def test_presence_is_for_accepted_contacts(world: World) -> None:
    world.connect("bob", "b1")
    world.core.contacts.add("ann", "bob@example.org")
    assert [contact.online for contact in world.core.contacts.list_of("ann")] == [False]
    assert world.core.contacts.change("bob", "ann", "accepted").online is False
    assert [contact.online for contact in world.core.contacts.list_of("ann")] == [True]


def test_both_sides_hear_of_a_change(world: World) -> None:
    world.connect("ann", "a1")
    world.connect("bob", "b1")
    world.core.contacts.add("ann", "bob@example.org")
    assert world.push.actions("a1") == world.push.actions("b1") == ["contacts"]


def test_a_lost_race_is_decided_anew(world: World) -> None:
    world.contacts.fail_next(3, Conflict(), on="write_pair")
    assert world.core.contacts.add("ann", "bob@example.org").state == "pending_sent"
    assert world.contacts.faults_left == 0


def test_endless_conflicts_end_in_a_clear_answer(world: World) -> None:
    world.contacts.fail_next(100, Conflict(), on="write_pair")
    assert code(lambda: world.core.contacts.add("ann", "bob@example.org")) == "try_again"


def test_a_failing_store_is_not_hidden(world: World) -> None:
    world.contacts.fail_next(on="write_pair")
    with pytest.raises(Unavailable):
        world.core.contacts.add("ann", "bob@example.org")
    assert states(world, "ann") == states(world, "bob") == {}


def test_a_new_name_reaches_the_lists_of_others(world: World) -> None:
    world.befriend("ann", "bob")
    identity = world.identity("bob")
    world.core.users.current(type(identity)("bob", "robert@example.org", "Robert"))
    [contact] = world.core.contacts.list_of("ann")
    assert (contact.email, contact.name) == ("robert@example.org", "Robert")


def test_removing_a_user_leaves_nothing_behind(world: World) -> None:
    world.befriend("ann", "bob")
    world.core.contacts.add("cid", "bob@example.org")
    world.core.users.remove("bob")
    assert states(world, "ann") == states(world, "cid") == {}
    assert code(lambda: world.core.contacts.add("ann", "bob@example.org")) == "user_not_found"


class Relations(RuleBasedStateMachine):
    """Three people doing anything to each other never leave the two rows of a relation in disagreement."""

    names = st.sampled_from(["ann", "bob", "cid"])

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        for name in ("ann", "bob", "cid"):
            self.world.person(name)

    def attempt(self, action: object) -> None:
        assert callable(action)
        try:
            action()
        except Refusal as refusal:
            assert refusal.code in {
                "already_contact",
                "cannot_add_self",
                "contact_not_found",
                "no_request",
            }

    @rule(me=names, other=names)
    def add(self, me: str, other: str) -> None:
        self.attempt(lambda: self.world.core.contacts.add(me, f"{other}@example.org"))

    @rule(me=names, other=names, state=st.sampled_from(["accepted", "blocked"]))
    def change(self, me: str, other: str, state: str) -> None:
        self.attempt(lambda: self.world.core.contacts.change(me, other, state))

    @rule(me=names, other=names)
    def remove(self, me: str, other: str) -> None:
        self.attempt(lambda: self.world.core.contacts.remove(me, other))

    @invariant()
    def rows_agree(self) -> None:
        for me, other in (("ann", "bob"), ("ann", "cid"), ("bob", "cid")):
            pair = self.world.contacts.get_pair(me, other)
            mine, theirs = pair.mine, pair.theirs
            if mine and theirs:
                assert mine.blocked == theirs.blocked_by_contact
                assert theirs.blocked == mine.blocked_by_contact
                assert {mine.relation, theirs.relation} in (
                    {Relation.ACCEPTED},
                    {Relation.PENDING_SENT, Relation.PENDING_RECEIVED},
                )
            elif row := mine or theirs:
                assert row.blocked
                assert row.relation is Relation.NONE


TestRelations = Relations.TestCase
TestRelations.settings = settings(max_examples=80, stateful_step_count=25, deadline=None, derandomize=True)
