"""What every :class:`~videochat.core.ports.CallStore` promises."""

from functools import partial

import pytest
from msgspec.structs import replace
from tests.contract.race import race

from videochat.core.errors import CallExists, Conflict, UserBusy
from videochat.core.models import Call, CallState, EndReason
from videochat.core.ports import CallStore


def call(call_id: str, caller: str = "ann", callee: str = "bob", at: int = 1_000, **changes: object) -> Call:
    return replace(Call(call_id, caller, f"{caller}-phone", callee, at, at + 60_000), **changes)


def ended(call: Call, reason: EndReason = EndReason.HANGUP) -> Call:
    return replace(call, state=CallState.ENDED, ended_at=call.started_at + 5, reason=reason)


def test_knows_no_calls_at_first(calls: CallStore) -> None:
    assert calls.get("call-1") is None
    assert calls.unfinished_of("ann") is None
    page = calls.history("ann", 10, None)
    assert page.calls == []
    assert page.next is None


def test_a_ringing_call_claims_both_members(calls: CallStore) -> None:
    calls.create(call("call-1"))
    assert calls.get("call-1") == call("call-1")
    assert calls.unfinished_of("ann") == call("call-1")
    assert calls.unfinished_of("bob") == call("call-1")
    assert calls.unfinished_of("eve") is None


@pytest.mark.parametrize("state", CallState)
@pytest.mark.parametrize("reason", EndReason)
def test_every_field_is_kept(calls: CallStore, state: CallState, reason: EndReason) -> None:
    whole = Call(
        "call-1",
        "ann",
        "d-1 é",
        "bob",
        2**42,
        2**42 + 1,
        state,
        False,
        "d-2",
        2**42 + 2,
        2**42 + 3,
        reason,
        7,
    )
    calls.create(whole)
    assert calls.get("call-1") == whole
    assert calls.history("ann", 1, None).calls == [whole]


def test_an_id_is_used_once(calls: CallStore) -> None:
    calls.create(call("call-1"))
    with pytest.raises(CallExists):
        calls.create(call("call-1", "eve", "dan"))
    assert calls.get("call-1") == call("call-1")
    assert calls.unfinished_of("eve") is None
    assert calls.unfinished_of("dan") is None


def test_an_id_stays_used_after_the_end(calls: CallStore) -> None:
    calls.create(call("call-1"))
    calls.update(ended(call("call-1")))
    with pytest.raises(CallExists):
        calls.create(call("call-1"))
    with pytest.raises(CallExists):
        calls.create(ended(call("call-1")))
    assert calls.unfinished_of("ann") is None


@pytest.mark.parametrize(
    ("caller", "callee", "busy"),
    [
        ("ann", "eve", "ann"),
        ("bob", "eve", "bob"),
        ("eve", "ann", "ann"),
        ("eve", "bob", "bob"),
        ("ann", "bob", "bob"),
        ("bob", "ann", "ann"),
        ("ann", "dan", "dan"),
        ("dan", "ann", "ann"),
    ],
)
def test_a_busy_member_is_named_the_callee_first(
    calls: CallStore, caller: str, callee: str, busy: str
) -> None:
    calls.create(call("call-1", "ann", "bob"))
    calls.create(call("call-2", "dan", "fay"))
    with pytest.raises(UserBusy) as refused:
        calls.create(call("call-3", caller, callee))
    assert refused.value.user_id == busy
    # Nothing of it was written: not the call, not a claim on the one who was free, not the history.
    assert calls.get("call-3") is None
    assert calls.unfinished_of("eve") is None
    assert calls.unfinished_of("ann") == call("call-1", "ann", "bob")
    assert calls.unfinished_of("dan") == call("call-2", "dan", "fay")
    assert calls.history("eve", 10, None).calls == []


def test_a_call_that_ended_at_once_claims_nobody(calls: CallStore) -> None:
    calls.create(call("call-1"))
    missed = ended(call("call-2", "eve", "bob"), EndReason.BUSY)
    calls.create(missed)
    assert calls.get("call-2") == missed
    assert calls.unfinished_of("eve") is None
    assert calls.unfinished_of("bob") == call("call-1")


def test_an_update_replaces_the_call_and_counts(calls: CallStore) -> None:
    calls.create(call("call-1"))
    accepted = replace(call("call-1"), state=CallState.ACCEPTED, callee_device="bob-tv", answered_at=1_500)
    stored = calls.update(accepted)
    assert stored == replace(accepted, version=1)
    assert calls.get("call-1") == stored
    assert calls.unfinished_of("bob") == stored
    assert calls.update(ended(stored)) == replace(ended(stored), version=2)


def test_ending_releases_both(calls: CallStore) -> None:
    calls.create(call("call-1"))
    calls.create(call("call-2", "dan", "fay"))
    calls.update(ended(call("call-1")))
    assert calls.unfinished_of("ann") is None
    assert calls.unfinished_of("bob") is None
    assert calls.unfinished_of("dan") == call("call-2", "dan", "fay")
    calls.create(call("call-3", "bob", "ann"))
    assert calls.unfinished_of("ann") == call("call-3", "bob", "ann")


def test_an_update_of_an_older_version_is_refused(calls: CallStore) -> None:
    calls.create(call("call-1"))
    stored = calls.update(replace(call("call-1"), state=CallState.ACCEPTED))
    with pytest.raises(Conflict):
        calls.update(ended(call("call-1")))
    with pytest.raises(Conflict):
        calls.update(replace(ended(call("call-1")), version=2))
    assert calls.get("call-1") == stored
    assert calls.unfinished_of("ann") == stored


def test_an_update_of_no_call_is_refused(calls: CallStore) -> None:
    with pytest.raises(Conflict):
        calls.update(call("call-1"))
    assert calls.get("call-1") is None
    assert calls.unfinished_of("ann") is None


def test_an_ended_call_may_still_be_corrected(calls: CallStore) -> None:
    calls.create(call("call-1"))
    stored = calls.update(ended(call("call-1"), EndReason.LOST))
    calls.create(call("call-2"))
    corrected = calls.update(replace(stored, reason=EndReason.HANGUP))
    assert calls.get("call-1") == corrected
    # The claims are another call's by now.
    assert calls.unfinished_of("ann") == call("call-2")


# History


def fill(calls: CallStore, count: int, same_time: bool = False) -> list[Call]:
    """``count`` ended calls of ann, in and out, in the order in which history shows them."""
    made = []
    for n in range(count):
        pair = ("ann", f"u{n % 3}") if n % 2 else (f"u{n % 3}", "ann")
        one = ended(call(f"call-{n:03}", *pair, at=1_000 if same_time else 1_000 + n // 2))
        calls.create(one)
        made.append(one)
    return sorted(made, key=lambda one: (one.started_at, one.call_id), reverse=True)


def pages(calls: CallStore, user_id: str, limit: int) -> list[list[Call]]:
    found, after = [], None
    while True:
        page = calls.history(user_id, limit, after)
        found.append(page.calls)
        if page.next is None:
            return found
        assert page.calls, "a page that is followed by another one is not empty"
        after = page.next


def test_history_shows_the_newest_first_whoever_called(calls: CallStore) -> None:
    made = fill(calls, 7)
    assert calls.history("ann", 100, None).calls == made
    assert calls.history("nobody", 100, None).calls == []


def test_history_includes_unfinished_calls_as_they_are_now(calls: CallStore) -> None:
    made = fill(calls, 2)
    ringing = call("call-9", "ann", "bob", at=9_000)
    calls.create(ringing)
    assert calls.history("ann", 100, None).calls == [ringing, *made]
    accepted = calls.update(replace(ringing, state=CallState.ACCEPTED))
    assert calls.history("bob", 100, None).calls == [accepted]


@pytest.mark.parametrize("same_time", [False, True])
@pytest.mark.parametrize(("count", "limit"), [(0, 3), (1, 1), (3, 3), (10, 3), (9, 3), (5, 100), (7, 1)])
def test_history_comes_in_pages_without_gaps(
    calls: CallStore, count: int, limit: int, same_time: bool
) -> None:
    made = fill(calls, count, same_time)
    found = pages(calls, "ann", limit)
    assert [one for page in found for one in page] == made
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)


def test_the_blocker_does_not_see_who_tried_to_call(calls: CallStore) -> None:
    tried = [ended(call(f"call-{n}", at=n), EndReason.BLOCKED) for n in range(1, 5)]
    for one in tried:
        calls.create(one)
    seen = ended(call("call-0", at=0))
    calls.create(seen)
    assert calls.history("ann", 10, None).calls == [*tried[::-1], seen]
    page = calls.history("bob", 1, None)
    assert (page.calls, page.next) == ([seen], None)
    calls.remove_all_of("bob")
    assert calls.history("ann", 10, None).calls == []
    assert calls.get("call-1") is None


def test_what_happens_meanwhile_does_not_shift_pages(calls: CallStore) -> None:
    made = fill(calls, 6)
    first = calls.history("ann", 3, None)
    calls.create(ended(call("call-new", "ann", "bob", at=99_000)))
    second = calls.history("ann", 3, first.next)
    assert first.calls + second.calls == made
    assert second.next is None


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "not a cursor",
        "é",
        "\x00",
        "AAAA",
        "bnVsbA==",
        "WzFd",
        "W10=",
        "WyJhIiwiYiJd",
        "Wy0xLCJhIl0=",
        "WzFlOTksImEiXQ==",
        "WzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzLCJhIl0=",
        "{}",
        "/",
        "1/",
        "/a",
        "A" * 10_000,
    ],
)
def test_a_cursor_that_cannot_be_read_gives_an_empty_page(calls: CallStore, after: str) -> None:
    fill(calls, 3)
    page = calls.history("ann", 10, after)
    assert page.calls == []
    assert page.next is None


def test_a_cursor_shows_no_more_than_the_users_own_calls(calls: CallStore) -> None:
    fill(calls, 9)
    cursor = calls.history("ann", 1, None).next
    assert cursor is not None
    shown = calls.history("u1", 100, cursor).calls
    assert shown
    assert all(one.is_member("u1") for one in shown)
    assert calls.history("nobody", 100, cursor).calls == []


# Removal


def test_removing_forgets_a_users_calls_for_everyone(calls: CallStore) -> None:
    calls.create(ended(call("call-1", "ann", "bob")))
    calls.create(ended(call("call-2", "bob", "ann")))
    kept = ended(call("call-3", "bob", "eve"))
    calls.create(kept)
    calls.remove_all_of("ann")
    assert calls.history("ann", 10, None).calls == []
    assert calls.history("bob", 10, None).calls == [kept]
    assert calls.get("call-1") is None
    assert calls.get("call-3") == kept


def test_removing_releases_who_was_in_a_call_with_them(calls: CallStore) -> None:
    calls.create(call("call-1", "ann", "bob"))
    calls.create(call("call-2", "dan", "eve"))
    calls.remove_all_of("ann")
    assert calls.unfinished_of("bob") is None
    assert calls.unfinished_of("dan") == call("call-2", "dan", "eve")
    calls.create(call("call-3", "bob", "ann"))


def test_removing_nobody_is_no_error(calls: CallStore) -> None:
    calls.remove_all_of("nobody")


# Races


def test_one_of_many_callers_gets_the_callee(calls: CallStore) -> None:
    for n in range(5):
        rivals = [call(f"call-{n}-{m}", f"caller-{n}-{m}", f"callee-{n}") for m in range(6)]
        outcomes = race(*(partial(calls.create, one) for one in rivals))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType"] + ["UserBusy"] * 5
        winner = rivals[outcomes.index(None)]
        assert calls.unfinished_of(f"callee-{n}") == winner
        for one in rivals:
            assert calls.unfinished_of(one.caller_id) == (winner if one is winner else None)
            assert calls.get(one.call_id) == (winner if one is winner else None)


def test_of_two_who_call_each_other_one_succeeds(calls: CallStore) -> None:
    for n in range(10):
        ann, bob = f"ann-{n}", f"bob-{n}"
        rivals = [call(f"call-{n}-1", ann, bob), call(f"call-{n}-2", bob, ann)]
        outcomes = race(*(partial(calls.create, one) for one in rivals))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "UserBusy"]
        winner = rivals[outcomes.index(None)]
        assert calls.unfinished_of(ann) == calls.unfinished_of(bob) == winner


def test_one_of_many_uses_an_id(calls: CallStore) -> None:
    rivals = [call("call-1", f"caller-{m}", f"callee-{m}") for m in range(6)]
    outcomes = race(*(partial(calls.create, one) for one in rivals))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CallExists"] * 5 + ["NoneType"]
    winner = rivals[outcomes.index(None)]
    for one in rivals:
        assert calls.unfinished_of(one.callee_id) == (winner if one is winner else None)


def test_one_of_many_devices_accepts(calls: CallStore) -> None:
    calls.create(call("call-1"))
    rivals = [replace(call("call-1"), state=CallState.ACCEPTED, callee_device=f"d-{m}") for m in range(6)]
    outcomes = race(*(partial(calls.update, one) for one in rivals))
    won = [outcome for outcome in outcomes if isinstance(outcome, Call)]
    assert len(won) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 5
    assert calls.get("call-1") == won[0]


def test_an_accept_and_a_cancel_do_not_both_happen(calls: CallStore) -> None:
    for n in range(10):
        one = call(f"call-{n}", f"ann-{n}", f"bob-{n}")
        calls.create(one)
        accept = replace(one, state=CallState.ACCEPTED, callee_device="d")
        cancel = ended(one, EndReason.CANCELLED)
        outcomes = race(partial(calls.update, accept), partial(calls.update, cancel))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Call", "Conflict"]
        cancelled = isinstance(outcomes[1], Call)
        assert (calls.unfinished_of(f"ann-{n}") is None) is cancelled
        assert (calls.unfinished_of(f"bob-{n}") is None) is cancelled
