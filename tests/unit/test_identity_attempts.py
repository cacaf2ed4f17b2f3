"""Limits on guessing."""

from collections.abc import Callable

import pytest
from tests.fakes import FakeClock
from tests.fakes.identity import FakeAttempts

from videochat.identity.attempts import ACCOUNT, ADDRESS, PAIR, SIGN_UP, AttemptLimiter
from videochat.identity.errors import TooManyAttempts
from videochat.identity.secrets import Signer

ANN = "ann@example.org"
MINUTE = 60_000


@pytest.fixture
def store() -> FakeAttempts:
    return FakeAttempts()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def limiter(store: FakeAttempts, clock: FakeClock) -> AttemptLimiter:
    return AttemptLimiter(store, clock, Signer(b"s" * 32))


def failures_until_blocked(attempt: Callable[[], object], at_most: int = 1000) -> int:
    """How many attempts were let through."""
    for count in range(at_most):
        try:
            attempt()
        except TooManyAttempts:
            return count
    return at_most


def test_the_blocks_grow_to_a_quarter_of_an_hour_and_no_further(
    limiter: AttemptLimiter, clock: FakeClock
) -> None:
    waits = []
    assert failures_until_blocked(lambda: limiter.sign_in(ANN, "192.0.2.1", None)) == PAIR.free + 1
    for _ in range(8):
        with pytest.raises(TooManyAttempts) as refusal:
            limiter.sign_in(ANN, "192.0.2.1", None)
        waits.append(refusal.value.retry_after)
        clock.advance(refusal.value.retry_after * 1000)
        limiter.sign_in(ANN, "192.0.2.1", None)
    # What leaks out while one waits slows the growth down.
    assert waits == [60, 120, 240, 480, 480, 900, 900, 900]


def test_attempts_during_a_block_do_not_lengthen_it(limiter: AttemptLimiter, clock: FakeClock) -> None:
    failures_until_blocked(lambda: limiter.sign_in(ANN, "192.0.2.1", None))
    for _ in range(59):
        clock.advance(1000)
        with pytest.raises(TooManyAttempts):
            limiter.sign_in(ANN, "192.0.2.1", None)
    clock.advance(1000)
    limiter.sign_in(ANN, "192.0.2.1", None)


def test_success_empties_the_accounts_buckets(limiter: AttemptLimiter) -> None:
    for _ in range(10):
        for _ in range(PAIR.free - 1):
            limiter.sign_in(ANN, "192.0.2.1", None)
        limiter.succeeded(limiter.sign_in(ANN, "192.0.2.1", None))


def test_success_lifts_the_block_that_it_just_met(limiter: AttemptLimiter) -> None:
    for _ in range(PAIR.free):
        limiter.sign_in(ANN, "192.0.2.1", None)
    # The last attempt before the block is the right one.
    limiter.succeeded(limiter.sign_in(ANN, "192.0.2.1", None))
    limiter.sign_in(ANN, "192.0.2.1", None)


def test_ones_own_account_does_not_empty_the_addresss_bucket(limiter: AttemptLimiter) -> None:
    victims = iter(f"victim-{number}@example.org" for number in range(1000))

    def guess() -> None:
        limiter.sign_in(next(victims), "192.0.2.1", None)
        limiter.succeeded(limiter.sign_in("eve@example.org", "192.0.2.1", None))

    assert ADDRESS.free - 1 <= failures_until_blocked(guess) <= ADDRESS.free + 1


def test_many_addresses_share_the_accounts_bucket(limiter: AttemptLimiter) -> None:
    addresses = iter(f"192.0.2.{number}" for number in range(256))
    assert failures_until_blocked(lambda: limiter.sign_in(ANN, next(addresses), None)) == ACCOUNT.free + 1


def test_one_address_cannot_fill_the_accounts_bucket(limiter: AttemptLimiter, clock: FakeClock) -> None:
    # A whole day of patient guessing from one address.
    for _ in range(24 * 60):
        clock.advance(MINUTE)
        failures_until_blocked(lambda: limiter.sign_in(ANN, "192.0.2.1", None))
    limiter.sign_in(ANN, "198.51.100.1", None)


def test_a_known_device_has_a_bucket_of_its_own(limiter: AttemptLimiter) -> None:
    addresses = iter(f"192.0.2.{number}" for number in range(256))
    failures_until_blocked(lambda: limiter.sign_in(ANN, next(addresses), None))
    limiter.sign_in(ANN, "198.51.100.1", "device")
    assert failures_until_blocked(lambda: limiter.sign_in(ANN, "198.51.100.1", "device")) < 20


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("unknown", "unknown", True),
        ("unknown", "192.0.2.1", False),
    ],
)
def test_whose_address_it_is(limiter: AttemptLimiter, one: str, other: str, same: bool) -> None:
    failures_until_blocked(lambda: limiter.sign_in(ANN, one, None))
    assert (failures_until_blocked(lambda: limiter.sign_in(ANN, other, None), 1) == 0) is same


def test_old_attempts_are_forgotten(limiter: AttemptLimiter, clock: FakeClock) -> None:
    for _ in range(100):
        limiter.sign_in(ANN, "192.0.2.1", None)
        clock.advance(PAIR.leak)


def test_a_clock_set_back_blocks_nobody_for_longer(limiter: AttemptLimiter, clock: FakeClock) -> None:
    for _ in range(PAIR.free):
        limiter.sign_in(ANN, "192.0.2.1", None)
    clock.advance(-MINUTE)
    limiter.sign_in(ANN, "192.0.2.1", None)


def test_sign_ups_are_counted_by_address(limiter: AttemptLimiter) -> None:
    assert failures_until_blocked(lambda: limiter.sign_up("192.0.2.1")) == SIGN_UP.free + 1
    limiter.sign_up("192.0.2.2")


def test_what_people_type_is_not_stored(limiter: AttemptLimiter, store: FakeAttempts) -> None:
    limiter.sign_in("my password, oops", "192.0.2.1", None)
    assert all(len(key) == 43 for key in store.levels)
    assert "oops" not in repr(store.levels)
    assert "192.0.2.1" not in repr(store.levels)


def test_a_refusal_tells_how_long_to_wait() -> None:
    assert TooManyAttempts(1).message == "Too many attempts. Try again in a minute."
    assert TooManyAttempts(60).message == "Too many attempts. Try again in a minute."
    assert TooManyAttempts(61).message == "Too many attempts. Try again in 2 minutes."
    assert TooManyAttempts(900).message == "Too many attempts. Try again in 15 minutes."
