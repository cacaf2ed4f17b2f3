"""What every contact store needs to know about pairs of rows."""

from videochat.core.models import ContactPair


def ids_of(before: ContactPair, after: ContactPair) -> tuple[str, str]:
    """The user id and the contact's user id that the two states of a pair are about.

    :raises ValueError: no row is given, or the rows belong to different pairs.
    """
    ids = {(row.user_id, row.contact_user_id) for row in (before.mine, after.mine) if row is not None}
    ids |= {(row.contact_user_id, row.user_id) for row in (before.theirs, after.theirs) if row is not None}
    if len(ids) != 1:
        raise ValueError("the rows are of no pair, or of several")
    return ids.pop()
