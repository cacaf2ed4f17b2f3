"""What every :class:`~videochat.core.ports.TicketStore` promises."""

from tests.contract.race import race

from videochat.core.ports import TicketStore


def test_a_ticket_is_redeemed_once(tickets: TicketStore) -> None:
    assert tickets.redeem("t1", expires_at=2_000, now=1_000) is True
    assert tickets.redeem("t1", expires_at=2_000, now=1_000) is False
    assert tickets.redeem("t1", expires_at=2_000, now=1_500) is False


def test_a_used_ticket_is_remembered_until_it_expires(tickets: TicketStore) -> None:
    assert tickets.redeem("t1", expires_at=2_000, now=1_000) is True
    # Other uses, later ones too, do not make it forget.
    assert tickets.redeem("t2", expires_at=9_000, now=1_999) is True
    assert tickets.redeem("t3", expires_at=9_000, now=2_000) is True
    assert tickets.redeem("t1", expires_at=2_000, now=2_000) is False


def test_tickets_are_told_apart(tickets: TicketStore) -> None:
    assert tickets.redeem("t1", expires_at=2_000, now=1_000) is True
    assert tickets.redeem("T1", expires_at=2_000, now=1_000) is True
    assert tickets.redeem("t10", expires_at=2_000, now=1_000) is True


def test_one_of_many_redeems_a_ticket(tickets: TicketStore) -> None:
    for n in range(5):
        outcomes = race(*[lambda n=n: tickets.redeem(f"t{n}", expires_at=2_000, now=1_000)] * 8)
        assert sorted(map(str, outcomes)) == ["False"] * 7 + ["True"]
