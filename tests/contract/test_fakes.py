"""The fault switches of the fakes, and the fakes that have no store suite: what the core's tests rely on."""

import pytest
from tests.fakes import (
    FakeCalls,
    FakeClock,
    FakeContacts,
    FakeIceServers,
    FakeIds,
    FakePush,
    FakeTimers,
    FakeTokens,
    FakeUsers,
)

from videochat.core.errors import Conflict, Unauthorized, Unavailable
from videochat.core.models import Identity, User

ANN = User("ann", "ann@example.org", "Ann", 1)


def test_the_next_calls_fail_and_change_nothing() -> None:
    users = FakeUsers()
    users.fail_next(2)
    for _ in range(2):
        with pytest.raises(Unavailable):
            users.save(ANN)
    assert users.rows == {}
    assert users.faults_left == 0
    users.save(ANN)
    assert users.get("ann") == ANN
    assert users.calls_of == {"save": 3, "get": 1}


def test_a_failure_may_be_of_one_method_and_of_any_kind() -> None:
    users = FakeUsers(ANN)
    users.fail_next(error=Conflict("lost"), on="save")
    assert users.get("ann") == ANN
    assert users.faults_left == 1
    with pytest.raises(Conflict, match="lost"):
        users.save(ANN)
    users.fail_next(5)
    users.heal()
    users.save(ANN)


@pytest.mark.parametrize("name", ["sve", "_enter", "rows"])
def test_a_misspelt_switch_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        FakeUsers().fail_next(on=name)
    with pytest.raises(ValueError):
        FakeUsers().interfere(name, list)


def test_somebody_else_may_come_in_between() -> None:
    users = FakeUsers(ANN)
    users.interfere("get", lambda: users.remove("ann"))
    assert users.get("ann") is None
    users.save(ANN)
    assert users.get("ann") == ANN


def test_a_push_is_recorded_unless_the_connection_is_gone() -> None:
    push = FakePush()
    push.gone.add("c2")
    assert push.send(["c1", "c2", "c3"], b'{"action":"pong","now":1}') == {"c2"}
    assert push.frames("c1") == [{"action": "pong", "now": 1}]
    assert push.frames("c2") == []
    assert push.actions("c3") == ["pong"]
    assert push.take("c1") == [{"action": "pong", "now": 1}]
    assert push.frames("c1") == []
    assert push.actions("c3") == ["pong"]
    push.fail_next()
    with pytest.raises(Unavailable):
        push.send(["c1"], b"{}")


def test_timers_fire_by_hand_the_earliest_first() -> None:
    timers = FakeTimers()
    fired: list[tuple[str, str]] = []

    def on_timer(kind: str, key: str) -> None:
        fired.append((kind, key))
        if key == "b":
            timers.schedule(15, "ring", "again")
            timers.schedule(99, "ring", "later")

    timers.schedule(20, "ring", "a")
    timers.schedule(10, "ring", "b")
    timers.schedule(30, "presence", "c")
    assert [timer.key for timer in timers.pending("ring")] == ["b", "a"]
    assert timers.fire_due(9, on_timer) == 0
    assert timers.fire_due(20, on_timer) == 3
    assert fired == [("ring", "b"), ("ring", "again"), ("ring", "a")]
    assert [timer.key for timer in timers.scheduled] == ["c", "later"]
    timers.lose_all()
    assert timers.fire_due(1_000, on_timer) == 0


def test_only_known_tokens_are_good_while_they_last() -> None:
    tokens = FakeTokens()
    identity = Identity("ann", "ann@example.org", "Ann")
    assert tokens.verify(tokens.add("t1", identity, expires_at=100), now=99) == identity
    for token, now in [("t1", 100), ("t2", 1)]:
        with pytest.raises(Unauthorized):
            tokens.verify(token, now)


def test_the_clock_stands_still_until_moved() -> None:
    clock = FakeClock(1_000)
    assert clock.now() == clock.now() == 1_000
    assert clock.advance(500) == clock.now() == 1_500


def test_ids_are_prepared_or_counted() -> None:
    ids = FakeIds()
    ids.prepare("first")
    assert [ids.new() for _ in range(3)] == ["first", "id-1", "id-2"]


def test_ice_servers_have_credentials_for_the_user() -> None:
    servers = FakeIceServers().ice_servers("ann", now=1_000_000)
    assert servers.ttl == 600
    assert servers.ice_servers[1].username == "1600:ann"


def test_every_fake_has_the_switches() -> None:
    for fake, method in [
        (FakeContacts(), "get_pair"),
        (FakeCalls(), "create"),
        (FakeIceServers(), "ice_servers"),
    ]:
        fake.fail_next(on=method)
        assert fake.faults_left == 1
