"""``PATCH /contacts/{contactId}``."""

from typing import Any

from videochat.aws import composition, rest
from videochat.rest.types import Contact, ContactChange
from videochat.rest.views import view


def handler(event: rest.Event, _context: Any) -> rest.Response:
    """Accepts a request, blocks, or lifts a block."""
    return rest.respond(event, _work)


def _work(request: rest.Request) -> tuple[int, object]:
    user_id, contact_id = request.user_id, request.contact_id
    change = request.body(ContactChange)
    return 200, view(Contact, composition.core().contacts.change(user_id, contact_id, change.state))
