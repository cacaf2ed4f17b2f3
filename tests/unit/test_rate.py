from videochat.core.rate import Bucket


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
