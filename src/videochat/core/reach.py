"""Who may reach whom: what a row of the contact list says about it."""

from msgspec.structs import replace

from videochat.core.models import ContactRow, Relation


def may_reach(row: ContactRow | None) -> bool:
    """Whether the owner of ``row`` sees the contact's presence and may ring and signal to them."""
    return (
        row is not None
        and row.relation is Relation.ACCEPTED
        and not row.blocked
        and not row.blocked_by_contact
    )


def blocked_unawares(row: ContactRow | None) -> bool:
    """Whether the owner of ``row`` could reach the contact but for a block that they must not learn of: what they send finds nobody."""
    return row is not None and row.blocked_by_contact and may_reach(replace(row, blocked_by_contact=False))
