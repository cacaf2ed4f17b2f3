"""What every :class:`~videochat.core.ports.ConnectionStore` promises."""

import pytest
from tests.contract.race import race

from videochat.core.models import Attendance, Connection
from videochat.core.ports import ConnectionStore


def connection(connection_id: str, user_id: str = "ann", at: int = 1_000, until: int = 9_000) -> Connection:
    return Connection(connection_id, user_id, f"device-of-{connection_id}", at, until)


def test_knows_no_connection_at_first(connections: ConnectionStore) -> None:
    assert connections.get("c1", now=0) is None
    assert connections.of_user("ann", now=0) == []
    assert connections.online(["ann"], now=0, left_after=0) == set()
    assert connections.remove("c1", at=1_000) is None


def test_finds_a_connection_by_id_and_by_user(connections: ConnectionStore) -> None:
    connections.add(connection("c1"))
    assert connections.get("c1", now=1_000) == connection("c1")
    assert connections.of_user("ann", now=1_000) == [connection("c1")]
    assert connections.of_user("bob", now=1_000) == []


def test_removes_a_connection_and_says_what_it_was(connections: ConnectionStore) -> None:
    connections.add(connection("c1"))
    connections.add(connection("c2"))
    assert connections.remove("c1", at=1_000) == connection("c1")
    assert connections.remove("c1", at=1_000) is None
    assert connections.get("c1", now=1_000) is None
    assert connections.of_user("ann", now=1_000) == [connection("c2")]
    assert connections.remove("c2", at=1_000) == connection("c2")
    assert connections.online(["ann"], now=1_000, left_after=1_000) == set()


def test_lists_the_oldest_first(connections: ConnectionStore) -> None:
    for connection_id, at in [("c2", 3_000), ("c9", 1_000), ("c1", 2_000)]:
        connections.add(connection(connection_id, at=at))
    assert [one.connection_id for one in connections.of_user("ann", now=3_000)] == ["c9", "c1", "c2"]


def test_adding_again_replaces(connections: ConnectionStore) -> None:
    connections.add(connection("c1", until=2_000))
    connections.add(connection("c1", until=5_000))
    assert connections.of_user("ann", now=4_000) == [connection("c1", until=5_000)]
    assert connections.remove("c1", at=1_000) == connection("c1", until=5_000)
    assert connections.of_user("ann", now=1_000) == []


def test_a_connection_added_for_another_user_leaves_the_first(connections: ConnectionStore) -> None:
    connections.add(connection("c1", "ann"))
    connections.add(connection("c1", "bob"))
    assert connections.of_user("ann", now=1_000) == []
    assert connections.of_user("bob", now=1_000) == [connection("c1", "bob")]
    assert connections.online(["ann", "bob"], now=1_000, left_after=1_000) == {"bob"}


@pytest.mark.parametrize(("now", "there"), [(8_999, True), (9_000, True), (9_001, False), (90_000, False)])
def test_an_expired_connection_is_as_good_as_absent(
    connections: ConnectionStore, now: int, there: bool
) -> None:
    connections.add(connection("c1", until=9_000))
    connections.add(connection("other", "bob", until=100_000))
    assert (connections.get("c1", now) is not None) is there
    assert bool(connections.of_user("ann", now)) is there
    assert connections.online(["ann", "bob"], now, left_after=now) == ({"ann", "bob"} if there else {"bob"})


def test_only_the_expired_ones_of_a_user_are_left_out(connections: ConnectionStore) -> None:
    connections.add(connection("old", until=2_000))
    connections.add(connection("new", until=9_000))
    assert connections.of_user("ann", now=5_000) == [connection("new", until=9_000)]
    assert connections.online(["ann"], now=5_000, left_after=5_000) == {"ann"}


def test_online_answers_for_many_at_once(connections: ConnectionStore) -> None:
    for n in range(0, 250, 5):
        connections.add(connection(f"a{n}", f"u{n}"))
        connections.add(connection(f"b{n}", f"u{n}"))
    asked = [f"u{n}" for n in range(250)]
    assert connections.online(asked + asked, now=1_000, left_after=1_000) == {
        f"u{n}" for n in range(0, 250, 5)
    }
    assert connections.online([], now=1_000, left_after=1_000) == set()


def test_the_connections_of_many_are_found_at_once(connections: ConnectionStore) -> None:
    for n in range(0, 250, 5):
        connections.add(connection(f"a{n}", f"u{n}"))
        connections.add(connection(f"b{n}", f"u{n}", until=1_500))
    asked = [f"u{n}" for n in range(0, 250, 2)]

    def found(now: int) -> list[str]:
        return sorted(one.connection_id for one in connections.of_users(asked + asked, now))

    assert found(1_000) == sorted(f"{kind}{n}" for kind in "ab" for n in range(0, 250, 10))
    assert found(2_000) == sorted(f"a{n}" for n in range(0, 250, 10))
    assert connections.of_users(["u5"], 2_000) == [connection("a5", "u5")]
    assert connections.of_users([], 1_000) == []


def test_threads_may_come_and_go_at_once(connections: ConnectionStore) -> None:
    def come_and_go(name: str) -> None:
        for n in range(20):
            connections.add(connection(f"{name}-{n}", at=n))
            assert f"{name}-{n}" in {one.connection_id for one in connections.of_user("ann", now=1_000)}
            assert connections.online(["ann"], now=1_000, left_after=1_000) == {"ann"}
            if n % 2:
                assert connections.remove(f"{name}-{n}", at=1_000) == connection(f"{name}-{n}", at=n)

    assert race(*(lambda name=name: come_and_go(name) for name in "abcdef")) == [None] * 6
    left = [one.connection_id for one in connections.of_user("ann", now=1_000)]
    assert sorted(left) == sorted(f"{name}-{n}" for name in "abcdef" for n in range(0, 20, 2))


def test_one_of_many_removes_a_connection(connections: ConnectionStore) -> None:
    connections.add(connection("c1"))
    outcomes = race(*[lambda: connections.remove("c1", at=1_000)] * 8)
    assert outcomes.count(None) == 7
    assert connection("c1") in outcomes


def test_it_is_noted_when_somebody_leaves(connections: ConnectionStore) -> None:
    assert connections.attendance("ann", now=1_000) == Attendance([], None)
    connections.add(connection("c1", at=1_000))
    connections.add(connection("c2", at=2_000))
    assert connections.attendance("ann", now=2_000) == Attendance(
        [connection("c1", at=1_000), connection("c2", at=2_000)], None
    )
    connections.remove("c2", at=3_000)
    assert connections.attendance("ann", now=3_000) == Attendance([connection("c1", at=1_000)], 3_000)
    connections.remove("c1", at=4_000)
    connections.remove("c1", at=5_000)
    assert connections.attendance("ann", now=9_000) == Attendance([], 4_000)
    connections.add(connection("c3", at=6_000))
    assert connections.attendance("ann", now=9_000).connections == [connection("c3", at=6_000)]
    assert connections.attendance("bob", now=9_000) == Attendance([], None)


def test_what_never_counted_leaves_no_note(connections: ConnectionStore) -> None:
    connections.add(connection("c1"))
    assert connections.remove("c1", at=None) == connection("c1")
    assert connections.attendance("ann", now=1_000) == Attendance([], None)
    connections.add(connection("c2"))
    connections.remove("c2", at=2_000)
    connections.add(connection("c3"))
    connections.remove("c3", at=None)
    assert connections.attendance("ann", now=3_000) == Attendance([], 2_000)


def test_an_expired_connection_was_not_seen_to_leave(connections: ConnectionStore) -> None:
    connections.add(connection("c1", until=2_000))
    assert connections.attendance("ann", now=3_000) == Attendance([], None)


def test_who_has_left_a_moment_ago_may_count_as_online(connections: ConnectionStore) -> None:
    for name in ("ann", "bob", "cid"):
        connections.add(connection(f"of-{name}", name))
    connections.remove("of-ann", at=3_000)
    connections.remove("of-bob", at=4_000)
    asked = ["ann", "bob", "cid", "dan"]
    assert connections.online(asked, now=5_000, left_after=2_999) == {"ann", "bob", "cid"}
    assert connections.online(asked, now=5_000, left_after=3_000) == {"bob", "cid"}
    assert connections.online(asked, now=5_000, left_after=5_000) == {"cid"}
    connections.add(connection("again", "ann", at=5_000))
    assert connections.online(asked, now=5_000, left_after=5_000) == {"ann", "cid"}


def test_the_note_is_kept_for_a_minute(connections: ConnectionStore) -> None:
    connections.add(connection("of-ann", "ann"))
    connections.remove("of-ann", at=3_000)
    for n in range(20):
        connections.add(connection(f"c{n}", f"u{n}", until=100_000))
        connections.remove(f"c{n}", at=3_000 + n * 3_000)
    assert connections.attendance("ann", now=60_000).left_at == 3_000
