"""``GET /contacts``."""

from typing import Any

from videochat.aws import composition, rest
from videochat.rest.types import Contact, ContactList
from videochat.rest.views import view


def handler(event: rest.Event, _context: Any) -> rest.Response:
    """My contacts, with presence."""
    return rest.respond(event, _work)


def _work(request: rest.Request) -> tuple[int, object]:
    contacts = composition.core().contacts.list_of(request.user_id)
    return 200, ContactList([view(Contact, contact) for contact in contacts])
