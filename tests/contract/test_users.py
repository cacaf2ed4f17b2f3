"""What every :class:`~videochat.core.ports.UserStore` promises."""

from functools import partial

import pytest
from tests.contract.race import race

from videochat.core.errors import EmailTaken
from videochat.core.models import User
from videochat.core.ports import UserStore

ANN = User("u-ann", "ann@example.org", "Ann", 1_000)
BOB = User("u-bob", "bob@example.org", "Bob", 2_000)


def test_knows_nobody_at_first(users: UserStore) -> None:
    assert users.get("u-ann") is None
    assert users.find_by_email("ann@example.org") is None
    assert users.get_many(["u-ann"]) == {}


def test_finds_a_saved_user_by_id_and_by_address(users: UserStore) -> None:
    users.save(ANN)
    users.save(BOB)
    assert users.get("u-ann") == ANN
    assert users.find_by_email("bob@example.org") == BOB


def test_keeps_names_as_they_are(users: UserStore) -> None:
    user = User("u-x", "x@example.org", "Zoë O'Hara 😀 \\ \" %; --", 2**42)
    users.save(user)
    assert users.get("u-x") == user


@pytest.mark.parametrize(
    "email", ["ANN@example.org", "ann@example.or", "ann_example.org", "%", "", "ann@example.org "]
)
def test_finds_by_the_exact_address_only(users: UserStore, email: str) -> None:
    users.save(ANN)
    assert users.find_by_email(email) is None


def test_ids_are_told_apart_by_case(users: UserStore) -> None:
    users.save(ANN)
    upper = User("U-ANN", "other@example.org", "Other", 1)
    users.save(upper)
    assert users.get("u-ann") == ANN
    assert users.get("U-ANN") == upper


def test_saving_replaces_the_whole_user(users: UserStore) -> None:
    users.save(ANN)
    renamed = User("u-ann", "ann@new.example.org", "Ann B.", 9_000)
    users.save(renamed)
    assert users.get("u-ann") == renamed
    assert users.find_by_email("ann@new.example.org") == renamed
    assert users.find_by_email("ann@example.org") is None


def test_an_address_belongs_to_one_user(users: UserStore) -> None:
    users.save(ANN)
    with pytest.raises(EmailTaken):
        users.save(User("u-eve", "ann@example.org", "Eve", 3_000))
    assert users.get("u-eve") is None
    assert users.find_by_email("ann@example.org") == ANN


def test_moving_to_a_taken_address_changes_nothing(users: UserStore) -> None:
    users.save(ANN)
    users.save(BOB)
    with pytest.raises(EmailTaken):
        users.save(User("u-bob", "ann@example.org", "Bob 2", 2_000))
    assert users.get("u-bob") == BOB
    assert users.find_by_email("bob@example.org") == BOB


def test_a_free_address_can_be_taken_over(users: UserStore) -> None:
    users.save(ANN)
    users.save(User("u-ann", "ann@new.example.org", "Ann", 1_000))
    users.save(User("u-eve", "ann@example.org", "Eve", 3_000))
    found = users.find_by_email("ann@example.org")
    assert found is not None
    assert found.user_id == "u-eve"


def test_gets_many_at_once(users: UserStore) -> None:
    everybody = [User(f"u-{n:04}", f"{n:04}@example.org", f"N{n}", n) for n in range(30)]
    for user in everybody:
        users.save(user)
    wanted = ["u-0003", "u-0007", "u-0003", "nobody"]
    assert users.get_many(wanted) == {"u-0003": everybody[3], "u-0007": everybody[7]}
    assert users.get_many([]) == {}
    # More than fit into one request of any store.
    assert users.get_many([f"u-{n:04}" for n in range(2_000)]) == {user.user_id: user for user in everybody}


def test_removes_a_user_and_frees_the_address(users: UserStore) -> None:
    users.save(ANN)
    users.save(BOB)
    users.remove("u-ann")
    assert users.get("u-ann") is None
    assert users.find_by_email("ann@example.org") is None
    assert users.get("u-bob") == BOB
    users.save(User("u-eve", "ann@example.org", "Eve", 3_000))


def test_removing_nobody_is_no_error(users: UserStore) -> None:
    users.remove("nobody")


def test_one_of_many_gets_an_address_they_all_want(users: UserStore) -> None:
    rivals = [User(f"u-{n}", "wanted@example.org", f"N{n}", n) for n in range(8)]
    outcomes = race(*(partial(users.save, user) for user in rivals))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["EmailTaken"] * 7 + ["NoneType"]
    winner = rivals[outcomes.index(None)]
    assert users.find_by_email("wanted@example.org") == winner
    assert set(users.get_many([user.user_id for user in rivals])) == {winner.user_id}


def test_the_same_user_may_be_saved_by_many_at_once(users: UserStore) -> None:
    outcomes = race(*(partial(users.save, User("u-ann", "ann@example.org", f"Ann {n}", n)) for n in range(8)))
    assert outcomes == [None] * 8
    saved = users.get("u-ann")
    assert saved is not None
    assert saved.name == f"Ann {saved.created_at}"
