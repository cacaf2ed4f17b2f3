from videochat.core.rate import TELL_EVERY_MS, Bucket, Limit, Limits


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    bucket = Bucket(per_second=10, burst=5, now=0)
    assert [bucket.take(0) for _ in range(6)] == [True] * 5 + [False]
    assert [bucket.take(100), bucket.take(100)] == [True, False]
    assert sum(bucket.take(now) for now in range(100, 10_100)) in (99, 100)


def test_waiting_never_saves_up_more_than_the_burst() -> None:
    bucket = Bucket(per_second=10, burst=5, now=0)
    assert sum(bucket.take(3_600_000) for _ in range(100)) == 5


def test_a_clock_that_goes_back_changes_nothing() -> None:
    bucket = Bucket(per_second=1000, burst=1, now=1000)
    assert bucket.take(1000)
    assert not bucket.take(0)
    assert not bucket.take(1000)
    assert bucket.take(1001)


def test_the_first_drop_is_told_at_once_and_then_now_and_then() -> None:
    limit = Limit(per_second=1, burst=1, now=0)
    told = [now for now in range(0, 3 * TELL_EVERY_MS, 10) if not limit.take(0) and limit.tell(now)]
    assert told == [10, 10 + TELL_EVERY_MS, 10 + 2 * TELL_EVERY_MS]


def test_each_socket_has_a_limit_of_its_own() -> None:
    limits = Limits(per_second=1, burst=2, kept=10)
    assert [limits.of("a", 0).take(0) for _ in range(3)] == [True, True, False]
    assert limits.of("b", 0).take(0)
    assert limits.of("a", 1_000).take(1_000)


def test_memory_is_bounded_and_who_is_busy_is_remembered() -> None:
    limits = Limits(per_second=0, burst=1, kept=3)
    assert limits.of("busy", 0).take(0)
    for n in range(100):
        assert limits.of(f"quiet-{n}", 0).take(0)
        assert not limits.of("busy", 0).take(0)
        assert len(limits) <= 3
    assert limits.of("quiet-0", 0).take(0)  # forgotten long ago
